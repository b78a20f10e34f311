"""`foreglow history`, `correct` and `forget`: through the running lamp, or without one in the journal itself."""

import argparse
import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from runtime.commands.parser import UNDO
from runtime.config import Config
from runtime.control import ask
from runtime.errors import NotRunningError
from runtime.journal.journal import Journal
from runtime.journal.lines import correct_lines, forget_lines, history_lines
from runtime.journal.requests import MOST_AT_ONCE, journal_handlers, plain_correct
from runtime.state_lock import state_lock


def history(options: argparse.Namespace, config: Config) -> int:
    """Print the newest utterances: `options.limit` of them, `options.only` which."""
    left, before, found = options.limit, None, []
    while left > 0:
        limit = min(left, MOST_AT_ONCE)
        request = {"do": "history", "limit": limit, "only": options.only, "before": before}
        page = answer_or_do(config, request)["utterances"]
        found += page
        if len(page) < limit:
            break
        left, before = left - limit, page[-1]["id"]
    lines = [json.dumps(each) for each in found] if options.json else history_lines(found)
    if lines:
        print(*lines, sep="\n")
    return 0


def correct(options: argparse.Namespace, config: Config) -> int:
    """Give utterance `options.id` the label `options.intent`, or take its label away (UNDO)."""
    request = {"do": "correct", "id": options.id, "intent": options.intent}
    if options.intent == UNDO:
        request = {"do": "uncorrect", "id": options.id}
    answer = answer_or_do(config, request)
    print(*([json.dumps(answer)] if options.json else correct_lines(answer)), sep="\n")
    return 0


def forget(options: argparse.Namespace, config: Config) -> int:
    """Forget `options.id`, all before `options.before` or, with `options.all`, everything.

    At a terminal it is said first what would go, and asked, unless `options.yes`.
    """
    request = {"do": "forget", "id": options.id, "before": options.before, "all": options.all}
    if not options.dry_run and not options.yes and sys.stdin is not None and sys.stdin.isatty():
        would = answer_or_do(config, request | {"dry_run": True})
        print(*forget_lines(would, dry_run=True), sep="\n", file=sys.stderr)
        if not _agreed():
            print("nothing was forgotten.", file=sys.stderr)
            return 0
    report = answer_or_do(config, request | {"dry_run": options.dry_run})
    lines = [json.dumps(report)] if options.json else forget_lines(report, dry_run=options.dry_run)
    print(*lines, sep="\n")
    return 0


def _agreed() -> bool:
    print("It cannot be brought back. Forget it? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline(10).strip().lower() in ("y", "yes")


def answer_or_do(config: Config, request: Mapping[str, Any]) -> dict[str, Any]:
    """Ask the lamp; when none is running, do it in its place, with its folder held meanwhile."""
    folder = config.state_folder
    try:
        return ask(folder, request)
    except NotRunningError:
        pass
    from runtime.learning.assembly import forget_hook  # loads what learns: not needed to ask a running lamp

    with state_lock(folder), Journal.open(folder) as journal:
        if journal.set_aside is not None:
            told = (
                f"foreglow: the journal was damaged; it is kept as {journal.set_aside}, and a new one begun."
            )
            print(told, file=sys.stderr)
        also = [forget_hook(config, journal)]
        handlers = journal_handlers(journal, plain_correct(journal, time.time), also)
        return handlers[request["do"]](dict(request))
