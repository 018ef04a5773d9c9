"""What each command of the command line takes."""

from __future__ import annotations

import argparse
from pathlib import Path

from origin.hosting.scopes import DEFAULT_SCOPES, SCOPES
from proxy.signing import FORMS, FORMS_OF

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def config_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the settings are."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="the settings (default: the file CALOTYPE_CONFIG names, else config.yaml here if there is one)",
    )


def serve_arguments(parser: argparse.ArgumentParser) -> None:
    """`calotype serve`."""
    config_arguments(parser)
    parser.add_argument("--host", metavar="H", help="address to listen on, before server.host")
    parser.add_argument("--port", type=_port, metavar="P", help="port to listen on, before server.port")


def worker_arguments(parser: argparse.ArgumentParser) -> None:
    """`calotype worker`."""
    config_arguments(parser)
    parser.add_argument(
        "--selftest", action="store_true", help="prove what render workers cannot do, and run no job"
    )


def render_arguments(parser: argparse.ArgumentParser) -> None:
    """`calotype render`."""
    parser.add_argument(
        "input", metavar="IN", help="a picture, the pictures of a folder, or - for standard input"
    )
    parser.add_argument(
        "transformation", metavar="TRANSFORMATION", help="as in the URL; '' only encodes anew"
    )
    parser.add_argument(
        "output", metavar="OUT", help="a file, a folder for a folder, or - for standard output"
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing of what was made")
    core_arguments(parser)


def explain_arguments(parser: argparse.ArgumentParser) -> None:
    """`calotype explain`."""
    parser.add_argument("transformation", metavar="TRANSFORMATION", help="as in the URL")
    parser.add_argument(
        "input", metavar="IN", nargs="?", help="the picture to plan for, or - for standard input"
    )
    parser.add_argument(
        "--size", type=_size, metavar="WxH", help="plan for a picture of that size instead of IN"
    )
    parser.add_argument("--format", default="jpg", metavar="F", help="with --size: its format (default: jpg)")
    parser.add_argument(
        "--pages", type=int, default=1, metavar="N", help="with --size: its frames (default: 1)"
    )
    parser.add_argument("--alpha", action="store_true", help="with --size: it has transparency")
    parser.add_argument(
        "--to", metavar="EXT", help="the extension of the URL, where the recipe names no format"
    )
    core_arguments(parser)


def core_arguments(parser: argparse.ArgumentParser) -> None:
    """What `render` and `explain` have in common."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="settings for named transformations, default qualities, fonts and limits (default: none)",
    )
    parser.add_argument(
        "--layers",
        type=Path,
        metavar="FOLDER",
        help="where the public ids of layers are looked up (default: the folder of IN)",
    )


def check_arguments(parser: argparse.ArgumentParser) -> None:
    """`calotype check`."""
    config_arguments(parser)
    parser.add_argument("--schema", action="store_true", help="print a JSON schema of the settings and stop")


def named_arguments(parser: argparse.ArgumentParser) -> None:
    """`calotype named`, one of three actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    config_arguments(actions.add_parser("list", help="those of the settings and of the database"))
    stored = actions.add_parser("set", help="store one, or change it")
    stored.add_argument("name", metavar="NAME", help="what stands behind t_")
    stored.add_argument("transformation", metavar="TRANSFORMATION", help="as in the URL")
    config_arguments(stored)
    deleted = actions.add_parser("delete", help="forget one")
    deleted.add_argument("name", metavar="NAME")
    config_arguments(deleted)


def jobs_arguments(parser: argparse.ArgumentParser) -> None:
    """`calotype jobs`, one of three actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    config_arguments(actions.add_parser("list", help="what is still to be done, the next first"))
    config_arguments(actions.add_parser("dead", help="what failed for the last time"))
    retried = actions.add_parser("retry", help="give a dead letter all its attempts again")
    retried.add_argument("id", metavar="ID", help="its number, or all")
    config_arguments(retried)


def warm_arguments(parser: argparse.ArgumentParser) -> None:
    """`calotype warm`."""
    parser.add_argument("--prefix", default="", metavar="PREFIX", help="pictures whose public ids begin so")
    parser.add_argument("--all", action="store_true", help="all pictures, hosted and in mounts")
    parser.add_argument(
        "--transformation",
        action="append",
        metavar="TRANSFORMATION",
        help="make this, as in the URL, instead of the eager sizes of the settings; any number of times",
    )
    parser.add_argument(
        "--concurrency", type=_at_once, metavar="N", help="how many at once (default: one a render worker)"
    )
    config_arguments(parser)


def details_arguments(parser: argparse.ArgumentParser) -> None:
    """`calotype details`, one of three actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, help in (("show", "print it"), ("set", "say something"), ("delete", "forget all of it")):
        action = actions.add_parser(name, help=help)
        action.add_argument("public_id", metavar="PUBLIC_ID", help="as in the URL")
        config_arguments(action)
        if name == "set":
            action.add_argument(
                "--tag", action="append", metavar="TAG", help="all its tags, one each ('' for none)"
            )
            for name, key, what in (("context", "KEY", "ctx"), ("field", "FIELD", "md")):
                action.add_argument(
                    f"--{name}",
                    action="append",
                    type=_pair,
                    metavar=f"{key}=VALUE",
                    help=f"{what} in conditions; without a value, the {key} is forgotten",
                )
            action.add_argument(
                "--custom", type=_box, metavar="X,Y,W,H", help="the part that g_custom keeps, in pixels"
            )


def sign_arguments(parser: argparse.ArgumentParser) -> None:
    """`calotype sign`."""
    parser.add_argument("url", metavar="URL_OR_PATH", help="a delivery URL, or only its path")
    parser.add_argument("--key", metavar="ID", help="the key (default: the first active one that can)")
    parser.add_argument(
        "--expires",
        type=_duration,
        metavar="TIME",
        help="how long it counts: 90s, 15m, 1h, 7d or a number of seconds (default: for ever)",
    )
    parser.add_argument(
        "--form",
        choices=FORMS,
        help="own: with expiry, over the whole path; cloudinary32, cloudinary8: as Cloudinary's SDKs sign "
        "(default: the strongest that the key signs)",
    )
    config_arguments(parser)


def keys_arguments(parser: argparse.ArgumentParser) -> None:
    """`calotype keys`, one of its actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    made = actions.add_parser("generate", help="print a new key for the settings, to sign delivery URLs")
    made.add_argument("--id", default="", metavar="ID", help="what to call it (default: made of the date)")
    made.add_argument("--algorithm", default="hmac", choices=tuple(FORMS_OF), help="(default: hmac)")
    created = actions.add_parser("create", help="make a key for uploads, and print it once")
    created.add_argument("--owner", default="", metavar="NAME", help="whose uploads are (default: main)")
    created.add_argument(
        "--scopes",
        type=_scopes,
        default=DEFAULT_SCOPES,
        metavar="LIST",
        help=f"what it may do, some of {','.join(SCOPES)} (default: {','.join(DEFAULT_SCOPES)})",
    )
    created.add_argument("--name", default="", metavar="TEXT", help="what people call it in lists")
    config_arguments(created)
    revoked = actions.add_parser("revoke", help="have a key for uploads count no more, within seconds")
    revoked.add_argument("key", metavar="KEY", help="as lists name it")
    config_arguments(revoked)
    config_arguments(actions.add_parser("list", help="all of them, without their secrets"))
    config_arguments(actions.add_parser("check", help="whether they can be used, and what is unwise"))


def reference_arguments(parser: argparse.ArgumentParser) -> None:
    """`calotype reference`."""
    parser.add_argument(
        "page",
        nargs="?",
        default="transformations",
        choices=("transformations", "configuration", "config.yaml"),
        help="which (default: transformations)",
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write there (default: standard output)")
    parser.add_argument(
        "--sheets",
        type=Path,
        metavar="FOLDER",
        help="render every example of the transformations, before and after, onto contact sheets there",
    )


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"expected a port from 1 to 65535, got {text!r}")
    return int(text)


def _duration(text: str) -> int:
    number, unit = (text[:-1], text[-1]) if text[-1:] in _UNITS else (text, "s")
    if not number.isascii() or not number.isdigit() or len(number) > 9 or int(number) < 1:
        raise argparse.ArgumentTypeError(f"expected a time such as 90s, 15m, 1h or 7d, got {text!r}")
    return int(number) * _UNITS[unit]


def _at_once(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer from 1 to 64")
    return int(text)


def _scopes(text: str) -> tuple[str, ...]:
    given = {scope.strip() for scope in text.split(",")}
    if not given <= set(SCOPES):
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(SCOPES)}, got {text!r}")
    return tuple(scope for scope in SCOPES if scope in given)


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not key or not sign:
        raise argparse.ArgumentTypeError(f"expected key=value, got {text!r}")
    return key, value


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        left, top, width, height = map(float, text.split(","))
    except ValueError:
        left = top = width = height = -1
    if min(left, top) < 0 or min(width, height) <= 0:
        raise argparse.ArgumentTypeError(f"expected left,top,width,height in pixels, got {text!r}")
    return left, top, width, height


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if (
        not (width + height).isascii()
        or not width.isdigit()
        or not height.isdigit()
        or 0 in (int(width), int(height))
    ):
        raise argparse.ArgumentTypeError(f"expected a size such as 4000x3000, got {text!r}")
    return int(width), int(height)
