"""Holds answers of the API against its OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from proxy.rest.codes import CODES


class Contract:
    """What the document promises."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self.seen: set[tuple[str, int]] = set()
        """The operations that were called, and how they were answered."""

    def check(self, method: str, path: str, status: int, content_type: str, body: Any) -> None:
        """Fail where an answer is not as the document says."""
        operation = self._operation(method, path.partition("?")[0])
        if operation is None:
            assert status in (204, 404, 405), (method, path, status)
            return
        self.seen.add((operation["operationId"], status))
        promised = operation["responses"].get(str(status))
        assert promised is not None, f"{operation['operationId']} answers {status}: {body}"
        content = self._resolved(promised).get("content", {})
        if method == "HEAD" or not content:
            return
        assert content_type in content, (operation["operationId"], status, content_type)
        errors = list(self._validator(content[content_type]["schema"]["$ref"]).iter_errors(body))
        assert not errors, (operation["operationId"], status, errors[0].message, list(errors[0].path))
        assert status < 400 or body["code"] in CODES, body

    def _operation(self, method: str, path: str) -> Any:
        method = "get" if method == "HEAD" else method.lower()
        for pattern, operations in self._document["paths"].items():
            expression = re.sub(r"{public_id}", ".+", pattern)
            if method in operations and re.fullmatch(re.sub(r"{\w+}", "[^/]+", expression), path):
                return operations[method]
        return None

    def _resolved(self, promised: Any) -> Any:
        if "$ref" not in promised:
            return promised
        return self._document["components"]["responses"][promised["$ref"].rpartition("/")[2]]

    @cache  # noqa: B019 - one for the tests of a module
    def _validator(self, reference: str) -> Draft202012Validator:
        schema = {"$ref": reference, "components": self._document["components"]}
        return Draft202012Validator(schema, format_checker=FormatChecker())
