"""The command line: the commands, and what each says of itself.

Nothing heavy is imported before a command runs, so that help comes at once.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from keyword import iskeyword

from proxy.cli_arguments import (
    check_arguments,
    details_arguments,
    explain_arguments,
    jobs_arguments,
    keys_arguments,
    named_arguments,
    reference_arguments,
    render_arguments,
    serve_arguments,
    sign_arguments,
    warm_arguments,
    worker_arguments,
)
from proxy.cli_keeping import (
    audit_arguments,
    db_arguments,
    export_arguments,
    gc_arguments,
    import_arguments,
    storage_arguments,
)
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


COMMANDS = (
    Command(
        "serve",
        "serve pictures over HTTP",
        "Serve pictures over HTTP. Without any settings: originals from data/originals (samples are put "
        "there the first time), a Valkey of its own, SQLite in data.",
        "calotype serve\ncalotype serve --config /etc/calotype.yaml --port 8123\n"
        "CALOTYPE_SERVER__WORKERS=4 calotype serve",
        serve_arguments,
    ),
    Command(
        "worker",
        "run queued jobs",
        "Run jobs from the queue, such as the eager transformations of new originals. Any number of workers "
        "may run, on any number of machines that share one Redis. With --selftest no job is run: a render "
        "worker is started as the server starts them, and tries to get out of its sandbox. Exit status 1: "
        "something is open that this kernel can deny.",
        "calotype worker\ncalotype worker --config /etc/calotype.yaml\ncalotype worker --selftest",
        worker_arguments,
    ),
    Command(
        "jobs",
        "look at what is still to be done behind uploads",
        "List jobs, and those that failed for the last time; give these another chance.",
        "calotype jobs list\ncalotype jobs dead\ncalotype jobs retry 17\ncalotype jobs retry all",
        jobs_arguments,
    ),
    Command(
        "warm",
        "make renditions before anybody asks",
        "Make renditions of pictures that are there already, hosted ones and those in mounts. What is there "
        "is not made again: a run that was interrupted is simply begun anew. Exit status 1: some could not "
        "be made.",
        "calotype warm --all\ncalotype warm --prefix press/2026 --transformation c_fill,h_150,w_150\n"
        "calotype warm --all --transformation w_300,f_webp --concurrency 2",
        warm_arguments,
    ),
    Command(
        "render",
        "transform a local file",
        "Transform a local picture, without any server. OUT's extension is the format, unless the "
        "transformation names one with f_.",
        "calotype render cat.jpg c_fill,g_auto,h_150,w_200 thumb.avif\n"
        "calotype render cat.jpg w_300/f_webp,q_60 - > small.webp\n"
        "curl -s https://example.com/cat.jpg | calotype render - w_300 cat.png\n"
        "calotype render photos w_800,f_webp small\n"
        "calotype render cat.jpg l_logo,w_80/fl_layer_apply,g_south_east out.jpg --layers brand",
        render_arguments,
    ),
    Command(
        "explain",
        "show how a transformation is read and planned",
        "Show the canonical form of a transformation, what nests in what and, for a picture or a size, the "
        "plan: what is loaded, done and saved, what fell back and why, and what it costs.",
        "calotype explain w_0200,c_fill\ncalotype explain c_fill,h_150,w_200 cat.jpg\n"
        "calotype explain c_fill,h_150,w_200 --size 4000x3000 --format jpg --to avif",
        explain_arguments,
    ),
    Command(
        "check",
        "check the settings and look at what is there",
        "Read the settings and name every mistake in them, then look at codecs, Redis, the database and the "
        "storages. Exit status 0: all is well; 1: something is missing or does not answer; 2: the "
        "settings are wrong.",
        "calotype check\ncalotype check --config /etc/calotype.yaml\ncalotype check --schema > schema.json",
        check_arguments,
    ),
    Command(
        "named",
        "keep named transformations",
        "List, store and forget the named transformations of the database; servers notice within two "
        "seconds. Those of the settings stand beside them.",
        "calotype named set card c_fill,g_auto,h_200,w_300/r_12\ncalotype named list\n"
        "calotype named delete card",
        named_arguments,
    ),
    Command(
        "details",
        "say things about originals",
        "Show, set and forget what is said about an original: tags, context and fields for conditions, and "
        "the part that g_custom keeps.",
        "calotype details set people/ana --tag sale --tag new --context caption='In the sun'\n"
        "calotype details set people/ana --custom 120,40,300,300\ncalotype details show people/ana",
        details_arguments,
    ),
    Command(
        "sign",
        "sign a delivery URL",
        "Print a delivery URL with its signature, made with a key of security.keys. What others sign with "
        "Cloudinary's SDKs and the same secret counts as well.",
        "calotype sign /w_300,f_avif/cat.jpg\n"
        "calotype sign https://img.example.com/w_300/cat.jpg --expires 1h --key site\n"
        "calotype sign /image/upload/w_300/cat.jpg --form cloudinary32",
        sign_arguments,
    ),
    Command(
        "keys",
        "make and look at the keys that upload, and those that sign",
        "There are two kinds. Keys to upload with lie in the database: create, list and revoke them; servers "
        "on the same database follow within seconds. Keys to sign delivery URLs with lie in the settings: "
        "generate prints one for security.keys. Secrets are shown once, when they are made. Exit status 1 of "
        "check: a key of the settings cannot be used.",
        "calotype keys create --owner press --scopes read,upload --name 'the laptop of the desk'\n"
        "calotype keys list\ncalotype keys revoke 748361182690564\n"
        "calotype keys generate --id site-2027\n"
        "calotype keys check --config /etc/calotype.yaml",
        keys_arguments,
    ),
    Command(
        "db",
        "prepare the database",
        "Bring the schema of the database up to date, or tell which revision it has. Servers and commands "
        "do so by themselves when they start; on a large database one may want to choose the hour.",
        "calotype db upgrade\nCALOTYPE_METADATA__URL=postgresql://calotype@db/calotype calotype db upgrade\n"
        "calotype db current",
        db_arguments,
    ),
    Command(
        "import",
        "bring in the pictures of a folder, a bucket or a list",
        "Store many pictures at once, beside a running server or before there is one. The path of a file "
        "below SOURCE, without its extension, is its public id; lists name file, public_id, tags, context "
        "and more. What is there already is not stored again: a run that was interrupted is simply begun "
        "anew. A picture that fails is named at the end, with the reason, and keeps no other out. Exit "
        "status 1: some failed.",
        "calotype import ~/photos --tag archive\ncalotype import s3://old-bucket/press --prefix press/\n"
        "calotype import pictures.csv --owner press --dry-run\ncalotype import backup/2026-11-22",
        import_arguments,
    ),
    Command(
        "export",
        "carry out hosted pictures and all that is said of them",
        "Copy hosted pictures into a folder or bucket, each under its public id, with a list of all that is "
        "said of them, manifest.jsonl, and of albums. What is there from a run before is not copied again. "
        "`calotype import` takes it all back in, under the same ids. Exit status 1: some were missing or "
        "damaged.",
        "calotype export backup/2026-11-22\ncalotype export s3://backups/calotype --owner press\n"
        "calotype export sale --tag sale",
        export_arguments,
    ),
    Command(
        "gc",
        "remove what nothing needs any more",
        "Remove uploads that nobody finished, stored objects that no picture refers to, variants that were "
        "not made again for long, and records that are past: by the times of hosting.housekeeping. Safe "
        "while servers run, any number of times, from cron.",
        "calotype gc --dry-run\ncalotype gc",
        gc_arguments,
    ),
    Command(
        "audit",
        "look whether every hosted picture is safe",
        "Look whether every picture has its reference and its object, every object a row, and of some "
        "whether the bytes are still those that were sent. Reads only. Exit status 1: a picture is lost or "
        "in danger.",
        "calotype audit\ncalotype audit --sample 1 --json",
        audit_arguments,
    ),
    Command(
        "storage",
        "tell the buckets what may go by itself",
        "Print the lifecycle rules that the buckets of hosting.storage and cache.derived should have, and "
        "whether they have them; with --apply, set them. What hosting deletes by itself is nothing that a "
        "bucket knows of: see `calotype gc`. Exit status 1: rules could not be read or set.",
        "calotype storage lifecycle\ncalotype storage lifecycle --apply\ncalotype storage lifecycle --json",
        storage_arguments,
    ),
    Command(
        "reference",
        "print a reference page",
        "Print the reference of the URL language, of the settings, or config.yaml with every default; all "
        "are written from the declarations this program works with.",
        "calotype reference\ncalotype reference config.yaml --output config.yaml\n"
        "calotype reference --sheets docs/sheets --output docs/transformations.md",
        reference_arguments,
    ),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status: 1 when it failed, 2 for wrong usage or wrong settings."""
    arguments = make_parser().parse_args(argv)
    # For every process to come: text looks alike on all machines, unless somebody wants the system's fonts.
    os.environ.setdefault("FONTCONFIG_FILE", CONFIGURATION)
    # What is loaded stays: to look through it for cycles would be a tenth of the start.
    gc.disable()
    # A module cannot be called `import`.
    name = arguments.command + "_" * iskeyword(arguments.command)
    command = importlib.import_module(f"proxy.commands.{name}")
    gc.enable()
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


if __name__ == "__main__":
    sys.exit(main())
