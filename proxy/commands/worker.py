"""`calotype worker`: runs queued jobs, or shows what its render workers cannot do."""

from __future__ import annotations

import argparse

from proxy.commands.common import WRONG_SETTINGS, read_settings, tell_mistakes
from proxy.config import load_settings
from proxy.config_errors import ConfigErrors
from proxy.fonts import font_problems


def run(arguments: argparse.Namespace) -> int:
    """Work until told to stop. Returns the exit status."""
    settings = read_settings(arguments.config)
    if settings is None:
        return WRONG_SETTINGS
    problems = font_problems(settings.render.fonts)
    if problems:
        tell_mistakes(ConfigErrors(problems))
        return WRONG_SETTINGS
    if arguments.selftest:
        from proxy.commands.selftest import selftest

        return selftest(settings, arguments.config)
    from proxy.jobs import worker

    return worker.run(settings, lambda: load_settings(arguments.config))
