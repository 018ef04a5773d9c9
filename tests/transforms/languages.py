"""Random recipes of the whole language, made of what the declarations themselves show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from hypothesis import strategies as st

from transforms import lexer
from transforms.actions import ACTIONS
from transforms.catalog import NAMED, OFFERED
from transforms.flags import FLAGS
from transforms.layers import LAYER_FLAGS

_MOST_PARAMETERS = 6
_MOST_COMPONENTS = 7

_SIZES = (
    "1 2 7 40 100 333 8192 65535 0.001 0.5 1.0 1.22 3.0 iw ih_div_3 iw_mul_ih ar_mul_100 $n $part $none auto"
)
_OFFSETS = "0 1 -1 10 -104 65535 -65535 0.5 -0.5 3.0 iw_div_2 w_sub_ih $n fc_mul_3"

MORE: dict[str, tuple[str, ...]] = {
    "w": tuple(f"w_{size}" for size in _SIZES.split()),
    "h": tuple(f"h_{size}" for size in _SIZES.split() if size != "auto"),
    "x": tuple(f"x_{offset}" for offset in _OFFSETS.split()),
    "y": tuple(f"y_{offset}" for offset in _OFFSETS.split()),
    "ar": ("ar_1", "ar_16:9", "ar_0.001", "ar_65535", "ar_1:65535", "ar_iar", "ar_ar_mul_0"),
    "z": ("z_0.1", "z_1", "z_100"),
    "dpr": ("dpr_0.1", "dpr_1", "dpr_2.0", "dpr_100", "dpr_auto"),
    "$": (
        "$n_w-_div%5F2",
        "$n_%2563urrent",
        "$n_%24w",
        "$n_10",
        "$part_0.5",
        "$n_w_div_2",
        "$color_!red!",
        "$was_current",
        "$other_ref:!logo!",
        "$n_iw_to_i",
    ),
    "if": (
        *(
            "if_w_gt_100",
            "if_ar_lt_1.0_or_fc_gt_0",
            "if_!sale!_in_tags",
            "if_ctx:!a!_eq_!b!",
            "if_ils_gt_0.5",
        ),
        *("if_else", "if_else", "if_end", "if_end", "if_end"),
    ),
    "l": ("l_logo", "l_text:Arial_20:Hello%20$(n)", "l_$was", "l_$other", "l_text:Arial_9_bold:%C3%A9"),
    "b": ("b_$color", "b_auto", "b_blurred", "b_transparent"),
    "r": ("r_$n", "r_max", "r_65535"),
    "e": ("e_sepia:$n", "e_shadow:40", "e_$none"),
    "fl": ("fl_layer_apply", "fl_layer_apply", "fl_layer_apply.no_overflow", "fl_relative", "fl_tiled"),
    "pg": ("pg_1", "pg_2", "pg_7", "pg_2-"),
}
"""What examples do not show: the edges of what is allowed, and values from elsewhere."""


def _shown() -> Iterator[str]:
    for described in (*OFFERED.values(), *ACTIONS, *FLAGS.values(), *LAYER_FLAGS.values()):
        yield from described.examples


def _parameters() -> dict[str, tuple[str, ...]]:
    """All parameters that some example holds, by key."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for example in _shown():
        for component in example.split("/"):
            for piece in lexer.pieces(component):
                if piece.key not in NAMED:
                    found[piece.key][piece.text] = None
    return {key: (*found.get(key, ()), *MORE.get(key, ())) for key in dict.fromkeys((*found, *MORE))}


PARAMETERS = _parameters()
"""By key."""

EFFECTS = tuple(example for action in ACTIONS for example in action.examples)
"""What shows the actions, each on its own."""

_values = {key: st.sampled_from(texts) for key, texts in PARAMETERS.items()}

components: st.SearchStrategy[str] = (
    st.lists(st.sampled_from(sorted(_values)), min_size=1, max_size=_MOST_PARAMETERS, unique=True)
    .flatmap(lambda keys: st.tuples(*(_values[key] for key in keys)))
    .map(",".join)
)
"""One parameter each of some keys."""

examples: st.SearchStrategy[str] = st.sampled_from(tuple(dict.fromkeys(_shown())))

_BEGINNING = "$color_!red!,$n_10,$none_!!,$part_0.5/$was_current"
"""Variables that random parameters use."""

recipes: st.SearchStrategy[str] = st.builds(
    lambda beginning, parts: "/".join((*beginning, *parts)),
    st.sampled_from(((), (_BEGINNING,))),
    st.lists(st.one_of(components, components, examples), min_size=1, max_size=_MOST_COMPONENTS),
)
"""Whole transformations. Some do not read: two layers too many, a condition without sense."""
