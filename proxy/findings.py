"""What was found for one recipe besides its original, as a value that grows round by round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from origin.asset import Asset
from origin.metadata.details import Said
from proxy.files import File
from proxy.finder import Found
from transforms.knowledge import Known, Question, Source, SourceId


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found for one recipe."""

    known: Known = field(default_factory=Known)
    assets: Mapping[SourceId, Asset] = field(default_factory=dict)
    """The pictures that its layers show."""
    files: Mapping[SourceId, File] = field(default_factory=dict)
    """Fonts and tables of colours."""
    said_at: float = 0.0
    """When people last said something about the original, where that counted."""
    stale_for: float = 0.0
    """Seconds since the facts of a picture among them should have been checked."""
    signed: bool = False
    """Whether the URL they are for was signed, which lets layers show remote pictures."""

    @property
    def modified_at(self) -> float:
        """When the latest of it was changed, epoch seconds."""
        return max((self.said_at, *(asset.modified_at for asset in self.assets.values())))

    def with_said(self, said: Said) -> Findings:
        return replace(self, known=replace(self.known, details=said.details), said_at=said.at)

    def with_answer(self, question: Question, rows: tuple[tuple[float, ...], ...]) -> Findings:
        return replace(self, known=replace(self.known, answers={**self.known.answers, question: rows}))

    def with_files(self, found: Mapping[SourceId, File]) -> Findings:
        sources = {name: Source(file.content_hash, location=file.path) for name, file in found.items()}
        known = replace(self.known, sources={**self.known.sources, **sources})
        return replace(self, known=known, files={**self.files, **found})

    def with_assets(self, found: Mapping[SourceId, Found]) -> Findings:
        assets = {name: each.asset for name, each in found.items()}
        sources = {name: Source(asset.content_hash, asset.info) for name, asset in assets.items()}
        known = replace(self.known, sources={**self.known.sources, **sources})
        stale_for = max((self.stale_for, *(each.stale_for for each in found.values())))
        return replace(self, known=known, assets={**self.assets, **assets}, stale_for=stale_for)
