"""The page that the comparison writes: what was compared, how, and the figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from benchmarks.figures import BINS, LIKELY
from benchmarks.peers import KINDS
from benchmarks.protocol import FOLDS
from benchmarks.summary import BUDGETS, SHOWN_BUDGET, Summary
from benchmarks.tables import markdown, paired, table, with_spread, wrapped
from model.fold_text import HELD_MEETINGS

OURS = "saffu"


@dataclass(frozen=True)
class Run:
    """What the page tells about how it came to be."""

    command: str
    """Command line."""

    machine: str
    """Description of the computer."""

    versions: str
    """Of the packages that matter."""

    commands: int
    """Labelled requests for light or dark."""

    others: int
    """Labelled requests that ask for neither."""

    talk_hours: float
    """Held-out talk of one seed, in hours."""

    seeds: int
    """How often everything was done."""


def page(summaries: Mapping[str, Summary], run: Run) -> str:
    """Return the Markdown text."""
    tight, loose = BUDGETS
    parts = [
        "# How the language model compares",
        f"Written by `{run.command}`; do not edit.",
        _introduction(run),
        "## Commands found",
        f"Share of the {run.commands} commands decided rightly when, of the {run.others:,} other requests, at "
        f"most 1 in {tight:,} or 1 in {loose:,} may fire. *Word by word*: a threshold for every word and the "
        "end, and the first crossing decides. *Two thresholds*: one for words, one for the end, half of the "
        "allowance (rounded down) for words. *Whole sentence*: only the end counts, nothing is anticipated.",
        _recall_table(summaries),
        _ungraded_note(summaries, run),
        "![Recall against false activations](recall.svg)",
        "## Anticipation, and its price",
        f"With the word-by-word threshold for 1 in {loose:,}. *Early errors*: requests acted on wrongly before "
        "their last word, as a share of all requests. *Talk*: false activations in an hour (10,000 words) of "
        "meetings that no model saw.",
        table(
            titled(summaries),
            [
                ("before the last word", f"early_{loose}", "%"),
                ("words saved", f"words_saved_{loose}", ".2f"),
                ("early errors", f"early_errors_{loose}", ".2%"),
                (f"talk, 1 in {tight:,}", f"talk_streaming_{tight}", ".2f"),
                (f"talk, 1 in {loose:,}", f"talk_streaming_{loose}", ".2f"),
                (f"talk, whole, 1 in {loose:,}", f"talk_whole_{loose}", ".2f"),
            ],
        ),
        "![Share decided against words heard](words_heard.svg)",
        "## Ours and the others, seed by seed",
        f"Ours minus the other, in percentage points, both on the same folds, for 1 in {loose:,}.",
        _differences(summaries),
        "## Calibration",
        f"Expected calibration error: the gap between an action's probability and how often it was right, in "
        f"{BINS} bins of equal width, over every word and end of the requests and both actions; and the same "
        f"over those with a probability of at least {LIKELY:.0%} only, since nearly all are far below. "
        "*Tempered*: with the temperature that suits the other folds of the seed best.",
        table(
            titled({name: s for name, s in summaries.items() if KINDS[name].graded}),
            [
                ("all", "calibration", ".2%"),
                ("likely", "calibration_likely", ".1%"),
                ("all, tempered", "tempered", ".2%"),
                ("likely, tempered", "tempered_likely", ".1%"),
            ],
        ),
        "![Reliability](reliability.svg)",
        "## Cost",
        "Bytes at 4 a number, text of words included; a step is one word in plain Python or numpy on one "
        "thread, with what has to be remembered from word to word. Training is processor time of one model, "
        "choice of settings included. Each figure is the median of the seeds, of each seed that of its folds.",
        table(
            titled(summaries),
            [
                ("parameters", "parameters", ",.0f"),
                ("kB", "bytes", "kB"),
                ("a step, µs", "step_us", ".0f"),
                ("training, s", "training_s", ".0f"),
            ],
            spread=False,
        ),
        *_method(run),
    ]
    return "\n\n".join(map(wrapped, parts)) + "\n"


def spread(seeds: int) -> str:
    """Return what figures and brackets mean."""
    if seeds == 1:
        return "There was one seed, so nothing tells how much of a difference is luck."
    return f"Every figure is the mean of {seeds} seeds, with the lowest and the highest in brackets."


def _introduction(run: Run) -> str:
    return (
        "Every model hears real requests and real talk one word at a time, and says after each word how likely it is "
        "that the light shall go on or off. All learn from the same text (ours searches more of it besides, see "
        "*Method*): what people said to assistants, phrases "
        "from templates, requests on other subjects, overheard talk. Then the same question is put to each: if so "
        "many of the requests that are not for the lamp may switch it by mistake, how many of the commands does it "
        f"find, and how early? {spread(run.seeds)}"
    )


def _recall_table(summaries: Mapping[str, Summary]) -> str:
    columns = [
        (f"{title}, 1 in {budget:,}", f"{name}_{budget}", "%")
        for name, title in (
            ("streaming", "word by word"),
            ("apart", "two thresholds"),
            ("whole", "whole sentence"),
        )
        for budget in BUDGETS
    ]
    return table(titled(summaries), columns)


def _ungraded_note(summaries: Mapping[str, Summary], run: Run) -> str:
    notes = []
    for name, summary in summaries.items():
        if not KINDS[name].graded:
            false = fmean(summary.figures[f"false_whole_{SHOWN_BUDGET}"])
            notes.append(
                f"{KINDS[name].title} has no threshold to set: it judges whole sentences and gives {false:.0f} false "
                f"activations among the {run.others:,} other requests, whatever is allowed."
            )
    return " ".join(notes) or "Every model gives probabilities, so that each can keep to what is allowed."


def _differences(summaries: Mapping[str, Summary]) -> str:
    if OURS not in summaries or len(summaries) == 1:
        return "Ours did not take part, or nothing else did."
    ours = summaries[OURS].figures
    names = [f"streaming_{SHOWN_BUDGET}", f"whole_{SHOWN_BUDGET}", f"early_{SHOWN_BUDGET}"]
    rows = []
    for name, summary in summaries.items():
        if name != OURS:
            gaps = [paired(ours[key], summary.figures[key], 100) for key in names]
            rows.append([KINDS[name].title, *(with_spread(gap, "+.1f") for gap in gaps)])
    return markdown(["ours minus", "word by word", "whole sentence", "before the last word"], rows)


def titled(summaries: Mapping[str, Summary]) -> dict[str, Summary]:
    """Return summaries by what the tables call the peers."""
    return {KINDS[name].title: summary for name, summary in summaries.items()}


def _method(run: Run) -> list[str]:
    points = [
        f"- **Folds.** {FOLDS} for each seed; near-duplicate requests (same words but for courtesy, or four "
        "fifths of their words shared) are in the same fold. Each request is judged by a model that saw none of "
        "these; phrases, other requests and talk that are near-duplicates of it are left out too.",
        f"- **Talk.** One meeting in {HELD_MEETINGS} is kept out of all training of a seed; each fold's model "
        f"hears its share of these, {run.talk_hours:.1f} hours in all.",
        "- **Thresholds** are chosen on the very requests they are judged by, all folds of a seed together, for "
        "every model alike: of those that keep to what is allowed, the one that finds most commands. So these are "
        "figures of how well a model tells requests apart, not of how well a threshold can be guessed beforehand; "
        "[calibration](../calibration.md) tells how that is done.",
        "- **Settings.** Networks have our vocabulary but for the slots of words that sound alike, our weight of whole "
        "sentences, unknown words, dropout, and about the size of our network. They make five passes; ours makes four "
        "more over its hard negatives. Their learning rate was chosen once, on requests held out of one fold's "
        "training; logistic regression chooses C so for every model. Ours were chosen on half of these requests, which "
        "flatters it a little.",
        "- **Hard negatives.** Ours also searches all other requests and talk outside the test for what it comes "
        "closest to firing at, and learns from that in a second descent ([language model](../model.md)). So that this "
        f"is not taken for a merit of the model, *{KINDS['logistic_mined'].title}* and "
        f"*{KINDS['gru_mined'].title}* do the same search with what they learned first, and begin again with what they "
        "found added. The others learn from the common text only.",
        "- **Templates.** hassil has the sentences of home-assistant-intents for all intents, and a home with the "
        "rooms and lamps named in `benchmarks/peers/household.py`.",
        f"- **What the ranges mean.** They show the luck of folds and training. The {run.commands} commands are "
        "the same for every seed: with so few, a recall of 90 % has a standard error of "
        f"{100 * (0.09 / run.commands) ** 0.5:.1f} points, and smaller differences say little.",
    ]
    machine = f"Command: `{run.command}`. Machine: {run.machine}; {run.versions}."
    return ["## Method", "\n".join(points), machine]
