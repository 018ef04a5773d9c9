"""Answers as they could be, for those who read the description of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

IMAGE: Mapping[str, Any] = {
    "public_id": "pets/cat",
    "asset_id": "6f1ed002ab5595859014ebf0951522d9",
    "owner": "main",
    "state": "live",
    "access_mode": "public",
    "url": "https://img.example.com/calotype/image/upload/v1795381952/pets/cat.jpg",
    "format": "jpg",
    "width": 1600,
    "height": 1200,
    "bytes": 284113,
    "content_hash": "b1946ac92492d2347c6235b4d2611184a9c04aa4c3a37ee2d41ff92dbd4cba3c",
    "version": 1795381952,
    "original_filename": "cat.jpg",
    "tags": ["cat"],
    "context": {"alt": "A cat on a wall"},
    "metadata": {},
    "coordinates": None,
    "placeholders": {
        "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
        "thumbhash": "1QcSHQRnh493V4dIh4eXh1h4kJUI",
        "color": "#806040",
        "data_uri": "data:image/png;base64,iVBORw0KGgo=",
    },
    "phash": "18c1e3f0f8fc7c3e",
    "created_at": "2026-11-22T20:43:21.512Z",
    "updated_at": "2026-11-22T20:43:21.512Z",
}
DETAILS: Mapping[str, Any] = {
    **IMAGE,
    "frames": 1,
    "exif": {"Make": "Canon", "Model": "EOS R6"},
    "findings": {},
}
RECEIPT: Mapping[str, Any] = {
    "receipt_id": "9f86d081884c7d659a2feaa0c55ad015",
    "kind": "delete",
    "public_id": "pets/cat",
    "asset_id": "6f1ed002ab5595859014ebf0951522d9",
    "owner": "main",
    "reason": "REST API",
    "at": "2026-11-22T21:03:12.080Z",
    "steps": {"published": "2026-11-22T21:03:12.084Z", "purged": "2026-11-22T21:03:12.301Z"},
    "pending": ["purged_again", "variants_collected"],
}
UPLOADED: Mapping[str, Any] = {
    **DETAILS,
    "existing": False,
    "overwritten": False,
    "delete_token": "q9Vb0d2hF1n6pWwQk3rYtS8uXzA5cE7gJmLoPqRsTuV",
    "receipt": None,
}
RENDITIONS: Mapping[str, Any] = {
    "items": [
        {
            "transformation": "c_fill,h_300,w_400",
            "format": "webp",
            "url": "https://img.example.com/calotype/image/upload/c_fill,h_300,w_400/v1795381952/pets/cat.webp",
            "status": "pending",
        }
    ]
}
USAGE: Mapping[str, Any] = {
    "key": "123456789012345",
    "owner": "main",
    "scopes": ["read", "upload", "delete"],
    "of": "main",
    "pictures": 1204,
    "bytes": 3145728000,
}
