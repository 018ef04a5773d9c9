"""Settings read again while the server runs: what is taken, what is not, and that no connection notices."""

from __future__ import annotations

import http.client
import logging
import pickle
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from proxy.config import Settings, load_settings
from proxy.config_shape import leaves
from proxy.orders import OrderReader, Orders, encode
from proxy.reload import TAKEN, reloaded
from tests.services.calotype import Server, serving

DRAWING = b'<rect width="40" height="30" fill="#08f"/>'
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30">%b</svg>' % DRAWING


def settings_of(text: str, folder: Path) -> Settings:
    path = folder / "settings.yaml"
    path.write_text(text)
    return load_settings(path, {})


def test_what_is_taken_of_new_settings(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    now = settings_of("render: {block_loaders: [svg], deadline_seconds: 8}", tmp_path)
    new = settings_of(
        "{render: {block_loaders: [tiff], deadline_seconds: 4, queue: 3}, server: {port: 9}}", tmp_path
    )
    taken = reloaded(now, lambda: new)

    assert taken is not None
    assert (("tiff",), 4.0) == (taken.render.block_loaders, taken.render.deadline_seconds)
    assert (now.render.queue, now.server) == (taken.render.queue, taken.server)
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert [
        f"{key} changed, which takes effect at the next start" for key in ("server.port", "render.queue")
    ] == told


def test_mistakes_change_nothing_and_are_all_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    now = settings_of("{}", tmp_path)
    path = tmp_path / "settings.yaml"
    path.write_text("render: {block_loaders: [svgs], dedline_seconds: 4}")

    assert reloaded(now, lambda: load_settings(path, {})) is None
    assert "2 mistakes" in caplog.text
    assert "dedline_seconds" in caplog.text
    assert "block_loaders[0]" in caplog.text


def test_the_same_settings_change_nothing(tmp_path: Path) -> None:
    now = settings_of("render: {block_loaders: [svg]}", tmp_path)

    assert reloaded(now, lambda: now.model_copy(deep=True)) is None


def test_every_key_that_is_taken_is_a_setting() -> None:
    assert set(TAKEN) <= {".".join(path) for path in leaves(Settings)}


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_orders_come_in_pieces(tmp_path: Path, size: int) -> None:
    given = [Orders(settings_of(f"server: {{port: {port}}}", tmp_path), "redis://") for port in (1, 2, 3)]
    data = b"".join(map(encode, given))
    reader = OrderReader()
    read = [orders for at in range(0, len(data), size) for orders in reader.feed(data[at : at + size])]

    assert [pickle.dumps(each) for each in given] == [pickle.dumps(each) for each in read]


def eventually(condition: Callable[[], bool]) -> None:
    ended = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ended, "it never happened"
        time.sleep(0.05)


def keep_asking(server: Server, stop: threading.Event, statuses: list[int | str]) -> None:
    """One connection, used again and again."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    number = 0
    while not stop.is_set():
        number += 1
        try:
            connection.request("GET", f"/w_{number % 400 + 20}/dandelion.jpg")
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
        except OSError as error:
            statuses.append(repr(error))
            return
    connection.close()


def test_formats_are_blocked_while_pictures_are_served(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("render: {block_loaders: []}")
    with serving(tmp_path / "data", CALOTYPE_CONFIG=str(file), CALOTYPE_SERVER__WORKERS="2") as server:
        originals = tmp_path / "data" / "originals"
        for name in ("known.svg", "unknown.svg", "later.svg"):
            (originals / name).write_bytes(SVG)
        assert 200 == server.get("/w_20/known.svg").status
        stop, statuses = threading.Event(), list[int | str]()
        asking = threading.Thread(target=keep_asking, args=(server, stop, statuses))
        asking.start()
        file.write_text("render: {block_loaders: [svg]}")
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: server.get(f"/w_{21 + len(statuses)}/known.svg").status == 415)
        eventually(lambda: server.metric("calotype_render_worker_restarts_total", reason="renewed") == 2)
        refused = [server.get("/w_22/known.svg"), server.get("/w_22/unknown.svg")]
        cached = server.get("/w_20/known.svg")
        file.write_text("render: {block_loaders: [nonsense]}")
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: "the settings are not reloaded" in server.log.read_text())
        still = server.get("/w_23/unknown.svg").status
        file.write_text("render: {}")
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: server.get(f"/w_{24 + len(statuses)}/known.svg").status == 200)
        eventually(lambda: server.metric("calotype_render_worker_restarts_total", reason="renewed") == 4)
        later = server.get("/w_20/later.svg").status
        stop.set()
        asking.join()

    assert [(415, "format_blocked")] * 2 == [(each.status, each.error["code"]) for each in refused]
    assert 200 == cached.status
    assert 415 == still
    assert 200 == later
    assert {200} == set(statuses)


KEYS = """
security:
  signing: {signing}
  keys:
    - {{id: first, secret_file: {folder}/first, algorithm: hmac}}
    - {{id: second, secret: another secret of some length, algorithm: hmac, state: {state}}}
"""


def test_keys_are_taken_also_what_their_files_say_now(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "first"
    file.write_text("a secret of some length")
    now = settings_of(KEYS.format(signing="required", folder=tmp_path, state="active"), tmp_path)
    same = reloaded(now, lambda: now.model_copy(deep=True))
    other = settings_of(KEYS.format(signing="optional", folder=tmp_path, state="retired"), tmp_path)
    taken = reloaded(now, lambda: other)
    file.unlink()
    gone = reloaded(now, lambda: other)
    none = reloaded(now, lambda: settings_of("{}", tmp_path))

    assert same == now
    assert taken is not None
    assert ("required", "retired") == (taken.security.signing, taken.security.keys[1].state)
    assert (None, None) == (gone, none)
    assert "first" in caplog.text
    assert "security.keys stay as they were" in caplog.text


def test_keys_are_rotated_while_pictures_are_served(tmp_path: Path) -> None:
    file, secret = tmp_path / "settings.yaml", tmp_path / "first"
    secret.write_text("a secret of some length")
    file.write_text(KEYS.format(signing="required", folder=tmp_path, state="active"))
    given = {"CALOTYPE_CONFIG": str(file), "CALOTYPE_SERVER__WORKERS": "2"}
    with serving(tmp_path / "data", **given) as server:
        (tmp_path / "data" / "originals" / "known.svg").write_bytes(SVG)
        one = server.run("sign", "/w_20/known.svg", "--key", "first").strip()
        two = server.run("sign", "/w_20/known.svg", "--key", "second").strip()
        before = [server.get(path).status for path in (one, two)]
        secret.write_text("a new secret of some length")
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: {server.get(one).status for _ in range(8)} == {401})
        after = [server.get(two).status, server.get(server.run("sign", "/w_20/known.svg").strip()).status]
        renewed = server.metric("calotype_render_worker_restarts_total", reason="renewed")

    assert [200, 200] == before
    assert [200, 200] == after
    assert 0 == renewed
