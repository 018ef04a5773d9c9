"""The command line: what each command takes and says of itself.

Nothing heavy is imported before a command runs, so that help comes at once.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from transforms.fonts import CONFIGURATION

USAGE_ERROR = 2
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the table of commands; `proxy/commands/<name>.py` has its `run(arguments)`."""

    name: str
    help: str
    description: str
    examples: str
    arguments: Callable[[argparse.ArgumentParser], None]


def _config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="the settings (default: the file CALOTYPE_CONFIG names, else config.yaml here if there is one)",
    )


def _serve(parser: argparse.ArgumentParser) -> None:
    _config(parser)
    parser.add_argument("--host", metavar="H", help="address to listen on, before server.host")
    parser.add_argument("--port", type=_port, metavar="P", help="port to listen on, before server.port")


def _render(parser: argparse.ArgumentParser) -> None:
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
    _known(parser)


def _explain(parser: argparse.ArgumentParser) -> None:
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
    _known(parser)


def _known(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="settings for named transformations, default qualities and limits (default: none)",
    )


def _check(parser: argparse.ArgumentParser) -> None:
    _config(parser)
    parser.add_argument("--schema", action="store_true", help="print a JSON schema of the settings and stop")


def _named(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _config(actions.add_parser("list", help="those of the settings and of the database"))
    stored = actions.add_parser("set", help="store one, or change it")
    stored.add_argument("name", metavar="NAME", help="what stands behind t_")
    stored.add_argument("transformation", metavar="TRANSFORMATION", help="as in the URL")
    _config(stored)
    deleted = actions.add_parser("delete", help="forget one")
    deleted.add_argument("name", metavar="NAME")
    _config(deleted)


def _details(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, help in (("show", "print it"), ("set", "say something"), ("delete", "forget all of it")):
        action = actions.add_parser(name, help=help)
        action.add_argument("public_id", metavar="PUBLIC_ID", help="as in the URL, without an extension")
        _config(action)
        if name == "set":
            action.add_argument("--tag", action="append", metavar="TAG", help="all its tags, one each")
            action.add_argument(
                "--context", action="append", type=_pair, metavar="KEY=VALUE", help="ctx in conditions"
            )
            action.add_argument(
                "--field", action="append", type=_pair, metavar="FIELD=VALUE", help="md in conditions"
            )
            action.add_argument(
                "--custom", type=_box, metavar="X,Y,W,H", help="the part that g_custom keeps, in pixels"
            )


def _reference(parser: argparse.ArgumentParser) -> None:
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


COMMANDS = (
    Command(
        "serve",
        "serve pictures over HTTP",
        "Serve pictures over HTTP. Without any settings: originals from data/originals (samples are put "
        "there the first time), a Valkey of its own, SQLite in data.",
        "calotype serve\ncalotype serve --config /etc/calotype.yaml --port 8123\n"
        "CALOTYPE_SERVER__WORKERS=4 calotype serve",
        _serve,
    ),
    Command(
        "worker",
        "run queued jobs",
        "Run jobs from the queue, such as the eager transformations of new originals. Any number of workers "
        "may run, on any number of machines that share one Redis.",
        "calotype worker\ncalotype worker --config /etc/calotype.yaml",
        _config,
    ),
    Command(
        "render",
        "transform a local file",
        "Transform a local picture, without any server. OUT's extension is the format, unless the "
        "transformation names one with f_.",
        "calotype render cat.jpg c_fill,g_auto,h_150,w_200 thumb.avif\n"
        "calotype render cat.jpg w_300/f_webp,q_60 - > small.webp\n"
        "curl -s https://example.com/cat.jpg | calotype render - w_300 cat.png\n"
        "calotype render photos w_800,f_webp small",
        _render,
    ),
    Command(
        "explain",
        "show how a transformation is read and planned",
        "Show the canonical form of a transformation and, for a picture or a size, the plan: what is loaded, "
        "done and saved.",
        "calotype explain w_0200,c_fill\ncalotype explain c_fill,h_150,w_200 cat.jpg\n"
        "calotype explain c_fill,h_150,w_200 --size 4000x3000 --format jpg --to avif",
        _explain,
    ),
    Command(
        "check",
        "check the settings and look at what is there",
        "Read the settings and name every mistake in them, then look at codecs, Redis, the database and the "
        "storages. Exit status 0: all is well; 1: something is missing or does not answer; 2: the "
        "settings are wrong.",
        "calotype check\ncalotype check --config /etc/calotype.yaml\ncalotype check --schema > schema.json",
        _check,
    ),
    Command(
        "named",
        "keep named transformations",
        "List, store and forget the named transformations of the database; servers notice within two "
        "seconds. Those of the settings stand beside them.",
        "calotype named set card c_fill,g_auto,h_200,w_300/r_12\ncalotype named list\n"
        "calotype named delete card",
        _named,
    ),
    Command(
        "details",
        "say things about originals",
        "Show, set and forget what is said about an original: tags, context and fields for conditions, and "
        "the part that g_custom keeps.",
        "calotype details set people/ana --tag sale --tag new --context caption='In the sun'\n"
        "calotype details set people/ana --custom 120,40,300,300\ncalotype details show people/ana",
        _details,
    ),
    Command(
        "reference",
        "print a reference page",
        "Print the reference of the URL language, of the settings, or config.yaml with every default; all "
        "are written from the declarations this program works with.",
        "calotype reference\ncalotype reference config.yaml --output config.yaml\n"
        "calotype reference --sheets docs/sheets --output docs/transformations.md",
        _reference,
    ),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status: 1 when it failed, 2 for wrong usage or wrong settings."""
    arguments = make_parser().parse_args(argv)
    # For every process to come: text looks alike on all machines, unless somebody wants the system's fonts.
    os.environ.setdefault("FONTCONFIG_FILE", CONFIGURATION)
    command = importlib.import_module(f"proxy.commands.{arguments.command}")
    try:
        status: int = command.run(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not complain about it at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def make_parser() -> argparse.ArgumentParser:
    """The parser of every command."""
    parser = argparse.ArgumentParser(
        prog="calotype",
        description="An image transformation origin: a URL such as /w_300,f_avif/cat names a picture; "
        "Calotype makes it, keeps it and serves it to a CDN.",
        epilog="`calotype COMMAND --help` says more, with examples.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and stop")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands")
    for command in COMMANDS:
        command.arguments(
            commands.add_parser(
                command.name,
                help=command.help,
                description=command.description,
                epilog="examples:\n" + "\n".join(f"  {line}" for line in command.examples.splitlines()),
                formatter_class=_ExamplesKept,
            )
        )
    return parser


class _ExamplesKept(argparse.HelpFormatter):
    """Wraps text, but leaves the lines of the examples as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith("examples:"):
            return "".join(indent + line for line in text.splitlines(keepends=True))
        return super()._fill_text(text, width, indent)


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: that costs more than everything else here."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"calotype {version('calotype')}")
        parser.exit()


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"expected a port from 1 to 65535, got {text!r}")
    return int(text)


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


if __name__ == "__main__":
    sys.exit(main())
