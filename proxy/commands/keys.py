"""`calotype keys`: the keys that sign delivery URLs."""

from __future__ import annotations

import argparse
import re
import time

from proxy.commands.common import FAILED, WRONG_SETTINGS, complain, read_settings
from proxy.config import Settings
from proxy.keys import key_problems, key_remarks, load_keys, new_secret
from proxy.signing import FORMS_OF, Algorithm


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked. Returns the exit status."""
    if arguments.action == "generate":
        return _generate(arguments.id or time.strftime("key-%Y-%m-%d"), arguments.algorithm)
    settings = read_settings(arguments.config)
    if settings is None:
        return WRONG_SETTINGS
    return _check(settings) if arguments.action == "check" else _list(settings)


def _generate(name: str, algorithm: Algorithm) -> int:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", name):
        return complain("an id has 1 to 32 letters, digits, - and _")
    print("# Below security.keys in config.yaml; the first active key signs, all of them verify.")
    print(f"  - id: {name}\n    secret: {new_secret(algorithm)}\n    algorithm: {algorithm}")
    return 0


def _list(settings: Settings) -> int:
    for key in settings.security.keys:
        place = f"secret in {key.secret_file}" if key.secret_file else "secret in the settings"
        forms = ", ".join(FORMS_OF[key.algorithm]) or "auth tokens"
        print(f"{key.id:<24} {key.state:<8} {key.algorithm:<7} {place}; {forms}")
    return 0


def _check(settings: Settings) -> int:
    security = settings.security
    problems = key_problems(security.keys)
    for problem in problems:
        complain(problem)
    if problems:
        return FAILED
    keys = load_keys(security.keys)
    strict = ", and strict" if security.strict else ""
    print(f"signing is {security.signing}{strict}; keys that can be used: {len(keys)}")
    for remark in [*key_remarks(keys), *security.warnings(settings.server.host)]:
        print(f"unwise: {remark}")
    return 0
