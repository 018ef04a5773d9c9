"""The tier that lasts: variants on a folder or a bucket that all instances share."""

from __future__ import annotations

from proxy.cache.stored import StoredTier


class DerivedTier(StoredTier):
    """Variants that stay until someone deletes them."""

    name = "derived"
    shared = True
    durable = True
