"""Results kept for texts that strangers choose."""

from __future__ import annotations

from proxy.kept import LONGEST, kept


def test_usual_texts_are_worked_out_once_and_long_ones_each_time() -> None:
    asked: list[str] = []
    measure = kept(lambda text: asked.append(text) or len(text), entries=2)
    usual, long = "w_300", "x" * (LONGEST + 1)
    lengths = [measure(text) for text in (usual, usual, long, long)]

    assert [5, 5, LONGEST + 1, LONGEST + 1] == lengths
    assert [usual, long, long] == asked


def test_the_number_is_bounded() -> None:
    asked: list[str] = []
    measure = kept(lambda text: asked.append(text) or len(text), entries=2)
    for text in ("a", "b", "c", "a"):
        measure(text)

    assert ["a", "b", "c", "a"] == asked
