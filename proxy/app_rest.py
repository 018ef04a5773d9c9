"""The part of the composition root that makes the REST API over what hosts pictures."""

from __future__ import annotations

from collections.abc import Sequence

from origin.hosting.replays import Replays
from proxy.app_hosting import HostingParts
from proxy.app_intake import make_sealer
from proxy.config import Settings
from proxy.rest.account import Account
from proxy.rest.api import RestApi
from proxy.rest.changing import Changing
from proxy.rest.deleting import Deleting
from proxy.rest.images import Images
from proxy.rest.once import Once
from proxy.rest.operation import Operation
from proxy.rest.pages import Pages
from proxy.rest.renditions import Renditions
from proxy.rest.routes import (
    operations_on_accounts,
    operations_on_images,
    operations_on_renditions,
    operations_that_delete,
)
from proxy.rest.sharex import ShareX
from proxy.rest.uploading import Uploading


def make_pages(api: RestApi, hosting: HostingParts) -> Pages:
    """What describes the API, and has ShareX use it."""
    server = hosting.links.public_url
    unsigned = {name for name, preset in hosting.presets.items() if preset.unsigned}
    return Pages(
        operations=api.operations, server=server, sharex=ShareX(server=server, unsigned_presets=unsigned)
    )


def make_rest(settings: Settings, hosting: HostingParts, beside: Sequence[Operation] = ()) -> RestApi:
    """The API, from the parts of this process, with what else it does. Raises SealingKeyProblem."""
    bodies, authenticator = hosting.intake.bodies, hosting.intake.authenticator
    once = Once(Replays(hosting.store, make_sealer(settings)))
    images = Images(store=hosting.store, deletions=hosting.deletions, links=hosting.links)
    uploading = Uploading(
        bodies=bodies,
        authenticator=authenticator,
        desk=hosting.desk,
        changes=hosting.changes,
        links=hosting.links,
        once=once,
    )
    changing = Changing(
        desk=hosting.desk,
        store=hosting.store,
        changes=hosting.changes,
        deletions=hosting.deletions,
        links=hosting.links,
    )
    renditions = Renditions(
        desk=hosting.desk, store=hosting.store, changes=hosting.changes, links=hosting.links
    )
    return RestApi(
        operations=(
            *operations_on_images(images, uploading, changing),
            *operations_that_delete(Deleting(store=hosting.store, deletions=hosting.deletions)),
            *operations_on_renditions(renditions),
            *operations_on_accounts(Account(store=hosting.store)),
            *beside,
        ),
        bodies=bodies,
        authenticator=authenticator,
        once=once,
    )
