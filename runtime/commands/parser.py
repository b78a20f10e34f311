"""The command line for argparse; `python -m runtime.commands.parser` prints docs/commands.md."""

import argparse
import shutil
import textwrap
from datetime import datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from model.intent import INTENTS
from runtime.commands.texts import COMMAND_TEXTS

DOCS_COLUMNS = 100
"""Width of the help in docs/commands.md."""

UNDO = "undo"
"""In place of an intent: take the label away."""

_EXITS = "exit status: 0 done, 1 failed with one sentence on standard error, 2 wrong usage"


def make_parser(columns: int | None = None) -> argparse.ArgumentParser:
    """The whole command line; `columns` is the width of its help, None that of the terminal."""
    columns = columns or shutil.get_terminal_size().columns
    form = partial(argparse.RawDescriptionHelpFormatter, width=columns)
    parser = argparse.ArgumentParser(
        prog="foreglow",
        description="A lamp that listens and anticipates. Everything stays on this machine.",
        epilog=_EXITS,
        formatter_class=form,
    )
    parser.add_argument("--version", action="version", version=f"foreglow {_version()}")
    _add_config(parser, default=None)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands")
    for name, (line, description, examples) in COMMAND_TEXTS.items():
        description = textwrap.fill(description, columns - 2)
        command = commands.add_parser(
            name, help=line, description=description, epilog=f"{examples}\n\n{_EXITS}", formatter_class=form
        )
        if name in _ARGUMENTS:
            _ARGUMENTS[name](command)
        # Given before the command, it must not be undone by this default.
        _add_config(command, default=argparse.SUPPRESS)
        command.add_argument("--json", action="store_true", help="one JSON object a line on standard output")
    return parser


def _simulate(command: argparse.ArgumentParser) -> None:
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a recording or a script")
    speed_help = "`real` feeds sound as fast as it was recorded (default: fast)"
    command.add_argument("--speed", choices=("real", "fast"), default="fast", help=speed_help)
    state_help = (
        "keep a script's state folder here, and go on from what is in it (default: a fresh one, removed)"
    )
    command.add_argument("--state", type=Path, metavar="FOLDER", help=state_help)


def _anticipate(command: argparse.ArgumentParser) -> None:
    text_help = "an utterance (default: one a line from standard input)"
    command.add_argument("text", nargs="?", metavar="TEXT", help=text_help)


def _switch(command: argparse.ArgumentParser) -> None:
    command.add_argument("state", choices=("on", "off", "toggle"), help="what the light is to be")


def _history(command: argparse.ArgumentParser) -> None:
    only_help = "which: `unsure` are those worth a second look (default: all)"
    kinds = ("all", "labelled", "decided", "unsure", "false_activations", "misses")
    command.add_argument("--only", choices=kinds, default="all", help=only_help)
    limit_help = "how many (default: 20)"
    command.add_argument("--limit", type=at_least_one, default=20, metavar="N", help=limit_help)


def _correct(command: argparse.ArgumentParser) -> None:
    command.add_argument("id", type=int, metavar="ID", help="the utterance's number in `foreglow history`")
    command.add_argument("intent", choices=(*INTENTS, UNDO), help="what it meant")


def _forget(command: argparse.ArgumentParser) -> None:
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("id", type=int, nargs="?", metavar="ID", help="one utterance")
    what.add_argument(
        "--before",
        type=day_or_time,
        metavar="DATE",
        help="all before a day or time, such as 2026-03-01T18:30",
    )
    what.add_argument("--all", action="store_true", help="everything")
    command.add_argument("--dry-run", action="store_true", help="say what would be removed, and leave it")
    command.add_argument("--yes", action="store_true", help="do not ask")


def _retrain(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--from-zero", action="store_true", help="ignore the base model: learn from this household alone"
    )
    command.add_argument("--dry-run", action="store_true", help="try the candidate, and promote nothing")


def _page(command: argparse.ArgumentParser) -> None:
    link_help = "make a link that lets one browser in, and serve nothing"
    command.add_argument("--link", action="store_true", help=link_help)


def _rollback(command: argparse.ArgumentParser) -> None:
    steps_help = "promotions to go back over (default: 1)"
    command.add_argument("steps", nargs="?", type=at_least_one, default=1, metavar="N", help=steps_help)


def _install(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--dry-run", action="store_true", help="say what would be done, and leave all as it is"
    )


def _uninstall(command: argparse.ArgumentParser) -> None:
    command.add_argument("--state", action="store_true", help="remove what was heard and learned too")
    _install(command)


_ARGUMENTS = {
    "simulate": _simulate,
    "anticipate": _anticipate,
    "switch": _switch,
    "history": _history,
    "correct": _correct,
    "forget": _forget,
    "retrain": _retrain,
    "rollback": _rollback,
    "install": _install,
    "uninstall": _uninstall,
    "page": _page,
}
"""Command -> what adds the arguments of its own."""


def day_or_time(text: str) -> float:
    """`2026-03-01` or `2026-03-01T18:30`, in local time unless it says otherwise, as seconds since 1970.

    Raises ArgumentTypeError, which argparse turns into wrong usage.
    """
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no day or time; write it like 2026-03-01 or 2026-03-01T18:30"
        ) from None


def at_least_one(text: str) -> int:
    """A whole number from 1. Raises ArgumentTypeError, which argparse turns into wrong usage."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)


def commands_page() -> str:
    """docs/commands.md: the help of every command, word for word."""
    parser = make_parser(DOCS_COLUMNS)
    subparsers = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    parts = [
        "# Commands\n\nWritten by `python -m runtime.commands.parser`; a test holds it to what `--help` prints.\n"
    ]
    parts.append(f"```\n{parser.format_help()}```\n")
    for name, command in subparsers.choices.items():
        parts.append(f"## foreglow {name}\n\n```\n{command.format_help()}```\n")
    return "\n".join(parts)


def _add_config(parser: argparse.ArgumentParser, default: object) -> None:
    help_text = "configuration file (default: ./device.yaml if there is one)"
    parser.add_argument("--config", type=Path, metavar="DEVICE.YAML", default=default, help=help_text)


def _version() -> str:
    try:
        return version("foreglow")
    except PackageNotFoundError:
        return "(not installed)"


if __name__ == "__main__":
    print(commands_page(), end="")
