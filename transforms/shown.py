"""What a layer shows before anything is done to it: a picture from elsewhere, a text, the picture itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from transforms.canonical import canonical
from transforms.catalog import OFFERED
from transforms.errors import InvalidValue, TransformError, printable
from transforms.frame import Frame
from transforms.kinds.base import Misread
from transforms.kinds.numbers import telling
from transforms.knowledge import Loaded, Picture, Question, SourceId, named_layer
from transforms.layers import PictureLayer, TableLayer, TextLayer
from transforms.limits import check_original
from transforms.load import full_load, loaded_frame
from transforms.lut import Lut
from transforms.operands import Reference
from transforms.operations import Operation
from transforms.recipe import Component, Parameter, Recipe
from transforms.structure import LAYERS
from transforms.templates import Template
from transforms.textlayers import block_of, own_keys

if TYPE_CHECKING:
    from transforms.walk import Walk


@dataclass(frozen=True, slots=True)
class Shown:
    """`picture` is what the layer starts as; a `table` is no picture and goes straight on."""

    picture: Picture
    taken: frozenset[str] = frozenset()
    """Keys that were used up in making the picture."""
    table: Operation | None = None


def shown_by(declared: Component, chain: Iterable[Component], walk: Walk) -> Shown | None:
    """What the layer declared here starts as; None for a text whose variables leave nothing to show. `chain`
    is what is done to it, which may name a page.

    Raises Unsettled while a source or the size of a text is not known.
    """
    parameter = next(p for p in declared.parameters if p.key in LAYERS)
    value = _value(parameter, walk)
    match value:
        case Picture():
            return Shown(value)
        case TextLayer() if isinstance(parameter.value, Template) and not value.text.strip():
            return None
        case TextLayer():
            return Shown(_text(value, declared, walk), own_keys(declared))
        case TableLayer(source):
            return Shown(walk.picture, table=Lut(walk.source_of(source).content_hash, label=str(parameter)))
        case PictureLayer(source):
            return Shown(_picture(source, Recipe((declared, *chain)), walk))
    raise InvalidValue(f"{parameter} shows nothing", parameter=parameter.written, position=parameter.position)


def _value(parameter: Parameter, walk: Walk) -> object:
    """What `l_` or `u_` says, its variables put in."""
    template = parameter.value
    if not isinstance(template, Template):
        return template
    held = walk.shared.variables.get(template.alone or "")
    if isinstance(held, Picture):
        return held
    if isinstance(held, Reference):
        return PictureLayer(SourceId("image", held.public_id))
    # A text is decoded twice, a name once.
    text = template.fill(walk.names, decodings=2 if str(template).startswith("text:") else 1)
    try:
        with telling() as told:
            value = OFFERED["l"].kind.read(text)
    except Misread as error:
        raise InvalidValue(f"{parameter} comes to l_{text}, which {error.reason}") from None
    walk.shared.notes.extend(f"{parameter} comes to l_{printable(text)}: {note}" for note in told)
    return value


def _picture(source_id: SourceId, recipe: Recipe, walk: Walk) -> Picture:
    source = walk.source_of(source_id)
    info = source.info
    if info is None:
        raise InvalidValue(f"{source_id} is no picture")
    try:
        check_original(info, walk.shared.limits)
        load = full_load(recipe, info, animated=False)
    except TransformError as error:
        raise error.within(named_layer(source_id.name)) from None
    return Picture(Loaded(source.content_hash, info, load, source_id.name), (), loaded_frame(load, info))


def _text(layer: TextLayer, declared: Component, walk: Walk) -> Picture:
    block = block_of(layer, declared, walk)
    width, height = walk.ask(Question("text", block.to_json(), name=canonical(block)))[0]
    return Picture(block, (), Frame(int(width), int(height), alpha=True))
