"""The page that people read of the REST API: its OpenAPI document as HTML, without anything from elsewhere.

There are no scripts on it; what unfolds is `<details>`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import escape
from typing import Any

from proxy.rest.codes import CODES

STYLE = """
:root { color-scheme: light dark; --ink: #1c1b19; --dim: #5f5b55; --line: #ddd8cf; --paper: #fbfaf7;
  --card: #fff; --accent: #8a5a14; --code: #f3efe7; }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e5dd; --dim: #a8a197; --line: #3a3630;
  --paper: #191714; --card: #211e1a; --accent: #e0ac5c; --code: #2b2721; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 5rem; }
h1 { font-size: 2rem; margin: 0 0 .25rem; } h2 { margin: 2.75rem 0 .75rem; font-size: 1.35rem; }
h3 { margin: 1.1rem 0 .35rem; font-size: .8rem; letter-spacing: .06em; text-transform: uppercase;
  color: var(--dim); }
p { margin: .5rem 0; } a { color: var(--accent); } .dim { color: var(--dim); }
code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { background: var(--code); border-radius: .25rem; padding: .1em .3em; overflow-wrap: anywhere; }
pre { background: var(--code); border-radius: .5rem; padding: .8rem 1rem; overflow-x: auto; margin: .4rem 0; }
pre code { padding: 0; background: none; }
details { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; margin: .5rem 0; }
summary { cursor: pointer; padding: .6rem .9rem; display: flex; flex-wrap: wrap; gap: .3rem .7rem;
  align-items: baseline; }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
summary .path { font-weight: 600; background: none; padding: 0; }
details > div { padding: .1rem .9rem 1rem; border-top: 1px solid var(--line); }
.method { font: 700 .72rem/1 ui-monospace, monospace; padding: .35em .5em; border-radius: .3rem; color: #fff;
  min-width: 4.2em; text-align: center; }
.get { background: #2b6a8f; } .post { background: #2f7a46; } .patch { background: #9a6a10; }
.put { background: #9a6a10; } .delete { background: #a63a2c; }
.row { display: grid; grid-template-columns: 12rem 15rem 1fr; gap: .2rem 1rem; padding: .4rem 0;
  border-bottom: 1px solid var(--line); }
.row.two { grid-template-columns: 15rem 1fr; } .row:target { background: var(--code); }
.row > * { min-width: 0; } .row > :first-child { justify-self: start; align-self: start; }
.kind { color: var(--dim); }
@media (max-width: 46rem) { .row, .row.two { grid-template-columns: 1fr; } }
"""
_HASH = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Lets the page have its own style, and nothing else."""


def page(document: Mapping[str, Any]) -> str:
    """All of the page."""
    info = document["info"]
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(info['title'])}: REST API</title><style>{STYLE}</style></head><body><main>",
            f"<h1>{escape(info['title'])}</h1>",
            f'<p class="dim">{_prose(info["summary"])} Version {escape(info["version"])}, at '
            f"<code>{escape(document['servers'][0]['url'])}</code>. For programs: "
            '<a href="/-/openapi.json">openapi.json</a>.</p>',
            *(f"<p>{_prose(paragraph)}</p>" for paragraph in info["description"].split("\n\n")),
            *_operations(document),
            "<h2>Objects</h2>",
            *_schemas(document["components"]["schemas"]),
            "<h2>Problems</h2>",
            "<p>The <code>code</code> of a problem, and what it means.</p>",
            *_codes(),
            "</main></body></html>",
        ]
    )


def _operations(document: Mapping[str, Any]) -> Iterator[str]:
    for tag in document["tags"]:
        yield f"<h2>{escape(tag['name'].capitalize())}</h2>"
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if tag["name"] in operation["tags"]:
                    yield from _operation(path, method, operation)


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f'<details id="{escape(operation["operationId"])}"><summary>'
    yield f'<span class="method {method}">{method.upper()}</span> <code class="path">{escape(path)}</code>'
    yield f"<span>{_prose(operation['summary'])}</span></summary>"
    yield f"<div><p>{_prose(operation['description'])}</p>"
    if operation["parameters"]:
        yield "<h3>Parameters</h3>"
        for each in operation["parameters"]:
            where = each["in"] + (", required" if each.get("required") else "")
            yield _row(each["name"], f"{_kind(each['schema'])}, {where}", each.get("description", ""))
    yield from _body(operation.get("requestBody"))
    yield from _answers(operation["responses"])
    yield from _answer_example(operation["responses"])
    yield "</div></details>"


def _body(body: Mapping[str, Any] | None) -> Iterator[str]:
    if body is None:
        return
    yield f"<h3>Body</h3><p>{_prose(body.get('description', ''))}</p>"
    for kind, content in body["content"].items():
        yield f"<p><code>{escape(kind)}</code> {_kind(content['schema'], link=True)}</p>"
        if "properties" in content["schema"] and kind == "application/json":
            yield from _properties(content["schema"])
        if "example" in content:
            yield _example(content["example"])


def _answers(responses: Mapping[str, Any]) -> Iterator[str]:
    yield "<h3>Answers</h3>"
    for status, answer in responses.items():
        if "$ref" not in answer:
            kinds = [_kind(content["schema"], link=True) for content in answer.get("content", {}).values()]
            yield _row(status, " or ".join(kinds) or "nothing", answer["description"])
    problems = ", ".join(f"<code>{status}</code>" for status, answer in responses.items() if "$ref" in answer)
    yield f'<p class="dim"><a href="#schema-Problem">Problem</a>: {problems}</p>'


def _answer_example(responses: Mapping[str, Any]) -> Iterator[str]:
    for answer in responses.values():
        for content in answer.get("content", {}).values():
            if "example" in content:
                yield f"<h3>Example</h3>{_example(content['example'])}"
                return


def _schemas(schemas: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in schemas.items():
        yield f'<details id="schema-{escape(name)}"><summary><code class="path">{escape(name)}</code>'
        yield f"<span>{_prose(schema.get('description', ''))}</span></summary><div>"
        yield from _properties(schema)
        yield "</div></details>"


def _properties(schema: Mapping[str, Any]) -> Iterator[str]:
    required = schema.get("required", ())
    for name, property in schema.get("properties", {}).items():
        kind = _kind(property, link=True) + (", required" if name in required else "")
        yield _row(name, kind, property.get("description", ""))


def _kind(schema: Mapping[str, Any], *, link: bool = False) -> str:
    """What a value is, in words; `link` leads to objects."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>' if link else name
    if "anyOf" in schema:
        return " or ".join(_kind(each, link=link) for each in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return " or ".join(f"<code>{escape(str(value))}</code>" for value in values)
    if schema.get("type") == "array" and "items" in schema:
        return f"list of {_kind(schema['items'], link=link)}"
    bounds = [f"{word} {schema[name]}" for name, word in _BOUNDS.items() if name in schema]
    types = schema.get("type", "")
    named = " or ".join(_WORDS.get(each, "any") for each in (types if isinstance(types, list) else [types]))
    return " ".join([named, *bounds])


_BOUNDS = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to"}
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "yes or no",
    "object": "object",
    "array": "list",
    "null": "null",
}


def _codes() -> Iterator[str]:
    for code, meaning in CODES.items():
        yield f'<div class="row two" id="{escape(code)}"><code>{escape(code)}</code>'
        yield f"<span>{_prose(meaning)}</span></div>"


def _row(name: str, kind: str, description: str) -> str:
    told = f'<span class="kind">{kind}</span><span>{_prose(description)}</span>'
    return f'<div class="row"><code>{escape(name)}</code>{told}</div>'


def _example(value: Any) -> str:
    return f"<pre><code>{escape(json.dumps(value, ensure_ascii=False, indent=2))}</code></pre>"


def _prose(text: str) -> str:
    """Text with what stands in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
