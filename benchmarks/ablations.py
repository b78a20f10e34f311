"""What each part is worth: `python -m benchmarks.ablations --data FOLDER [--seeds 5] [--jobs 2] [--variants …]`.

The shipped recipe is trained again and again with one thing changed, for every seed and fold of
benchmarks/protocol.py, and judged as benchmarks/language_model.py judges its peers. Writes
docs/benchmarks/ablations.md. Results are kept in the same work folder; a run that was stopped carries on where it was.
"""

import argparse
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.language_model import compare, facts, read_options, some_of
from benchmarks.peers import VARIANTS
from benchmarks.protocol import FOLDS, Result, corpus_of
from benchmarks.report import Run, spread
from benchmarks.summary import BUDGETS, SHOWN_BUDGET, Summary, summarise
from benchmarks.tables import Column, markdown, paired, table, with_spread, wrapped
from model.corpus import Mixture
from model.errors import ModelError
from model.fold_text import HELD_MEETINGS

SHIPPED = "saffu"

TITLES = {
    SHIPPED: "the shipped recipe",
    "saffu_cold": "cold start: random, not from counts",
    "saffu_explicit": "no fine-tuning: counts only",
    "network": "no evidence of n-grams",
    "evidence": "no network",
    **{name: kind.title for name, kind in VARIANTS.items()},
}
"""What is compared, by name; the first five are peers of benchmarks/language_model.py and share their results."""

COLUMNS: list[Column] = [
    *((f"word by word, 1 in {budget:,}", f"streaming_{budget}", "%") for budget in BUDGETS),
    *((f"two thresholds, 1 in {budget:,}", f"apart_{budget}", "%") for budget in BUDGETS),
    *((f"whole sentence, 1 in {budget:,}", f"whole_{budget}", "%") for budget in BUDGETS),
    ("before the last word", f"early_{SHOWN_BUDGET}", "%"),
    ("talk", f"talk_streaming_{SHOWN_BUDGET}", ".2f"),
    ("calibration error", "calibration", ".2%"),
    ("parameters", "parameters", ",.0f"),
]
"""Of the table of figures."""

DIFFERENCES: list[tuple[Column, float]] = [
    *(((heading, figure, "+.1f"), 100.0) for heading, figure, style in COLUMNS if style == "%"),
    (("talk", f"talk_streaming_{SHOWN_BUDGET}", "+.2f"), 1.0),
    (("calibration error", "calibration", "+.2f"), 100.0),
]
"""Of the table of differences, each with what its figure is multiplied by."""


def page(summaries: Mapping[str, Summary], run: Run) -> str:
    """Return the Markdown text."""
    tight, loose = BUDGETS
    parts = [
        "# What each part is worth",
        f"Written by `{run.command}`; do not edit.",
        "Every row is the [language model](../model.md) as it is shipped with one thing changed, trained and judged "
        f"anew. {spread(run.seeds)}",
        "## Figures",
        f"*Word by word* and *whole sentence*: share of the {run.commands} commands decided rightly when, of the "
        f"{run.others:,} other requests, at most 1 in {tight:,} or 1 in {loose:,} may fire. *Two thresholds*: word by "
        "word, one threshold for words and another for the end, as the lamp has them. *Before the last word*: share of "
        "the commands decided rightly before it, *talk*: false activations in an hour (10,000 words) of overheard "
        f"talk, both word by word with the one threshold for 1 in {loose:,}. *Calibration error*: expected, over every "
        "word and end of the requests, no temperature applied.",
        table({TITLES[name]: summary for name, summary in summaries.items()}, COLUMNS),
        "## Differences, seed by seed",
        "The change minus the shipped recipe, both on the same folds of the same seed: percentage points, talk in "
        "false activations an hour. Where the range has zero inside, the luck of folds and training is as large as "
        "the difference.",
        _differences(summaries),
        *_method(run),
    ]
    return "\n\n".join(map(wrapped, parts)) + "\n"


def _differences(summaries: Mapping[str, Summary]) -> str:
    shipped = summaries[SHIPPED].figures
    rows = []
    for name, summary in summaries.items():
        if name != SHIPPED:
            gaps = [
                with_spread(paired(summary.figures[figure], shipped[figure], scale), style)
                for (_, figure, style), scale in DIFFERENCES
            ]
            rows.append([TITLES[name], *gaps])
    return markdown(["change", *(heading for (heading, _, _), _ in DIFFERENCES)], rows)


def _method(run: Run) -> list[str]:
    points = [
        f"- **Protocol.** As in `benchmarks/language_model.py`: {FOLDS} folds for each seed, near-duplicates in the "
        f"same fold, one meeting in {HELD_MEETINGS} held out ({run.talk_hours:.1f} hours of talk), thresholds chosen "
        "on the requests they are judged by, for all alike.",
        "- **Hard negatives.** Every row searches the same pool, all other requests and talk outside the test, and "
        "makes a second descent, except *counts only*, which makes none. *No hard negatives* makes the second "
        "descent on the text it had.",
        "- **Whole sentences only.** The lamp's turn is counted and tuned at the end of each utterance alone, and "
        "ends weigh one; the next word is still counted after every word, and the pool is searched word by word.",
        "- **Vectors.** Those from the [bit cipher](../bit_cipher.md) are shipped; "
        "[co-occurrence](../co_occurrence.md) and random ones, positive and of 1-norm one too, are where descent "
        "begins. *Never moved* keeps the cipher vectors as they are.",
        "- **Attention** is the layer of [its page](../attention.md), begun with equal weights. *The contexts and "
        "hidden layer of the paper* are radial, attention of -log softmax weights (K = 16), document, and softmax "
        "units; evidence, hard negatives and all text are ours.",
        "- **Not here: commands buried in talk.** They are read apart, by what is fitted after all of this, and next "
        "to none of the requests is as long; [their page](../buried.md) tells what that brings.",
        "- **Context tokens.** The state of the light and the part of the day, told before the first word, could help "
        '("lights" when it is dark). No data says what the light was when a request was made, so what that would bring '
        "cannot be told. Here both are drawn by chance for every utterance: the row tells what having them costs.",
        f"- **What the ranges mean.** The {run.commands} commands are the same for every seed, and the shipped "
        "settings were chosen on half of the requests, which favours them a little over every change.",
    ]
    machine = f"Command: `{run.command}`. Machine: {run.machine}; {run.versions}."
    return ["## Method", "\n".join(points), machine]


def write_page(results: dict[str, list[list[Result]]], folder: Path, command: str) -> Path:
    """Write the page and return its file."""
    summaries = {name: summarise(seeds, graded=True) for name, seeds in results.items()}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "ablations.md"
    path.write_text(page(summaries, facts(results, command)), encoding="utf-8")
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablations", description=__doc__)
    parser.add_argument("--variants", help=f"some of {','.join(TITLES)}, beside {SHIPPED} (default: all)")
    options = read_options(parser, arguments)
    variants = some_of(TITLES, options.variants, "--variants", parser)
    command = f"python -m benchmarks.ablations --data FOLDER --seeds {options.seeds}"
    if options.variants:
        command += f" --variants {shlex.quote(options.variants)}"
    try:
        corpus_of(options.data)
        results = compare(
            list(dict.fromkeys([SHIPPED, *variants])),
            options.seeds,
            options.data,
            Mixture(),
            options.work,
            options.jobs,
            Console(stderr=True),
        )
        written = write_page(results, options.out, command)
    except (ModelError, OSError) as error:
        print(f"benchmarks.ablations: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("benchmarks.ablations: stopped; the same command carries on.", file=sys.stderr)
        return 130
    print(f"wrote {written}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
