"""`calotype sign`: a delivery URL with its signature."""

from __future__ import annotations

import argparse
import time
from urllib.parse import quote, urlsplit

from proxy.admission import Admission, SignatureRefused, signed_texts
from proxy.commands.common import WRONG_SETTINGS, complain, read_settings
from proxy.keys import KeyProblem, load_keys, signing_key
from proxy.signing import (
    FORMS_OF,
    NEVER,
    Form,
    Hash,
    Key,
    cloudinary_signature,
    own_signature,
    written_expiry,
)
from proxy.url import read_delivery_url, signature_place
from transforms.errors import TransformError

_KEPT = "/%:?#[]@!$&'()*+,;=-._~"
"""What stays as it is; a space or an umlaut is sent percent-encoded, and that is what has to be signed."""


def run(arguments: argparse.Namespace) -> int:
    """Print the signed URL. Returns the exit status."""
    settings = read_settings(arguments.config)
    if settings is None:
        return WRONG_SETTINGS
    form: Form | None = arguments.form or ("own" if arguments.expires else None)
    if arguments.expires and form != "own":
        return complain(f"{form} has no expiry: only our own form has one")
    try:
        key = signing_key(load_keys(settings.security.keys), id=arguments.key, form=form)
        form = form or FORMS_OF[key.algorithm][0]
        expires_at = int(time.time()) + arguments.expires if arguments.expires else NEVER
        print(_signed(arguments.url, key, form, expires_at))
    except (KeyProblem, TransformError, SignatureRefused) as error:
        return complain(str(error))
    return 0


def _signed(given: str, key: Key, form: Form, expires_at: int) -> str:
    """The URL, or the path, with its signature; one that it has already goes."""
    parts = urlsplit(given)
    host = f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""
    target = quote(given.removeprefix(host), safe=_KEPT)
    path, mark, query = target.partition("?")
    before, behind = signature_place(path)
    unsigned = read_delivery_url(before + behind)
    if form == "own":
        text = own_signature(behind, key, scope=unsigned.scope, expiry=written_expiry(expires_at))
    else:
        covered = next(signed_texts(unsigned), None)
        if covered is None:
            raise KeyProblem(
                "Cloudinary's signatures cannot tell this URL from another one: sign with --form own"
            )
        length = 32 if form == "cloudinary32" else 8
        # Without a word of another one, SDKs sign eight characters with SHA-1.
        hashed: Hash = "sha1" if form == "cloudinary8" and key.algorithm != "sha256" else "sha256"
        text = cloudinary_signature(covered, key, length=length, algorithm=hashed)
    signed = f"{before}s--{text}--/{behind}{mark}{query}"
    # What is printed has to be what the server lets by.
    Admission(keys=[key], signing="required").read(signed, now=time.time())
    return host + signed
