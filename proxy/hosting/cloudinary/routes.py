"""The routes of Cloudinary's API: which call is answered by whom, and what a key needs for it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Literal

from aiohttp import web

from origin.hosting.intake_errors import UploadMalformed
from origin.hosting.scopes import Scope
from origin.hosting.signatures import SOMETIMES_SIGNED
from proxy.errors import Refusal
from proxy.hosting.auth import Authenticator
from proxy.hosting.auth_errors import Unauthenticated
from proxy.hosting.bodies import Bodies
from proxy.hosting.cloudinary.account import Account
from proxy.hosting.cloudinary.answers import Answer
from proxy.hosting.cloudinary.calls import OPEN_TO_PAGES, Call, limit_headers, not_offered, told
from proxy.hosting.cloudinary.marks import Marks
from proxy.hosting.cloudinary.resources import Resources
from proxy.hosting.cloudinary.uploader import Uploader
from transforms.errors import printable

Handler = Callable[[Call], Awaitable[Answer]]
Route = tuple[str, str, Handler, Scope]
_PREFLIGHT = {
    **OPEN_TO_PAGES,
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Range, Content-Type, X-Requested-With, X-Unique-Upload-Id",
    "Access-Control-Max-Age": "86400",
}
_PICTURES = ("image", "auto")


class CloudinaryApi:
    """Answers `/v1_1/<cloud>/…`."""

    def __init__(
        self,
        *,
        cloud_name: str,
        bodies: Bodies,
        authenticator: Authenticator,
        uploader: Uploader,
        marks: Marks,
        resources: Resources,
        account: Account,
    ) -> None:
        self._cloud_name = cloud_name
        self._bodies = bodies
        self._authenticator = authenticator
        self._uploader = uploader
        self._marks = marks
        self._resources = resources
        self._account = account

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Have the router lead here; in the order in which paths are tried."""
        base = "/v1_1/{cloud}"
        router.add_route("OPTIONS", "/v1_1/{path:.*}", self._preflight, name="cloudinary_preflight")
        router.add_post(base + "/{resource_type}/upload", self._upload, name="cloudinary_upload")
        router.add_post(base + "/delete_by_token", self._delete_by_token)
        router.add_post(base + "/{resource_type}/delete_by_token", self._delete_by_token)
        for path, handler, scope in self._upload_calls():
            router.add_post(base + path, self._answered(handler, scope, "upload"), name=_name(path))
        for method, path, handler, scope in self._admin_calls():
            router.add_route(method, base + path, self._answered(handler, scope, "admin"))
        router.add_route("*", base + "/{path:.*}", self._unknown, name="cloudinary_other")

    def _upload_calls(self) -> list[tuple[str, Handler, Scope]]:
        uploader, marks = self._uploader, self._marks
        return [
            ("/{resource_type}/explicit", uploader.explicit, "upload"),
            ("/{resource_type}/rename", uploader.rename, "upload"),
            ("/{resource_type}/destroy", uploader.destroy, "delete"),
            ("/{resource_type}/tags", marks.tags, "upload"),
            ("/{resource_type}/context", marks.context, "upload"),
            ("/{resource_type}/metadata", marks.metadata, "upload"),
        ]

    def _admin_calls(self) -> list[Route]:
        resources, account = self._resources, self._account
        one = "/resources/{resource_type:image}/{type:upload|authenticated|private}"
        return [
            ("GET", "/ping", account.ping, "read"),
            ("GET", "/usage", account.usage, "read"),
            ("GET", "/usage/{date}", account.usage, "read"),
            ("GET", "/tags/{resource_type}", account.tags, "read"),
            ("GET", "/resources", resources.types, "read"),
            ("DELETE", "/resources", resources.delete_by_asset_ids, "delete"),
            ("GET", "/resources/by_asset_ids", resources.by_asset_ids, "read"),
            ("GET", "/resources/by_asset_folder", resources.by_folder, "read"),
            ("GET", "/resources/{asset_id:[0-9a-f]{32}}", resources.one_by_asset_id, "read"),
            ("GET", "/resources/{resource_type:image}", resources.listing, "read"),
            ("GET", "/resources/{resource_type:image}/tags/{tag}", resources.by_tag, "read"),
            ("DELETE", "/resources/{resource_type:image}/tags/{tag}", resources.delete_by_tag, "delete"),
            ("GET", "/resources/{resource_type:image}/context", resources.by_context, "read"),
            (
                "GET",
                "/resources/{resource_type:image}/moderations/{kind}/{status}",
                resources.by_moderation,
                "read",
            ),
            ("GET", one, resources.listing, "read"),
            ("DELETE", one, resources.delete, "delete"),
            ("POST", one + "/restore", _refuse("restore"), "upload"),
            ("GET", one + "/{public_id:.+}", resources.one, "read"),
            ("POST", one + "/{public_id:.+}", resources.update, "upload"),
            ("DELETE", "/derived_resources", resources.delete_derived, "delete"),
            ("GET", "/transformations", self._transformations, "read"),
            ("POST", "/transformations", account.create_transformation, "admin"),
            ("PUT", "/transformations", account.update_transformation, "admin"),
            ("DELETE", "/transformations", account.delete_transformation, "admin"),
            ("GET", "/transformations/{name:.+}", account.transformation, "read"),
            ("POST", "/transformations/{name:.+}", account.create_transformation, "admin"),
            ("PUT", "/transformations/{name:.+}", account.update_transformation, "admin"),
            ("DELETE", "/transformations/{name:.+}", account.delete_transformation, "admin"),
            ("GET", "/upload_presets", account.upload_presets, "read"),
            ("GET", "/upload_presets/{name}", account.upload_preset, "read"),
            ("GET", "/folders", account.folders, "read"),
            ("GET", "/folders/{path:.+}", account.folders, "read"),
            ("POST", "/folders/{path:.+}", account.create_folder, "upload"),
            ("DELETE", "/folders/{path:.+}", account.delete_folder, "delete"),
        ]

    async def _transformations(self, call: Call) -> Answer:
        """One list and one entry share a path."""
        one = "transformation" in call.params
        return await (self._account.transformation if one else self._account.transformations)(call)

    def _answered(
        self, handler: Handler, scope: Scope, api: Literal["upload", "admin"]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            try:
                call = await self._call(request, api)
                call.principal.require(scope)
                answered = await handler(call)
            except Exception as error:
                raise told(error, request) from error
            return _json(answered, limit_headers() if api == "admin" else {})

        return answer

    async def _call(self, request: web.Request, api: Literal["upload", "admin"]) -> Call:
        self._check_cloud(request)
        header = request.headers.get("Authorization", "")
        if api == "admin":
            # Before a byte of the body is read.
            principal = await self._authenticator.by_header(header)
            if principal is None:
                raise Unauthenticated("Authorization required: the key and its secret, by HTTP Basic")
            params = await self._bodies.form(request)
        else:
            params = await self._bodies.form(request)
            principal = await self._authenticator.of_call(header, params, left_out=SOMETIMES_SIGNED)
        _check_type(request)
        return Call(params, principal, dict(request.match_info))

    async def _upload(self, request: web.Request) -> web.Response:
        try:
            body = await self._uploaded(request)
        except Exception as error:
            raise told(error, request) from error
        return web.Response(body=body, content_type="application/json", headers=_HEADERS)

    async def _uploaded(self, request: web.Request) -> bytes:
        self._check_cloud(request)
        # SDKs send what comes in parts as `raw` where nobody says what it is.
        _check_type(request, *(("raw",) if "Content-Range" in request.headers else ()))
        authorize = await self._authenticator.for_upload(request.headers.get("Authorization", ""))
        async with self._bodies.open(request, authorize=authorize) as upload:
            if upload.settled is not None:
                return upload.settled
            if upload.partial is not None:
                public_id = upload.params.get("public_id")
                return _packed({"done": False, **({"public_id": public_id} if public_id else {})})
            if upload.received is None:
                raise UploadMalformed("Missing required parameter - file", parameter="file")
            answer = await self._uploader.upload(upload.received, upload.params, upload.principal)
            upload.answer = _packed(
                {**answer, "done": True} if "Content-Range" in request.headers else answer
            )
            return upload.answer

    async def _delete_by_token(self, request: web.Request) -> web.Response:
        try:
            self._check_cloud(request)
            return _json(await self._uploader.delete_by_token(await self._bodies.form(request)), {})
        except Exception as error:
            raise told(error, request) from error

    async def _preflight(self, request: web.Request) -> web.Response:
        return web.Response(status=204, headers=_PREFLIGHT)

    async def _unknown(self, request: web.Request) -> web.Response:
        """Known there and not here, or in neither place: who has a key is told which call it was."""
        try:
            self._check_cloud(request)
            if await self._authenticator.by_header(request.headers.get("Authorization", "")) is None:
                await self._authenticator.by_signature(await self._bodies.form(request))
            raise not_offered(f"{request.method} {printable(request.match_info['path'])}")
        except Exception as error:
            raise told(error, request) from error

    def _check_cloud(self, request: web.Request) -> None:
        name = request.match_info["cloud"]
        if name != self._cloud_name:
            raise Refusal(401, "unknown_cloud", f"Invalid cloud_name {printable(name)}")


_HEADERS = {**OPEN_TO_PAGES, "Cache-Control": "no-store"}


def _check_type(request: web.Request, *besides: str) -> None:
    name = request.match_info.get("resource_type", "image")
    if name not in (*_PICTURES, *besides):
        raise not_offered(f"resource_type {printable(name)}, unlike image,")


def _refuse(what: str) -> Handler:
    async def refuse(call: Call) -> Answer:
        raise not_offered(what)

    return refuse


def _json(answer: Answer, headers: dict[str, str]) -> web.Response:
    return web.Response(
        body=_packed(answer), content_type="application/json", headers={**_HEADERS, **headers}
    )


def _packed(answer: Answer) -> bytes:
    return json.dumps(answer, ensure_ascii=False).encode()


def _name(path: str) -> str:
    return "cloudinary_" + path.rpartition("/")[2]
