"""A request settled: what an answer is made of, under which key, before its bytes."""

from __future__ import annotations

from dataclasses import dataclass

from origin.asset import Asset
from origin.hosting.standing import Standing, standing_of
from proxy.finder import Claim
from proxy.findings import Findings
from transforms.plan import RenderPlan
from transforms.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Settled:
    """All that is known of an answer before its bytes: what it is made of, its key, what it varies on."""

    recipe: Recipe
    asset: Asset
    plan: RenderPlan | None
    """None delivers the original as it is."""
    key: str
    format: str
    vary: tuple[str, ...]
    tags: tuple[str, ...]
    modified_at: float
    """When the latest of all that it is made of was changed, epoch seconds."""
    stale_for: float = 0.0
    """Seconds since facts that it rests on should have been checked; 0 when all are fresh."""
    stand_in: bool = False
    """Whether a default image is shown, because there is no original of that name."""
    claim: Claim | None = None
    findings: Findings | None = None
    """What the plan rests on besides the original, where there is such a thing."""
    promised: bool = False
    """Whether the URL says that what it shows never changes."""
    otherwise: Settled | None = None
    """What is answered as long as this is not there: it is made behind, and never for a request."""
    provisional: bool = False
    """Whether this is answered only until what was asked for has been made."""

    direct: Settled | None = None
    """The same made of the original, where this is made of its mezzanine."""
    mezzanine: Settled | None = None
    """The small copy of the original that this is made of: see `proxy/mezzanines.py`."""

    @property
    def assets(self) -> tuple[Asset, ...]:
        """All pictures that it shows, the original first."""
        return (self.asset, *self.findings.assets.values()) if self.findings else (self.asset,)

    @property
    def standings(self) -> tuple[Standing, ...]:
        """Those of the hosted pictures that it shows."""
        return tuple(filter(None, (standing_of(asset.etag) for asset in self.assets)))

    @property
    def made_of(self) -> tuple[str, ...]:
        """The content hashes of what is in the picture."""
        shown = self.plan.hashes() if self.plan is not None else frozenset[str]()
        own = self.asset.content_hash
        return (own, *sorted(shown - {own, ""}))

    async def release(self) -> None:
        """Let other instances go on, if this was the first look at an original."""
        if self.claim is not None:
            await self.claim.release()
