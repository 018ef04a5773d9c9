"""What the commands take that look after hosted pictures: bring in, carry out, collect, audit."""

from __future__ import annotations

import argparse
import re

from origin.hosting.model import OWNER
from proxy.cli_arguments import config_arguments


def import_arguments(parser: argparse.ArgumentParser) -> None:
    """`calotype import`."""
    parser.add_argument(
        "source",
        metavar="SOURCE",
        help="a folder, s3://bucket/folder, an export, a list (.csv or .jsonl), or one picture",
    )
    parser.add_argument(
        "--prefix", default="", metavar="PREFIX", help="put before every public id: press/2026/"
    )
    parser.add_argument(
        "--owner",
        type=_owner,
        metavar="NAME",
        help="whose they are (default: what a list says, else the owner of the first of hosting.keys)",
    )
    parser.add_argument(
        "--tag",
        action="append",
        default=[],
        metavar="TAG",
        help="add a tag to all that are stored; any number",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace other pictures of the same owner, and what is said of them",
    )
    parser.add_argument(
        "--restore-deleted", action="store_true", help="bring back what was deleted here since, too"
    )
    parser.add_argument("--dry-run", action="store_true", help="look at everything, and store nothing")
    parser.add_argument(
        "--concurrency", type=_at_once, metavar="N", help="how many at once (default: two a render worker)"
    )
    _bucket_arguments(parser)
    config_arguments(parser)


def export_arguments(parser: argparse.ArgumentParser) -> None:
    """`calotype export`."""
    parser.add_argument("destination", metavar="DESTINATION", help="a folder, or s3://bucket/folder")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--prefix", default="", metavar="PREFIX", help="pictures whose public ids begin so")
    which.add_argument("--tag", metavar="TAG", help="pictures that have this tag")
    parser.add_argument(
        "--owner", type=_owner, metavar="NAME", help="those of one owner (default: everybody's)"
    )
    parser.add_argument(
        "--concurrency", type=_at_once, default=4, metavar="N", help="how many at once (default: 4)"
    )
    _bucket_arguments(parser)
    config_arguments(parser)


def storage_arguments(parser: argparse.ArgumentParser) -> None:
    """`calotype storage`, one of its actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    lifecycle = actions.add_parser("lifecycle", help="print the rules that buckets should have")
    lifecycle.add_argument(
        "--apply", action="store_true", help="set them on the buckets; rules of others stay as they are"
    )
    lifecycle.add_argument("--json", action="store_true", help="print them as S3 takes them")
    config_arguments(lifecycle)


def db_arguments(parser: argparse.ArgumentParser) -> None:
    """`calotype db`, one of its actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    config_arguments(actions.add_parser("upgrade", help="bring the schema up to date"))
    config_arguments(actions.add_parser("current", help="tell which revision the database has"))


def gc_arguments(parser: argparse.ArgumentParser) -> None:
    """`calotype gc`."""
    parser.add_argument("--dry-run", action="store_true", help="only tell how much would go")
    config_arguments(parser)


def audit_arguments(parser: argparse.ArgumentParser) -> None:
    """`calotype audit`."""
    parser.add_argument(
        "--sample",
        type=_sample,
        default=100,
        metavar="N",
        help="read and hash one object in N: 1 all of them, 0 none (default: 100)",
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    config_arguments(parser)


def _bucket_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--endpoint-url",
        default="",
        metavar="URL",
        help="where the buckets are (default: as the settings reach that bucket, else by the AWS variables)",
    )
    parser.add_argument("--region", default="", metavar="REGION", help="of the buckets")


def _owner(text: str) -> str:
    if not re.fullmatch(OWNER, text, re.ASCII):
        raise argparse.ArgumentTypeError(f"expected 1 to 64 letters, digits, dots, - and _, got {text!r}")
    return text


def _at_once(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer from 1 to 64")
    return int(text)


def _sample(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"expected 0 or a whole number such as 100, got {text!r}")
    return int(text)
