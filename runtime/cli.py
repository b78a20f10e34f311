"""`foreglow`: the one entry point. Each command loads only what it needs, when it needs it."""

import argparse
import errno
import io
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib import import_module
from typing import TYPE_CHECKING

from capture.errors import CaptureError
from export.errors import BundleError
from model.errors import ModelError
from runtime.commands.parser import make_parser
from runtime.errors import ForeglowError
from runtime.supervision.log import begin_log, prefix, read_by_journald
from transcribe.errors import TranscribeError

if TYPE_CHECKING:
    from runtime.config import Config
    from runtime.report import Report

OURS = (CaptureError, TranscribeError, ModelError, BundleError, ForeglowError)
"""Errors whose text is the sentence to be read."""

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Exit status: 0 done, 1 failed with a sentence on standard error, 2 wrong usage."""
    _ready_streams()
    options = make_parser().parse_args(arguments)
    try:
        status = COMMANDS[options.command](options)
        sys.stdout.flush()
    except OURS as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _give_up_output()  # the reader has had enough (`| head`)
        return 0
    except OSError as error:
        where = "" if error.filename is None else f" ({error.filename})"
        complain(f"the system refused: {error.strerror or error}{where}.")
        if error.errno == errno.ENOSPC:
            _give_up_output()
        return 1
    return status


def complain(text: str) -> None:
    """Each line of the text as one sentence on standard error."""
    error = prefix(logging.ERROR, read_by_journald(sys.stderr))
    for sentence in text.splitlines():
        print(f"{error}foreglow: {sentence}", file=sys.stderr, flush=True)


def _give_up_output() -> None:
    """Let go of standard output: what is still buffered must not fail once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _ready_streams() -> None:
    """Never fail on a character the terminal lacks, nor on a stream that was closed by who started us."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115, PTH123 - for the rest of the process
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _own_standard_error() -> None:
    """Write to a copy of descriptor 2: capture/hush.py points 2 elsewhere for moments while sound libraries talk."""
    if isinstance(sys.stderr, io.TextIOWrapper) and sys.stderr.fileno() == 2:
        sys.stderr = open(os.dup(2), "w", buffering=1, errors="backslashreplace")  # noqa: SIM115, PTH123


def _config(options: argparse.Namespace) -> "Config":
    from runtime.config import load_config  # slow to load, so only when Ctrl-C is already answered

    return load_config(options.config)


def _lamp(options: argparse.Namespace) -> "Config":
    """The configuration, in a process that works on the state of the lamp it means."""
    from runtime.supervision.service_user import go_on_as_the_service

    config = _config(options)
    go_on_as_the_service(config)
    return config


def _run(options: argparse.Namespace) -> int:
    from runtime.live import listen

    _own_standard_error()
    config = _config(options)
    begin_log()
    with _report(options, recordings=False) as report:
        listen(config, report, options.config)
    return 0


def _simulate(options: argparse.Namespace) -> int:
    from runtime.learning.assembly import learn_in_script
    from runtime.simulate.files import simulate_files

    with _report(options, recordings=True) as report:
        usable = simulate_files(
            options.files,
            _config(options),
            report,
            complain,
            learn_in_script,
            state=options.state,
            real_time=options.speed == "real",
        )
    return 0 if usable else 1


def _anticipate(options: argparse.Namespace) -> int:
    from runtime.anticipate import TextError, answer, check_text, read_lines
    from runtime.commands.learned import learned_brain

    anticipator = learned_brain(_lamp(options), complain).anticipator()
    if options.text is not None:
        found = answer(anticipator, check_text(options.text))
        print(json.dumps(found.as_json()) if options.json else found.as_line())
        return 0
    if sys.stdin is None:
        return 0
    if sys.stdin.isatty():
        print("One utterance a line; Ctrl-D ends.", file=sys.stderr)
    status = 0
    for number, line in enumerate(read_lines(sys.stdin.buffer), 1):
        if isinstance(line, TextError):
            complain(str(line))
            status = 1
            continue
        found = answer(anticipator, line)
        shown = json.dumps({**found.as_json(), "line": number}) if options.json else found.as_line()
        print(shown, flush=True)
    return status


def _doctor(options: argparse.Namespace) -> int:
    from runtime.doctor import check_lines, diagnose

    checks = diagnose(options.config)
    lines = (json.dumps(asdict(check)) for check in checks) if options.json else check_lines(checks)
    print(*lines, sep="\n")
    missing = [check.name for check in checks if check.required and not check.ok]
    if missing:
        complain(f"not everything is there: {', '.join(missing)}; what to do is said above.")
    return 1 if missing else 0


def _status(options: argparse.Namespace) -> int:
    from runtime.status import read_status

    status = read_status(_lamp(options).state_folder)
    if options.json:
        print(json.dumps(status))
        return 0
    width = max(map(len, status))
    for key, value in status.items():
        print(f"{key.replace('_', ' '):<{width}}  {_shown(value)}")
    return 0


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(each)}" for name, each in value.items())
    return "-" if value is None else str(value)


def _microphones(options: argparse.Namespace) -> int:
    from runtime.microphones import list_microphones, microphone_lines

    listed = list_microphones(_config(options).capture.microphone)
    lines = [json.dumps(asdict(device)) for device in listed] if options.json else microphone_lines(listed)
    print(*lines, sep="\n")
    return 0


def _mute(options: argparse.Namespace) -> int:
    from runtime.commands.mute import mute

    return mute(options, _lamp(options), complain)


def _retrain(options: argparse.Namespace) -> int:
    from runtime.commands.retrain import retrain_command

    begin_log()
    return retrain_command(options, _lamp(options))


def _install(options: argparse.Namespace) -> int:
    from runtime.commands.service import install

    return install(options, _config(options), complain)


def _uninstall(options: argparse.Namespace) -> int:
    from runtime.commands.service import uninstall

    return uninstall(options, complain)


def _of_the_lamp(module: str, name: str) -> Callable[[argparse.Namespace], int]:
    """A command that works on the state of the lamp; loaded when it is wanted."""

    def run(options: argparse.Namespace) -> int:
        return int(getattr(import_module(f"runtime.commands.{module}"), name)(options, _lamp(options)))

    return run


@contextmanager
def _report(options: argparse.Namespace, *, recordings: bool) -> Iterator["Report"]:
    from runtime.report import JsonReport, PlainReport
    from runtime.supervision.log_report import LogReport

    if options.json:
        yield JsonReport(sys.stdout, recordings=recordings)
    elif not recordings and read_by_journald(sys.stderr):
        yield LogReport()
    elif sys.stdout.isatty():
        from rich.console import Console

        from runtime.view import LiveView

        with LiveView(Console(highlight=False), recordings=recordings) as view:
            yield view
            view.close()
    else:
        report = PlainReport(sys.stdout, recordings=recordings)
        yield report
        report.close()


COMMANDS = {
    "run": _run,
    "simulate": _simulate,
    "anticipate": _anticipate,
    "switch": _of_the_lamp("switch", "switch"),
    "mute": _mute,
    "unmute": _mute,
    "history": _of_the_lamp("journal", "history"),
    "correct": _of_the_lamp("journal", "correct"),
    "forget": _of_the_lamp("journal", "forget"),
    "retrain": _retrain,
    "models": _of_the_lamp("models", "models"),
    "rollback": _of_the_lamp("models", "rollback"),
    "page": _of_the_lamp("page", "page"),
    "doctor": _doctor,
    "status": _status,
    "microphones": _microphones,
    "install": _install,
    "uninstall": _uninstall,
}
"""Command -> what runs it."""

if __name__ == "__main__":
    sys.exit(main())
