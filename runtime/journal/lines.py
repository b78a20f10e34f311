"""The journal for people: what `foreglow history`, `correct` and `forget` print."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

_HEAD = ("id", "when", "did", "label", "heard")
_FORGOTTEN = (
    ("utterances", "utterance"),
    ("labels", "label"),
    ("light_events", "light event"),
    ("clips", "clip"),
)


def history_lines(utterances: Sequence[Mapping[str, Any]]) -> list[str]:
    """A table of utterances as `utterance_json` gives them; a bar stands after the word that decided."""
    if not utterances:
        return ["nothing was heard."]
    rows = [_HEAD, *(_row(utterance) for utterance in utterances)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
    return [
        "  ".join([f"{row[0]:>{widths[0]}}", *map(str.ljust, row[1:-1], widths[1:]), row[-1]]).rstrip()
        for row in rows
    ]


def correct_lines(answer: Mapping[str, Any]) -> list[str]:
    """What a correction did."""
    was = answer["was"] or "not labelled"
    now = f"now {answer['intent']}" if answer["intent"] else "no longer labelled"
    text = _shown(answer["text"])
    lines = [f'utterance {answer["id"]}, "{text}", is {now} (it was {was}).']
    if answer.get("waits"):
        lines.append(f"The lamp does not act on it yet: {answer['waits'].rstrip('.')}.")
    return lines


def forget_lines(report: Mapping[str, Any], *, dry_run: bool) -> list[str]:
    """What was forgotten, or would be."""
    parts = [_many(report[key], name) for key, name in _FORGOTTEN]
    lines = [f"{'would forget' if dry_run else 'forgot'} {', '.join(parts[:-1])} and {parts[-1]}."]
    verb = "would remove" if dry_run else "removed"
    lines += [f"{verb} {name}, a damaged journal in which it might be found." for name in report["files"]]
    lines += [f"{verb} {told}." for told in report["learned"]]
    return lines


def _row(utterance: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    when = datetime.fromtimestamp(utterance["wall_time"]).strftime("%Y-%m-%d %H:%M")
    did = "-" if utterance["decided"] == "none" else utterance["decided"]
    if utterance["retracted"]:
        did += ", taken back"
    label = f"{utterance['label']} ({utterance['source']})" if utterance["label"] else "-"
    words = utterance["text"].split(" ")
    if utterance["word"]:
        words.insert(utterance["word"], "|")
    return str(utterance["id"]), when, did, label, _shown(" ".join(words))


def _shown(text: str) -> str:
    """A script may have put into it what would confuse a terminal."""
    return "".join(filter(str.isprintable, text))


def _many(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"
