"""Public ids of uploads: put together of what is asked for, and held against what a URL can say. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote

from origin.errors import InvalidKey
from origin.hosting.intake_errors import UploadMalformed
from origin.storage.base import check_key
from proxy.hosting.options import UploadOptions
from proxy.url import read_delivery_url
from transforms.errors import NotOffered, RecipeError, printable
from transforms.formats import by_extension

MAX_LENGTH = 255
_UNFIT = re.compile(r"[?&#\\%<>+\s]+")
"""What Cloudinary has in no public id; in ids made of file names it becomes `_`."""


def named(options: UploadOptions, filename: str | None) -> tuple[str | None, str]:
    """The public id of an upload, or None and how the random one begins.

    Raises UploadMalformed, naming the parameter.
    """
    before = "".join(f"{part.strip('/')}/" for part in (options.folder, options.public_id_prefix) if part)
    if options.public_id:
        return check_public_id(before + options.public_id.strip("/")), ""
    stem = _stem(filename) if options.use_filename else ""
    if stem and options.unique_filename is False:
        return check_public_id(before + stem), ""
    begun = before + (f"{stem}_" if stem else "")
    if begun:
        check_public_id(f"{begun}x", parameter="folder" if not stem else "public_id")
    return None, begun


def check_public_id(public_id: str, *, parameter: str = "public_id") -> str:
    """`public_id`, when a URL leads back to it. Raises UploadMalformed."""
    try:
        if len(public_id) > MAX_LENGTH:
            raise InvalidKey(f"it has more than {MAX_LENGTH} characters")
        check_key(public_id)
        read = read_delivery_url(f"/image/upload/v1/{quote(public_id, safe='/')}.png", max_bytes=8192)
        if read.public_id != public_id:
            raise InvalidKey("no URL would lead to it")
    except (InvalidKey, RecipeError, NotOffered) as error:
        raise UploadMalformed(
            f"{parameter} ({printable(public_id)}) is invalid: {error}",
            code="invalid_public_id",
            parameter=parameter,
        ) from error
    return public_id


def _stem(filename: str | None) -> str:
    """The name of a file without its extension, as part of a public id; empty where nothing is left."""
    name = filename or ""
    stem, dot, extension = name.rpartition(".")
    if dot and stem and by_extension(extension) is not None:
        name = stem
    return _UNFIT.sub("_", name).strip("_/. ")[: MAX_LENGTH // 2]
