"""What nests in what, in the words of `tree`."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.parser import parse
from transforms.structure import Choice, Layer, Node, structure
from transforms.tree import tree

CASES = {
    "no markers": ("w_1/h_2", "w_1|h_2"),
    "a block": ("if_w_gt_1/w_1/h_2/if_end/h_3", "if w_gt_1|  w_1|  h_2|h_3"),
    "a block with else": ("if_w_gt_1/w_1/if_else/w_2/if_end/h_3", "if w_gt_1|  w_1|else|  w_2|h_3"),
    "an empty block": ("if_w_gt_1/if_end/h_3", "if w_gt_1|h_3"),
    "a block that never ends": ("if_w_gt_1/w_1/h_2", "if w_gt_1|  w_1|  h_2"),
    "else that never ends": ("if_w_gt_1/w_1/if_else/h_2", "if w_gt_1|  w_1|else|  h_2"),
    "a chain that shares one end": (
        "if_w_gt_3/w_3/if_else/if_w_gt_2/w_2/if_else/w_1/if_end/h_9",
        "if w_gt_3|  w_3|else if w_gt_2|  w_2|else|  w_1|h_9",
    ),
    "a chain with an end for each": (
        "if_w_gt_3/w_3/if_else/if_w_gt_2/w_2/if_else/w_1/if_end/if_end/h_9",
        "if w_gt_3|  w_3|else|  if w_gt_2|    w_2|  else|    w_1|h_9",
    ),
    "more in the else that holds a condition": (
        "if_w_gt_3/w_3/if_else/if_w_gt_2/w_2/if_end/h_7/if_end/h_9",
        "if w_gt_3|  w_3|else|  if w_gt_2|    w_2|  h_7|h_9",
    ),
    "a block in a block": (
        "if_w_gt_3/if_h_gt_3/w_3/if_end/h_4/if_end/h_9",
        "if w_gt_3|  if h_gt_3|    w_3|  h_4|h_9",
    ),
    "beside": ("if_w_gt_1,w_1/h_2", "if w_gt_1|  w_1|h_2"),
    "beside, with an end all the same": ("if_w_gt_1,w_1/if_end/h_2", "if w_gt_1|  w_1|if_end|h_2"),
    "beside, with else beside": ("if_w_gt_1,w_1/if_else,w_2/h_3", "if w_gt_1|  w_1|else|  w_2|h_3"),
    "beside, with else beside and an end": (
        "if_w_gt_1,w_1/if_else,w_2/if_end/h_3",
        "if w_gt_1|  w_1|else|  w_2|h_3",
    ),
    "a block, with else beside": ("if_w_gt_1/w_1/if_else,w_2/h_3", "if w_gt_1|  w_1|else|  w_2|h_3"),
    "two beside": ("if_w_gt_1,w_1/if_w_gt_2,w_2", "if w_gt_1|  w_1|if w_gt_2|  w_2"),
    "beside, in a block": (
        "if_w_gt_1/if_h_gt_1,h_1/w_1/if_end/h_9",
        "if w_gt_1|  if h_gt_1|    h_1|  w_1|h_9",
    ),
    "stray ends and elses": ("if_end/w_1/if_else/w_2/if_end", "if_end|w_1|if_else|w_2|if_end"),
    "one end too many": ("if_w_gt_1/w_1/if_end/if_end/h_2", "if w_gt_1|  w_1|if_end|h_2"),
    "a layer put on at once": ("l_a,w_1/h_2", "layer l_a w_1|h_2"),
    "a layer": ("l_a/w_1/h_2/fl_layer_apply,x_1/h_3", "layer l_a|  w_1|  h_2|put on fl_layer_apply x_1|h_3"),
    "a layer with both beside": ("fl_layer_apply,l_a,w_1/h_2", "layer fl_layer_apply l_a w_1|h_2"),
    "layers one after the other": (
        "l_a/fl_layer_apply/u_b/w_1/fl_layer_apply",
        "layer l_a|put on fl_layer_apply|layer u_b|  w_1|put on fl_layer_apply",
    ),
    "a layer in a layer": (
        "l_a/w_1/l_b/w_2/fl_layer_apply/w_3/fl_layer_apply/w_4",
        "layer l_a|  w_1|  layer l_b|    w_2|  put on fl_layer_apply|  w_3|put on fl_layer_apply|w_4",
    ),
    "at once, then one with an end": (
        "l_a,w_1/l_b/fl_layer_apply",
        "layer l_a w_1|layer l_b|put on fl_layer_apply",
    ),
    "a layer in a branch": (
        "if_w_gt_1/l_a/w_1/fl_layer_apply/if_end/h_2",
        "if w_gt_1|  layer l_a|    w_1|  put on fl_layer_apply|h_2",
    ),
    "a layer in each branch": (
        "if_w_gt_1/l_a/fl_layer_apply/if_else/l_b/fl_layer_apply/if_end",
        "if w_gt_1|  layer l_a|  put on fl_layer_apply|else|  layer l_b|  put on fl_layer_apply",
    ),
    "a branch in a layer": (
        "l_a/if_w_gt_1/w_1/if_else/w_2/if_end/fl_layer_apply/h_2",
        "layer l_a|  if w_gt_1|    w_1|  else|    w_2|put on fl_layer_apply|h_2",
    ),
    "a branch in a layer that never ends": (
        "l_a/if_w_gt_1/w_1/fl_layer_apply/h_2",
        "layer l_a|  if w_gt_1|    w_1|put on fl_layer_apply|h_2",
    ),
    "a layer beside a condition": (
        "if_w_gt_1,l_a/w_1/fl_layer_apply/h_2",
        "if w_gt_1|  layer l_a|    w_1|  put on fl_layer_apply|h_2",
    ),
    "a layer beside a condition, at once": (
        "if_w_gt_1,l_a,w_1/if_else,l_b,w_2/h_2",
        "if w_gt_1|  layer l_a w_1|else|  layer l_b w_2|h_2",
    ),
    "an apply without a layer": ("w_1/fl_layer_apply,x_1", "w_1|fl_layer_apply x_1"),
    "an apply too many": (
        "l_a/fl_layer_apply/fl_layer_apply",
        "layer l_a|put on fl_layer_apply|fl_layer_apply",
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_nesting(text: str, expected: str) -> None:
    assert expected == "|".join(tree(parse(text)))


def depth(nodes: tuple[Node, ...]) -> int:
    inner = [0]
    for node in nodes:
        if isinstance(node, Choice):
            inner += [1 + depth(body) for _, body in node.branches]
        elif isinstance(node, Layer):
            inner.append(1 + depth(node.chain))
    return max(inner)


@pytest.mark.parametrize("unit", ["if_w_gt_1", "if_w_gt_1/if_else", "if_else/if_w_gt_1"])
def test_nesting_is_as_deep_as_a_text_may_be_long(unit: str) -> None:
    text = "/".join(itertools.islice(itertools.cycle(unit.split("/")), 25))

    assert depth(structure(parse(text).components)) <= 25


MARKERS = (
    "if_w_gt_1",
    "if_w_gt_1,w_1",
    "if_else",
    "if_else,w_2",
    "if_end",
    "w_3",
    "l_a",
    "l_b,w_4",
    "fl_layer_apply",
)


@given(
    st.lists(st.sampled_from(MARKERS), max_size=25).filter(
        lambda parts: sum("l_" in p[:2] for p in parts) <= 5
    )
)
@settings(derandomize=True, max_examples=300, deadline=None)
def test_any_order_of_markers_has_a_structure(parts: list[str]) -> None:
    components = parse("/".join(parts)).components

    assert sum(map(sizes, structure(components))) + closing(components) >= len(components)


def sizes(node: Node) -> int:
    """How many components went into a node, but for the ends and elses."""
    if isinstance(node, Choice):
        heads = sum(1 for condition, _ in node.branches if condition is not None)
        return heads + sum(sizes(inner) for _, body in node.branches for inner in body)
    if isinstance(node, Layer):
        return 1 + (node.applied is not node.declared) + sum(map(sizes, node.chain))
    return 1


def closing(components: tuple[object, ...]) -> int:
    return sum(str(component) in ("if_end", "if_else") for component in components)


@pytest.mark.parametrize(
    "parts",
    [
        ["if_w_gt_1"] * 25,
        ["if_w_gt_1", "if_else"] * 12,
        ["if_w_gt_1,w_1", "if_else,w_2"] * 12,
        ["if_w_gt_1"] * 8 + ["if_else"] * 8 + ["if_end"] * 9,
        ["if_w_gt_1", "l_a", "if_else", "l_b"] * 2 + ["fl_layer_apply"] * 17,
        ["if_else", "if_w_gt_1"] * 12,
    ],
)
def test_hostile_texts_take_no_time(parts: list[str]) -> None:
    """Each of 25 markers read twice would be 33 million readings."""
    components = parse("/".join(parts)).components
    start = time.process_time()
    structure(components)

    assert time.process_time() - start < 5
