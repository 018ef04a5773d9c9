"""One server over a folder of small originals, shared by the tests that do not disturb it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import pyvips

from tests.edge.both_ways import Request, differences
from tests.services.calotype import Answer, Server, serving


def photograph(width: int, height: int, shift: int = 0) -> pyvips.Image:
    """A colourful picture of that size, another for each `shift`."""
    ramps = pyvips.Image.xyz(width, height)
    red = ramps[0] * 255 / max(1, width - 1)
    green = ramps[1] * 255 / max(1, height - 1)
    blue = ((ramps[0] + ramps[1] + shift) / 7).sin() * 100 + 128
    return red.bandjoin([green, blue]).cast("uchar").copy(interpretation="srgb")


def put_originals(folder: Path) -> None:
    """cat.jpg 800x600, wide.jpg 1200x300, a see-through PNG, a moving GIF, a drawing, two bad ones."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "photos" / "pets").mkdir(parents=True, exist_ok=True)
    photograph(800, 600).write_to_file(str(folder / "cat.jpg"), Q=90)
    photograph(1200, 300, 5).write_to_file(str(folder / "wide.jpg"), Q=90)
    photograph(640, 480, 9).write_to_file(str(folder / "photos" / "pets" / "dog.jpg"), Q=90)
    logo = photograph(200, 200).bandjoin((pyvips.Image.xyz(200, 200)[0] > 100).ifthenelse(255, 0))
    logo.write_to_file(str(folder / "logo.png"))
    frames = [photograph(60, 40, 20 * n) for n in range(4)]
    roll = pyvips.Image.arrayjoin(frames, across=1).copy()
    roll.set_type(pyvips.GValue.gint_type, "page-height", 40)
    roll.set_type(pyvips.GValue.array_int_type, "delay", [100] * 4)
    roll.write_to_file(str(folder / "spin.gif"))
    (folder / "drawing.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50">'
        '<rect width="100" height="50" fill="red"/></svg>'
    )
    (folder / "broken.jpg").write_bytes((folder / "cat.jpg").read_bytes()[:4000])
    (folder / "text.jpg").write_text("not a picture at all")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with two HTTP processes, named transformations and the defaults."""
    data_dir = tmp_path_factory.mktemp("edge")
    put_originals(data_dir / "originals")
    named = '{"thumb": "c_fill,h_50,w_50", "nested": "t_thumb/a_90"}'
    settings = {"CALOTYPE_SERVER__WORKERS": "2", "CALOTYPE_NAMED_TRANSFORMATIONS": named}
    with serving(data_dir, first=True, **settings) as running:
        yield running


@pytest.fixture(autouse=True)
def both_ways(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test asked a server that still runs is asked once more when the test is over: before the
    parser and behind it the answers are the same."""
    asked: dict[int, tuple[Server, list[Request]]] = {}
    get = Server.get

    def remembered(
        self: Server, path: str, headers: Mapping[str, str] | None = None, method: str = "GET"
    ) -> Answer:
        asked.setdefault(id(self), (self, []))[1].append(Request.of(method, path, headers))
        return get(self, path, headers, method)

    monkeypatch.setattr(Server, "get", remembered)
    yield
    for server, requests in asked.values():
        if server.process.poll() is None:
            assert differences(server, requests) == []
