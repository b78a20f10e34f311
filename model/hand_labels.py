"""Labels given by hand to sentences that the data files have none for: `python -m model.hand_labels --data FOLDER`.

The sentences stay in the data files; hand_labels.tsv holds a label and a hash for each. The command lists every
sentence without a label that names light or dark, with its hash and the label it was given, or `-`. What has no right
answer for one lamp that knows only on and off ("dim the lights", "make them blue") was left without.
"""

import argparse
import hashlib
import sys
from pathlib import Path

from model.errors import ModelError
from model.intent import INTENTS, Intent

LABELS_FILE = Path(__file__).with_name("hand_labels.tsv")

NAMES_LIGHT = frozenset("light lights lighting lamp lamps dark darkness bright brighter brightness".split())
"""Sentences with one of these words were looked at."""


def key(words: tuple[str, ...]) -> str:
    """Return what a sentence is known by: the first 16 hexadecimal digits of the SHA-256 of its words."""
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:16]


def read_hand_labels(path: Path = LABELS_FILE) -> dict[str, Intent]:
    """Return the labels by key.

    Raises:
        ModelError: the file cannot be read, or a line is not a label and a key with a tab between.
    """
    by_name: dict[str, Intent] = {intent: intent for intent in INTENTS}
    labels: dict[str, Intent] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be read as text ({error}).") from error
    for number, line in enumerate(lines, start=1):
        label, _, known_by = line.partition("\t")
        if label not in by_name or len(known_by) != 16:
            allowed = ", ".join(INTENTS)
            raise ModelError(
                f"{path}, line {number}: needs one of {allowed}, a tab and 16 hexadecimal digits."
            )
        labels[known_by] = by_name[label]
    return labels


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    from model.corpus import unlabelled_sentences  # which reads the labels from here

    parser = argparse.ArgumentParser(prog="python -m model.hand_labels", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with the data files of model/corpus.py"
    )
    options = parser.parse_args(arguments)
    try:
        labels = read_hand_labels()
        for words in unlabelled_sentences(options.data):
            if not NAMES_LIGHT.isdisjoint(words):
                print(labels.get(key(words), "-"), key(words), " ".join(words), sep="\t")
    except ModelError as error:
        print(f"model.hand_labels: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
