"""`calotype check`: the settings, then what is really there."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator

from proxy.codecs import Codecs, codec_problems, find_codecs
from proxy.commands.common import FAILED, WRONG_SETTINGS, read_settings, tell_mistakes
from proxy.commands.services import Finding, look_at_services
from proxy.config import Settings
from proxy.config_errors import ConfigErrors
from proxy.fonts import font_problems, load_fonts
from proxy.keys import key_problems
from proxy.placeholder import placeholder_problems


def run(arguments: argparse.Namespace) -> int:
    """Print what is wrong and what is there. Returns the exit status."""
    if arguments.schema:
        print(json.dumps(Settings.model_json_schema(), indent=2))
        return 0
    settings = read_settings(arguments.config)
    if settings is None:
        return WRONG_SETTINGS
    codecs = find_codecs()
    problems = codec_problems(codecs, settings.delivery.auto_formats)
    problems += placeholder_problems(settings.delivery.placeholder)
    problems += font_problems(settings.render.fonts)
    problems += key_problems(settings.security.keys)
    if problems:
        tell_mistakes(ConfigErrors(problems))
        return WRONG_SETTINGS
    fonts = Finding("fonts", True, ", ".join(load_fonts(settings.render.fonts).names))
    found = asyncio.run(look_at_services(settings))
    findings = [Finding("settings", True, "read"), *_codecs(codecs), fonts, *found]
    print("\n".join(map(str, findings)))
    return 0 if all(finding.well for finding in findings) else FAILED


def _codecs(codecs: Codecs) -> Iterator[Finding]:
    yield Finding("libvips", True, codecs.version)
    for name, reading in (codecs.read or {}).items():
        writing = (codecs.written or {}).get(name)
        told = [f"read: {reading}" if reading else "read"]
        if writing is not None:
            told.append(f"written: {writing}" if writing else "written")
        yield Finding(name, not reading and not writing, ", ".join(told))
