"""Cloudinary's admin API: usage, tags, named transformations, upload presets and folders."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any
from urllib.parse import quote, unquote

from origin.errors import AssetNotFound
from origin.hosting.folders import folders_of
from origin.hosting.intake_errors import UploadMalformed
from origin.hosting.listing import Query
from origin.hosting.store import HostingStore
from origin.metadata.named import NamedStore
from proxy.errors import Refusal
from proxy.hosting.cloudinary.answers import Answer
from proxy.hosting.cloudinary.calls import Call
from proxy.hosting.options import Preset, Size, UploadOptions
from proxy.presets import Presets
from transforms.errors import TransformError, printable
from transforms.parser import parse
from transforms.recipe import Recipe

_SETTINGS = {"fields": "metadata", "coordinates": "custom_coordinates", "delete_token": "return_delete_token"}
"""What some settings of presets are called there."""


class Account:
    """Answers those calls. `fixed` are the named transformations of the settings, which only those change;
    `name_problem` says why none can be called so."""

    def __init__(
        self,
        *,
        store: HostingStore,
        named: Presets,
        fixed: Mapping[str, str],
        presets: Mapping[str, Preset],
        name_problem: Callable[[str], str | None],
    ) -> None:
        self._store = store
        self._named_store = NamedStore(store.metadata)
        self._named = named
        self._fixed = fixed
        self._presets = presets
        self._name_problem = name_problem

    async def ping(self, call: Call) -> Answer:
        return {"status": "ok"}

    async def usage(self, call: Call) -> Answer:
        """Pictures and bytes; what is not metered here is 0."""
        usage = await self._store.usage(call.owner)
        nothing = {"usage": 0, "credits_usage": 0.0}
        return {
            "plan": "Calotype",
            "last_updated": time.strftime("%Y-%m-%d", time.gmtime()),
            "objects": {"usage": usage.pictures},
            "storage": {"usage": usage.bytes, "credits_usage": 0.0},
            "bandwidth": nothing,
            "transformations": nothing,
            "requests": 0,
            "resources": usage.pictures,
            "derived_resources": 0,
        }

    async def tags(self, call: Call) -> Answer:
        page = await self._store.tags(
            owner=call.owner,
            prefix=call.params.get("prefix"),
            limit=call.number("max_results", 10, most=500),
            cursor=call.params.get("next_cursor") or None,
        )
        return _paged({"tags": list(page.items)}, page.cursor)

    async def transformations(self, call: Call) -> Answer:
        """The named ones: of others nothing is kept."""
        limit = call.number("max_results", 10, most=500)
        after = unquote(call.params.get("next_cursor"))
        if call.params.flag("named") is False:
            return {"transformations": []}
        names = [name for name in sorted(self._named.named) if name > after]
        told = [_transformation(name) for name in names[:limit]]
        return _paged({"transformations": told}, quote(names[limit - 1]) if len(names) > limit else None)

    async def transformation(self, call: Call) -> Answer:
        text = self._which(call)
        name = _name(text)
        if name in self._named.named:
            recipe = self._read(self._named.named[name])
            return {**_transformation(name), "info": _info(recipe), "derived": []}
        if text.startswith("t_"):
            raise AssetNotFound(f"Transformation {printable(text)} not found")
        recipe = self._read(text)
        return {"name": str(recipe), "allowed_for_strict": False, "used": False, "named": False} | {
            "info": _info(recipe),
            "derived": [],
        }

    async def create_transformation(self, call: Call) -> Answer:
        name, text = call.params.get("name") or call.path.get("name", ""), call.need("transformation")
        name = _name(name)
        if (problem := self._name_problem(name)) is not None:
            raise UploadMalformed(f"name: {printable(name)!r}: {problem}", parameter="name")
        if name in self._named.named:
            raise Refusal(409, "already_exists", f"Named transformation {name} already exists")
        await self._put(name, text)
        return {"message": "created"}

    async def update_transformation(self, call: Call) -> Answer:
        """`unsafe_update` gives it another meaning; every URL that names it shows that at once."""
        name = self._changeable(call)
        if call.params.get("unsafe_update"):
            await self._put(name, call.params.get("unsafe_update"))
        return {"message": "updated"}

    async def delete_transformation(self, call: Call) -> Answer:
        name = self._changeable(call)
        await self._named_store.drop(name)
        await self._named.look()
        return {"message": "deleted"}

    async def upload_presets(self, call: Call) -> Answer:
        return {"presets": [_preset(name, preset) for name, preset in sorted(self._presets.items())]}

    async def upload_preset(self, call: Call) -> Answer:
        name = call.path["name"]
        if name not in self._presets:
            raise AssetNotFound(f"Can't find upload preset with name {printable(name)}")
        return _preset(name, self._presets[name])

    async def folders(self, call: Call) -> Answer:
        path = call.path.get("path", "").strip("/")
        names = await self._store.read(lambda t: folders_of(t, path, owner=call.owner))
        told = [{"name": name, "path": f"{path}/{name}" if path else name} for name in names]
        if path and not names and not await self._holds(call, path):
            raise AssetNotFound(f"Can't find folder with path {printable(path)}")
        return {"folders": told, "next_cursor": None, "total_count": len(told)}

    async def create_folder(self, call: Call) -> Answer:
        """Nothing is to be done: a folder is there as soon as a picture lies in it."""
        path = call.path["path"].strip("/")
        return {"success": True, "path": path, "name": path.rpartition("/")[2]}

    async def delete_folder(self, call: Call) -> Answer:
        path = call.path["path"].strip("/")
        if await self._holds(call, path):
            raise UploadMalformed("Folder is not empty", code="folder_not_empty", parameter="path")
        return {"deleted": [path]}

    async def _holds(self, call: Call, path: str) -> bool:
        return bool((await self._store.list(Query(owner=call.owner, prefix=f"{path}/"), limit=1)).items)

    async def _put(self, name: str, text: str) -> None:
        recipe = self._read(text, {**self._named.named, name: text})
        if not recipe:
            raise UploadMalformed("transformation: it says nothing", parameter="transformation")
        await self._named_store.put(name, text)
        await self._named.look()

    def _read(self, text: str, named: Mapping[str, str] | None = None) -> Recipe:
        try:
            return parse(text, named=self._named.named if named is None else named)
        except TransformError as error:
            raise UploadMalformed(
                f"Invalid transformation: {error.message}",
                code="invalid_transformation",
                parameter="transformation",
            ) from error

    def _which(self, call: Call) -> str:
        return call.path.get("name") or call.need("transformation")

    def _changeable(self, call: Call) -> str:
        name = _name(self._which(call))
        if name in self._fixed:
            raise Refusal(403, "of_the_settings", f"{name} is one of the settings' own: change it there")
        if name not in self._named.named:
            raise AssetNotFound(f"Transformation t_{printable(name)} not found")
        return name


def _name(text: str) -> str:
    return text.removeprefix("t_")


def _transformation(name: str) -> Answer:
    return {"name": f"t_{name}", "allowed_for_strict": True, "used": True, "named": True}


def _info(recipe: Recipe) -> list[dict[str, str]]:
    return [{"raw_transformation": part} for part in str(recipe).split("/") if part]


def _paged(answer: Answer, cursor: str | None) -> Answer:
    return answer if cursor is None else {**answer, "next_cursor": cursor}


def _preset(name: str, preset: Preset) -> Answer:
    said: dict[str, Any] = {}
    for each in fields(UploadOptions):
        value = getattr(preset.options, each.name)
        if value not in (None, (), {}, ""):
            said[_SETTINGS.get(each.name, each.name)] = _plain(value)
    return {"name": name, "unsigned": preset.unsigned, "settings": said}


def _plain(value: Any) -> Any:
    if isinstance(value, Size):
        return f"{value.transformation}/{value.format}" if value.format else value.transformation
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return dict(value) if isinstance(value, Mapping) else value
