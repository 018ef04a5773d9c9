"""Somebody who uploads and deletes over HTTP, and knows when nobody answered."""

from __future__ import annotations

import http.client
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEY, SECRET = "crash", "a-secret-of-the-tests"
_SECONDS = 60.0


@dataclass(frozen=True)
class Answer:
    """A status, and a body."""

    status: int
    body: bytes

    @property
    def value(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass(frozen=True)
class Client:
    """Calls of the upload and admin APIs. Each answers None where the server died over it."""

    port: int

    def upload(self, public_id: str, data: bytes, **fields: str) -> Answer | None:
        return self._post("upload", {"public_id": public_id, **fields}, file=data)

    def destroy(self, public_id: str) -> Answer | None:
        return self._post("destroy", {"public_id": public_id})

    def rename(self, old: str, new: str) -> Answer | None:
        return self._post("rename", {"from_public_id": old, "to_public_id": new})

    def tag(self, public_id: str, *tags: str) -> Answer | None:
        return self._post("explicit", {"public_id": public_id, "type": "upload", "tags": ",".join(tags)})

    def delete_by_token(self, token: str) -> Answer | None:
        return self._post("delete_by_token", {"token": token})

    def delete_below(self, prefix: str) -> Answer | None:
        body = json.dumps({"prefix": prefix}).encode()
        return self.ask("POST", "/api/v1/images/delete", body, {"Content-Type": "application/json"})

    def get(self, public_id: str, transformation: str = "") -> Answer | None:
        """What anybody gets to see of a picture."""
        before = f"/{transformation}/v1" if transformation else ""
        return self.ask("GET", f"{before}/{public_id}.jpg")

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer | None:
        """One request, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_SECONDS)
        try:
            known = {"Authorization": f"Bearer {KEY}:{SECRET}", **(headers or {})}
            connection.request(method, path, body, known)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def _post(self, call: str, fields: Mapping[str, str], file: bytes | None = None) -> Answer | None:
        boundary = secrets.token_hex(8)
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        if file is not None:
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
            parts.append(head.encode() + file + b"\r\n")
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        where = "/v1_1/calotype/" + (call if call == "delete_by_token" else f"image/{call}")
        return self.ask("POST", where, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
