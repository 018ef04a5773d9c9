"""The description of the REST API that programs read: OpenAPI 3.1, made of the table of operations.

https://spec.openapis.org/oas/v3.1.0
"""

from __future__ import annotations

import http
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from proxy.rest.asking import BARRED
from proxy.rest.operation import PATH_PARAMETERS, Operation
from proxy.rest.problems import PROBLEM, Problem

_SCHEMAS = "#/components/schemas/"
_JSON = "application/json"
_ABOUT = """Pictures that are uploaded, delivered by URL with any transformation, and deleted for good.

Send a key as `Authorization: Bearer …` (a token of `calotype keys create`, or `key:secret`) or by HTTP Basic.
What goes wrong is `application/problem+json` (RFC 9457). Lists go on with `next_cursor`, and their `Link`
header leads there. A `POST` with an `Idempotency-Key` has one effect, however often it is sent."""
_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A token, or `key:secret`."},
    "basic": {"type": "http", "scheme": "basic", "description": "The key and its secret."},
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "1 to 255 characters of your choice. The same request with the same key, within a day, is "
    "answered as the first was, and nothing is done again; another request with it is 422.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "0b6ed27c-8f3c-4b3e-9c06-5a8d4c6a5f2e",
}
_PARTS = (
    {
        "name": "Content-Range",
        "in": "header",
        "description": "Which part of the file this is: `bytes 0-5242879/20971520`, or `*` for the total.",
        "schema": {"type": "string"},
    },
    {
        "name": "X-Unique-Upload-Id",
        "in": "header",
        "description": "The same for all parts of one file.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    },
)
_CONDITIONS = {
    "If-None-Match": "The `ETag` of what you have: 304 if it is that still.",
    "If-Match": "The `ETag` of what you have read: 412 if somebody has changed it since.",
}
_BINARY: Mapping[str, Any] = {"type": "string", "contentMediaType": "application/octet-stream"}
_FILE_TEXT = {"type": "string", "description": "Base64, a data URI, or an address (by the rules of `fetch`)."}


def document(operations: Sequence[Operation], *, server: str, version: str) -> dict[str, Any]:
    """The description of all operations, for a server that the world reaches as `server`."""
    schemas = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.whole_path, {})[operation.method.lower()] = _described(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Calotype",
            "version": version,
            "summary": "Hosts pictures, and makes of them what a URL names.",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "tags": [{"name": name} for name in dict.fromkeys(each.tag for each in operations)],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {_problem_name(each): _problem(each) for each in sorted(_all_problems(operations))},
            "securitySchemes": _SECURITY,
        },
    }


def _schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    """The schemas of everything that is sent or answered, by name."""
    asked = {each.body for each in operations if each.body is not None}
    told: set[type[BaseModel]] = {Problem}
    told |= {model for each in operations for model in each.answers.values() if model is not None}
    models: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in asked]
    models += [(model, "serialization") for model in told]
    models.sort(key=lambda pair: pair[0].__name__)
    _, found = models_json_schema(models, ref_template=_SCHEMAS + "{model}")
    schemas: dict[str, Any] = found["$defs"]
    for schema in schemas.values():
        for name, property in schema.get("properties", {}).items():
            # Pydantic makes titles of names, which tell nothing new.
            if isinstance(property, dict) and property.get("title", "").replace(" ", "_").lower() == name:
                del property["title"]
    return schemas


def _described(operation: Operation, schemas: Mapping[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": _description(operation),
        "parameters": _parameters(operation),
        "responses": _responses(operation),
        "security": _security(operation),
    }
    if operation.body is not None:
        described["requestBody"] = _request_body(operation, schemas)
    return described


def _description(operation: Operation) -> str:
    needs = f"Needs the scope `{operation.scope}`." if operation.scope is not None else "Needs no key."
    return f"{operation.description} {needs}".strip()


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    named: list[dict[str, list[str]]] = [{"bearer": []}, {"basic": []}]
    if operation.scope is None:
        return []
    # Without a key, by an unsigned upload preset.
    return [*named, {}] if operation.takes_upload else named


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name in operation.parameters:
        known = PATH_PARAMETERS[name]
        found.append(
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": known.description,
                "schema": {"type": "string"},
                "example": known.example,
            }
        )
    schema = operation.query.model_json_schema(ref_template=_SCHEMAS + "{model}")
    for name, property in schema.get("properties", {}).items():
        found.append(_in_query(name, dict(property), required=name in schema.get("required", ())))
    if operation.method == "POST":
        found.append(dict(IDEMPOTENCY_KEY))
    if operation.conditional:
        found.append(
            {
                "name": operation.conditional,
                "in": "header",
                "description": _CONDITIONS[operation.conditional],
                "schema": {"type": "string"},
            }
        )
    return found + [dict(part) for part in _PARTS if operation.takes_upload]


def _in_query(name: str, schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    description = schema.pop("description", "")
    schema.pop("title", None)
    if any(each == {"type": "null"} for each in schema.get("anyOf", ())):
        # Null cannot be said in a query; what is not said is left out.
        said = [each for each in schema.pop("anyOf") if each != {"type": "null"}]
        schema.update(said[0] if len(said) == 1 else {"anyOf": said})
        schema.pop("default", None)
    parameter = {"name": name, "in": "query", "required": required, "schema": schema}
    return parameter | ({"description": description} if description else {})


def _request_body(operation: Operation, schemas: Mapping[str, Any]) -> dict[str, Any]:
    assert operation.body is not None
    name = operation.body.__name__
    example = {"example": dict(operation.example)} if operation.example is not None else {}
    if not operation.takes_upload:
        required = bool(schemas[name].get("required"))
        return {
            "required": required,
            "content": {_JSON: {"schema": {"$ref": _SCHEMAS + name}, **example}},
        }
    fields = schemas[name]["properties"]
    form = {"type": "object", "required": ["file"], "properties": {"file": _BINARY, **fields}}
    text = {"type": "object", "required": ["file"], "properties": {"file": _FILE_TEXT, **fields}}
    encoding = _encoding(fields)
    return {
        "required": True,
        "description": "Of a picture that is the body itself the fields stand in the query.",
        "content": {
            "multipart/form-data": {"schema": form, "encoding": encoding},
            _JSON: {"schema": text, **example},
            "application/x-www-form-urlencoded": {"schema": text, "encoding": encoding},
            "image/*": {"schema": dict(_BINARY)},
        },
    }


def _encoding(fields: Mapping[str, Any]) -> dict[str, Any]:
    """How forms write lists and objects: with commas or bars between, and as JSON."""
    found: dict[str, Any] = {}
    for name, schema in fields.items():
        kinds = {each.get("type") for each in schema.get("anyOf", [schema])}
        if "array" in kinds:
            style = "pipeDelimited" if name in BARRED else "form"
            found[name] = {"style": style, "explode": False}
        elif "object" in kinds:
            found[name] = {"contentType": _JSON}
    return found


def _responses(operation: Operation) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, model in sorted(operation.answers.items()):
        example = operation.answer_example if status == min(operation.answers) else None
        responses[str(status)] = _response(status, model, example)
    if operation.conditional == "If-None-Match":
        responses["304"] = {"description": http.HTTPStatus.NOT_MODIFIED.phrase}
    for status in _problem_statuses(operation):
        responses[str(status)] = {"$ref": f"#/components/responses/{_problem_name(status)}"}
    return responses


def _response(status: int, model: type[BaseModel] | None, example: Any) -> dict[str, Any]:
    response: dict[str, Any] = {"description": http.HTTPStatus(status).phrase}
    if model is not None:
        told = {"schema": {"$ref": _SCHEMAS + model.__name__}}
        response["content"] = {_JSON: told | ({"example": example} if example is not None else {})}
    return response


def _all_problems(operations: Sequence[Operation]) -> set[int]:
    return {status for each in operations for status in _problem_statuses(each)}


def _problem_name(status: int) -> str:
    """`NotFound`."""
    return http.HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")


def _problem(status: int) -> dict[str, Any]:
    content = {PROBLEM: {"schema": {"$ref": _SCHEMAS + Problem.__name__}}}
    return {"description": http.HTTPStatus(status).phrase, "content": content}


def _problem_statuses(operation: Operation) -> list[int]:
    keys = (401, 403) if operation.scope is not None else ()
    bodies = (408, 413, 415) if operation.body is not None else ()
    repeated = (409, 422) if operation.method == "POST" else ()
    changed = (412,) if operation.conditional == "If-Match" else ()
    found = {400, *changed, *keys, *bodies, *repeated, *operation.refuses, 500, 503}
    return sorted(found - set(operation.answers))
