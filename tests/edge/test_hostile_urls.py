"""Malformed URLs over HTTP: refused, by a server that goes on, before anybody asks a storage."""

from __future__ import annotations

from tests.attack.url_cases import CASES
from tests.attack.urls import attack, generated
from tests.services.calotype import Server


def test_malformed_urls_cost_nothing(server: Server) -> None:
    outcome = attack(server.url, CASES)

    assert [] == outcome.wrong
    assert 0 == outcome.storage_calls
    assert outcome.asked > 1_500
    assert "Traceback" not in server.log.read_text()


def test_made_up_urls_cost_nothing(server: Server) -> None:
    refused, readable = generated(1_500, seed=5)
    outcome, others = attack(server.url, refused), attack(server.url, readable)

    assert ([], 0) == (outcome.wrong, outcome.storage_calls)
    assert [] == others.wrong
    assert min(outcome.asked, others.asked) > 300
    assert "Traceback" not in server.log.read_text()
