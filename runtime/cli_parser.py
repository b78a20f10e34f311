"""The command line for argparse; `python -m runtime.cli_parser` prints docs/commands.md."""

import argparse
import shutil
import textwrap
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from runtime.anticipate import LONGEST_TEXT

DOCS_COLUMNS = 100
"""Width of the help in docs/commands.md."""

_COMMANDS: dict[str, tuple[str, str, str]] = {
    "run": (
        "listen to the microphone and switch the light, for ever",
        "Listens to the microphone and switches the light before the sentence has ended. SIGTERM and Ctrl-C "
        "end it in order. At a terminal a live view shows what it hears; else each utterance becomes a line.",
        "examples:\n  foreglow run\n  foreglow run --config device.yaml --json | tee lamp.jsonl",
    ),
    "simulate": (
        "the same on recordings, without touching the light",
        "Hears recordings (wav, flac, ogg, mp3; any rate and number of channels) exactly as live sound. Each "
        "file starts fresh; one that cannot be used is named, and the others go on. In what is printed for "
        "people, a bar | stands after the word at which it decided. The configured light is left alone.",
        "examples:\n"
        "  foreglow simulate recordings/*.wav\n"
        "  foreglow simulate --speed real evening.mp3\n"
        "  foreglow simulate --json recordings/*.flac | grep decision",
    ),
    "anticipate": (
        "decide on text, word by word, as if it were being said",
        "Reads TEXT, or one utterance a line from standard input, and says what the lamp would do, how "
        "surely, and after which word. Text is first written as the recogniser writes: lower case, and no "
        "punctuation but the apostrophe inside a word. An utterance may have "
        f"{LONGEST_TEXT:,} characters.",
        "examples:\n"
        "  foreglow anticipate 'Could you turn on the light, please?'\n"
        "  foreglow anticipate --json < sentences.txt",
    ),
    "doctor": (
        "check everything the lamp needs, and say how to mend it",
        "Checks the configuration, the packages, the microphone, the models and the light. Exit 1 when "
        "something that is needed is missing.",
        "example:\n  foreglow doctor --config device.yaml",
    ),
    "status": (
        "ask the running lamp how it is",
        "Asks the `foreglow run` that uses the same state folder: since when, what it heard and did, blocks "
        "dropped, memory. Exit 1 when none is running.",
        "example:\n  foreglow status --json",
    ),
    "microphones": (
        "list the input devices",
        "Lists the input devices by the names that `capture.microphone` takes; an asterisk marks the one "
        "that `foreglow run` uses.",
        "example:\n  foreglow microphones",
    ),
}
"""Command -> one line, description, examples."""

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
    for name, (line, description, examples) in _COMMANDS.items():
        description = textwrap.fill(description, columns - 2)
        command = commands.add_parser(
            name, help=line, description=description, epilog=f"{examples}\n\n{_EXITS}", formatter_class=form
        )
        if name == "simulate":
            command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a recording")
            speed_help = "`real` feeds sound as fast as it was recorded (default: fast)"
            command.add_argument("--speed", choices=("real", "fast"), default="fast", help=speed_help)
        if name == "anticipate":
            text_help = "an utterance (default: one a line from standard input)"
            command.add_argument("text", nargs="?", metavar="TEXT", help=text_help)
        # Given before the command, it must not be undone by this default.
        _add_config(command, default=argparse.SUPPRESS)
        command.add_argument("--json", action="store_true", help="one JSON object a line on standard output")
    return parser


def commands_page() -> str:
    """docs/commands.md: the help of every command, word for word."""
    parser = make_parser(DOCS_COLUMNS)
    subparsers = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    parts = [
        "# Commands\n\nWritten by `python -m runtime.cli_parser`; a test holds it to what `--help` prints.\n"
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
