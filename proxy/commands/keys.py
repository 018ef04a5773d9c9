"""`calotype keys`: the keys that sign delivery URLs, and those that may upload."""

from __future__ import annotations

import argparse
import re
import time

from proxy.commands.common import FAILED, WRONG_SETTINGS, complain, read_settings
from proxy.config import Settings
from proxy.hosting.configured import hosting_problems
from proxy.keys import key_problems, key_remarks, load_keys, new_secret
from proxy.signing import FORMS_OF, Algorithm


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked. Returns the exit status."""
    if arguments.action == "generate":
        return _generate(arguments.id or time.strftime("key-%Y-%m-%d"), arguments.algorithm)
    if arguments.action in ("create", "revoke", "list"):
        from proxy.commands.hosting_keys import run as run_hosting

        return run_hosting(arguments, list_others=_list)
    settings = read_settings(arguments.config)
    return WRONG_SETTINGS if settings is None else _check(settings)


def _generate(name: str, algorithm: Algorithm) -> int:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", name):
        return complain("an id has 1 to 32 letters, digits, - and _")
    print("# Below security.keys in config.yaml; the first active key signs, all of them verify.")
    print(f"  - id: {name}\n    secret: {new_secret(algorithm)}\n    algorithm: {algorithm}")
    return 0


def _list(settings: Settings) -> None:
    for key in settings.security.keys:
        place = f"secret in {key.secret_file}" if key.secret_file else "secret in the settings"
        forms = ", ".join(FORMS_OF[key.algorithm]) or "auth tokens"
        print(f"{key.id:<24} {key.state:<8} {key.algorithm:<7} {place}; {forms}")


def _check(settings: Settings) -> int:
    security = settings.security
    problems = key_problems(security.keys)
    problems += hosting_problems(settings.hosting.keys, settings.hosting.encryption_key_file)
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
