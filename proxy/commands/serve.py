"""`calotype serve`: the settings, a look at the codecs, then the server."""

from __future__ import annotations

import argparse

from proxy.codecs import codec_problems, find_codecs
from proxy.commands.common import WRONG_SETTINGS, read_settings, tell_mistakes
from proxy.config import Settings, load_settings
from proxy.config_errors import ConfigErrors
from proxy.fonts import font_problems
from proxy.hosting.configured import hosting_problems
from proxy.keys import key_problems
from proxy.placeholder import placeholder_problems


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop. Returns the exit status."""
    settings = read_settings(arguments.config)
    if settings is None:
        return WRONG_SETTINGS
    problems = codec_problems(find_codecs(), settings.delivery.auto_formats)
    problems += placeholder_problems(settings.delivery.placeholder)
    problems += font_problems(settings.render.fonts)
    problems += key_problems(settings.security.keys)
    problems += hosting_problems(settings.hosting.keys, settings.hosting.encryption_key_file)
    if problems:
        tell_mistakes(ConfigErrors(problems))
        return WRONG_SETTINGS
    from proxy.server import serve

    def reread() -> Settings:
        return with_address(load_settings(arguments.config), arguments.host, arguments.port)

    return serve(with_address(settings, arguments.host, arguments.port), reread)


def with_address(settings: Settings, host: str | None, port: int | None) -> Settings:
    """`settings` with what the command line says of the address."""
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    return settings.model_copy(update={"server": settings.server.model_copy(update=given)})
