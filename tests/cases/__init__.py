"""Cases as text files that read as a manual: `left  ->  right`, `#` for prose, blank lines between groups."""

from pathlib import Path

_HERE = Path(__file__).parent


def read_cases(name: str, arrow: str) -> list[tuple[str, str]]:
    """The (left, right) pairs of one file."""
    pairs = []
    for line in (_HERE / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            left, found, right = line.partition(f"  {arrow}  ")
            assert found, f"{name}: {line}"
            pairs.append((left, right))
    return pairs
