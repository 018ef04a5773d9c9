"""The part of the composition root that makes Cloudinary's API over what hosts pictures."""

from __future__ import annotations

from proxy.app_hosting import HostingParts
from proxy.config import Settings
from proxy.config_checks import named_name_problem
from proxy.hosting.cloudinary.account import Account
from proxy.hosting.cloudinary.marks import Marks
from proxy.hosting.cloudinary.renditions import Renditions
from proxy.hosting.cloudinary.resources import Resources
from proxy.hosting.cloudinary.routes import CloudinaryApi
from proxy.hosting.cloudinary.uploader import Uploader
from proxy.services import Services


def make_cloudinary(settings: Settings, services: Services, hosting: HostingParts) -> CloudinaryApi:
    """The API, from the parts of this process."""
    authenticator, links = hosting.intake.authenticator, hosting.links
    return CloudinaryApi(
        cloud_name=settings.hosting.cloud_name,
        bodies=hosting.intake.bodies,
        authenticator=authenticator,
        uploader=Uploader(
            desk=hosting.desk,
            store=hosting.store,
            changes=hosting.changes,
            deletions=hosting.deletions,
            authenticator=authenticator,
            renditions=Renditions(settling=services.settling, delivery=services.delivery, links=links),
            links=links,
        ),
        marks=Marks(store=hosting.store, changes=hosting.changes),
        resources=Resources(
            desk=hosting.desk,
            store=hosting.store,
            changes=hosting.changes,
            deletions=hosting.deletions,
            links=links,
        ),
        account=Account(
            store=hosting.store,
            named=services.presets,
            fixed=settings.named_transformations,
            presets=hosting.presets,
            name_problem=named_name_problem,
        ),
    )
