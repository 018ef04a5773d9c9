"""The parameters of Cloudinary's upload API, read as what an upload asks for."""

from __future__ import annotations

import json
import re
from typing import Any

from origin.hosting.intake_errors import UploadMalformed
from origin.hosting.model import AccessMode
from proxy.hosting.cloudinary.calls import read_type
from proxy.hosting.options import Size, UploadOptions, read_size
from proxy.hosting.params import Params
from transforms.errors import printable

NOT_OFFERED = {
    "auto_tagging": "tags are given by `tags`",
    "auto_transcription": "only pictures are taken",
    "background_removal": "a background is removed before the upload",
    "categorization": "tags are given by `tags`",
    "cinemagraph_analysis": "pictures are not analysed so",
    "detection": "objects are not looked for",
    "eval": "no scripts are run",
    "face_coordinates": "faces are found by themselves; `custom_coordinates` keeps a part",
    "live": "only pictures are taken",
    "ocr": "texts are not read",
    "on_success": "no scripts are run; `notification_url` is told of uploads",
    "proxy": "the server's own settings say how it fetches",
    "raw_convert": "only pictures are taken",
    "responsive_breakpoints": "`eager` makes any widths",
    "similarity_search": "pictures are not searched by what they show",
    "visual_search": "pictures are not searched by what they show",
}
"""Parameters that ask for what there is not here, and what to use instead."""

_PAIR = re.compile(r"((?:\\.|[^=\\|])+)=((?:\\.|[^|\\])*)", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def read_options(params: Params) -> UploadOptions:
    """What an upload, or a call of `explicit`, asks for. Raises UploadMalformed, naming the parameter."""
    for name in params:
        if name in NOT_OFFERED and params.get(name):
            raise _wrong(name, f"it is not offered here: {NOT_OFFERED[name]}")
    return UploadOptions(
        preset=params.get("upload_preset") or None,
        public_id=params.get("public_id") or None,
        folder=params.get("folder") or params.get("asset_folder") or None,
        public_id_prefix=params.get("public_id_prefix") or None,
        use_filename=params.flag("use_filename"),
        unique_filename=params.flag("unique_filename"),
        overwrite=params.flag("overwrite"),
        tags=params.list("tags"),
        context=read_pairs(params, "context"),
        fields=read_pairs(params, "metadata"),
        coordinates=read_coordinates(params),
        access_mode=read_access(params),
        moderation=read_moderation(params),
        eager=read_eager(params),
        transformation=params.get("transformation") or None,
        format=params.get("format") or None,
        allowed_formats=params.list("allowed_formats"),
        notification_url=read_address(params, "notification_url"),
        eager_notification_url=read_address(params, "eager_notification_url"),
        delete_token=params.flag("return_delete_token"),
    )


def read_eager(params: Params, name: str = "eager") -> tuple[Size, ...]:
    """`c_fill,w_100|c_fit,w_50/webp`."""
    return tuple(read_size(text) for text in params.get(name).split("|") if text.strip())


def read_pairs(params: Params, name: str) -> dict[str, Any]:
    """`key=value|other=value`, with `\\=` and `\\|` for the characters themselves, or a JSON object."""
    text = params.get(name)
    if text.startswith("{"):
        try:
            told = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _wrong(name, "it is not JSON") from error
        pairs = told.get("custom", told)
        if not isinstance(pairs, dict):
            raise _wrong(name, "expected an object of keys and values")
        return {str(key): _plain(value) for key, value in pairs.items()}
    found: dict[str, Any] = {}
    position = 0
    while position < len(text):
        pair = _PAIR.match(text, position)
        if pair is None or (pair.end() < len(text) and text[pair.end()] != "|"):
            raise _wrong(name, f"expected key=value|key=value, got {printable(text)!r}")
        found[_ESCAPED.sub(r"\1", pair[1])] = _ESCAPED.sub(r"\1", pair[2])
        position = pair.end() + 1
    return found


def read_coordinates(params: Params) -> tuple[float, float, float, float] | None:
    """`custom_coordinates`: left, top, width and height in pixels."""
    text = params.get("custom_coordinates")
    if not text:
        return None
    parts = text.split(",")
    if len(parts) != 4 or not all(re.fullmatch(r"\s*\d{1,6}(\.\d{1,4})?\s*", part) for part in parts):
        raise _wrong("custom_coordinates", f"expected left,top,width,height, got {printable(text)!r}")
    left, top, width, height = (float(part) for part in parts)
    if not width or not height:
        raise _wrong("custom_coordinates", "width and height have to be more than 0")
    return left, top, width, height


def read_access(params: Params) -> AccessMode | None:
    """Who may see it, by `type`, `access_mode` or `access_control`; None where nothing is said."""
    mode = params.get("access_mode")
    if mode not in ("", "public", "authenticated"):
        raise _wrong("access_mode", f"{printable(mode)!r} is neither public nor authenticated")
    control = params.get("access_control")
    if control:
        # Anonymous access between two dates would have to end by itself, which nothing here does.
        if "anonymous" in control:
            raise _wrong("access_control", "access for a time is by signed URLs that expire")
        return "authenticated"
    if mode == "authenticated" or params.get("type") == "authenticated":
        return "authenticated"
    return read_type(params.get("type")) or ("public" if mode else None)


def read_moderation(params: Params) -> Any:
    """`manual`, or None."""
    kind = params.get("moderation")
    if kind not in ("", "manual"):
        raise _wrong("moderation", f"{printable(kind)!r} is not offered here: manual is")
    return kind or None


def read_address(params: Params, name: str) -> str | None:
    """The address of who is to be told."""
    text = params.get(name)
    if text and not re.match(r"https?://[^/\s]", text):
        raise _wrong(name, "expected an address that begins with http:// or https://")
    return text or None


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) else json.dumps(value, ensure_ascii=False)


def _wrong(name: str, message: str) -> UploadMalformed:
    return UploadMalformed(f"{name}: {message}", code="invalid_parameter", parameter=name)
