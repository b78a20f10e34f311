"""The page that benchmarks/household.py writes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from benchmarks.households.habits import EACH, KINDS
from benchmarks.households.lamps import LAMPS, NIGHTS
from benchmarks.households.logistic import HOUSEHOLD_WEIGHT
from benchmarks.households.pictures import write_pictures
from benchmarks.households.plan import CONVERSATIONS, OBJECTED, SPOKEN_AS_EVER, WISHES
from benchmarks.households.record import Record
from benchmarks.households.zero import REACH_MINUTES, Zero, zero_of
from benchmarks.tables import markdown, number, with_spread, wrapped

Records = Mapping[str, Mapping[str, Sequence[Record]]]
"""By lamp, then by kind of household, one for each seed."""

REACH_SHARE = 1 / 3
"""Of the corrections without learning, at most."""

REACH_WRONG = 2.0
"""Points that wrong flips may cost."""

LATE_DAYS = 7
"""The last of them, in which what can be learned has been."""


def obeyed(record: Record, days: slice = slice(None)) -> float:
    """Share of the wishes obeyed in those days; 1 when nothing was asked for."""
    chosen = record.days[days]
    wishes = sum(day.wishes for day in chosen)
    return sum(day.obeyed for day in chosen) / wishes if wishes else 1.0


def corrections(record: Record) -> int:
    """Flips because of the lamp."""
    return sum(day.corrections for day in record.days)


def false_a_day(record: Record) -> float:
    """False activations a day."""
    return fmean(day.false_activations for day in record.days)


def write_page(folder: Path, records: Records, talk: tuple[int, int], command: str) -> Path:
    """Write the page and its pictures.

    Args:
        talk: utterances of people with each other a day, with the base model and from zero.
        command: what was run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    zeros = {kind: [zero_of(record) for record in runs] for kind, runs in records.get("zero", {}).items()}
    write_pictures(folder, records, zeros)
    own = records["learning"]
    days = len(next(iter(own.values()))[0].days)
    seeds = len(next(iter(own.values())))
    parts = [
        "# Lamps in simulated households",
        f"Written by `{command}`; do not edit.",
        _conditions(days, seeds),
        f"## Corrections in {days} days",
        _verdict_corrections(records),
        _corrections(records),
        "## Wishes obeyed without the switch",
        "![Wishes obeyed, day by day](household_days.png)",
        _obeyed(records),
        f"Shares of the wishes; the second figure is for the last {LATE_DAYS} days. "
        "Means over seeds, with the lowest and the highest of the last days.",
        "## False activations a day",
        _false(records),
        "An utterance that was not meant for the lamp counts if the lamp acted on it, even if it took that back. "
        f"Talk is {talk[0]} utterances a day, about six minutes of speech; the television adds "
        f"{KINDS['television'].television}. The network in service was trained on these meetings too, so these figures "
        "say what learning adds and not what a lamp does to new talk: for that see "
        "[the language model's figures](language_model.md).",
        "## Wrong flips",
        _wrong(own),
        "## From zero",
        _verdict_zero(zeros),
        "![From zero](household_zero.png)",
        _zero(zeros),
        "The lamp begins with the blank bundle (`learn.from_zero: true`) and learns at once, without retraining. "
        "Minutes are all words heard, whoever said them and to whom, at 150 a minute. Wishes count as obeyed at 90 % "
        "when 18 of the last 20 were, while the lamp acted falsely at most once in the last 24 hours; the time is that "
        f"of the first moment at which both hold. Talk is {talk[1]} utterances a day here, and most of the minutes are "
        "talk; the fourth column tells how many wishes it took, the fifth and the sixth what came after it.",
    ]
    path = folder / "household.md"
    path.write_text("\n\n".join(wrapped(part) for part in parts) + "\n", encoding="utf-8")
    return path


def _conditions(days: int, seeds: int) -> str:
    return (
        f"Each household lives {days} days, {seeds} of each kind, drawn by seed. Every person has {EACH} phrasings for "
        f"light and {EACH} for dark (benchmarks/households/phrases.yaml), and says {100 * SPOKEN_AS_EVER:.0f} % of the "
        "wishes as ever, the others with a small change (“hey”, “okay”, “um”, “so”, “and” or a stutter before, "
        f"“please”, “now”, “then”, “everybody” after). There are {WISHES} wishes a day, half of them in the midst of "
        f"one of {CONVERSATIONS} conversations, which are pieces of real meetings from the given data. A lamp that "
        "does not obey is switched by hand 2 to 4 seconds after the wish; one that acts on talk is switched back "
        "within 5 seconds in "
        f"{100 * OBJECTED:.0f} % of the cases and else a minute later; once a day somebody switches without a word. "
        "After a change of mind, half way, two of three phrases mean the opposite and the third is another. Wrong "
        "flips: after 5 % of the wishes an obedient lamp is flipped back, and as often the switch is flipped right "
        "after talk.\n"
        "Everything runs through the loop that `foreglow run` uses, on a simulated clock: journal, lessons, learning "
        f"at once, and every {NIGHTS} days retraining, without the training packages (thresholds, and the "
        "evidence of new words) unless the command says "
        "--torch. What is said and wanted is the same for every lamp. Logistic regression is the peer of "
        "the [comparison](language_model.md): n-grams of one to three words, every prefix. It begins with the phrases "
        f"of the project and some talk, takes part in the same loop with the same lessons, each of which counts for "
        f"{HOUSEHOLD_WEIGHT:g} phrases, and is fitted anew every night."
    )


def _verdict_corrections(records: Records) -> str:
    own, fixed = records["learning"], records["fixed"]
    shares = {
        kind: sum(map(corrections, own[kind])) / max(1, sum(map(corrections, fixed[kind])))
        for kind in own
        if sum(map(corrections, fixed[kind])) >= WISHES
    }
    missed = [KINDS[kind].title for kind, share in shares.items() if share > REACH_SHARE]
    total = sum(corrections(r) for runs in own.values() for r in runs)
    without = sum(corrections(r) for runs in fixed.values() for r in runs)
    tail = f"; more than a third in: {', '.join(missed)}" if missed else ", and at most a third in every kind"
    return (
        f"**{'Not met' if missed else 'Met'}** (reach: at most a third of the corrections without learning): "
        f"{total:,} instead of {without:,}, {100 * total / max(1, without):.0f} %{tail}. A kind whose households "
        f"need fewer than {WISHES} corrections without learning, all of them together, is left out of this verdict."
    )


def _corrections(records: Records) -> str:
    rows = []
    for kind, runs in records["learning"].items():
        cells = [with_spread([corrections(r) for r in records[lamp][kind]], ".0f") for lamp in LAMPS]
        share = sum(map(corrections, runs)) / max(1, sum(map(corrections, records["fixed"][kind])))
        rows.append([KINDS[kind].title, *cells, f"{100 * share:.0f} %"])
    return markdown(["household", *LAMPS.values(), "with learning / without"], rows)


def _obeyed(records: Records) -> str:
    rows = []
    for kind in records["learning"]:
        cells = []
        for lamp in LAMPS:
            runs = records[lamp][kind]
            late = [obeyed(r, slice(-LATE_DAYS, None)) for r in runs]
            cells.append(f"{number(fmean(map(obeyed, runs)), '%')}, {with_spread(late, '%')}")
        rows.append([KINDS[kind].title, *cells])
    return markdown(["household", *LAMPS.values()], rows)


def _false(records: Records) -> str:
    rows = [
        [KINDS[kind].title, *(with_spread([*map(false_a_day, records[lamp][kind])], ".2f") for lamp in LAMPS)]
        for kind in records["learning"]
    ]
    return markdown(["household", *LAMPS.values()], rows)


def _wrong(own: Mapping[str, Sequence[Record]]) -> str:
    right, wrong = own["family"], own["wrong"]
    lost = [100 * (obeyed(a) - obeyed(b)) for a, b in zip(right, wrong, strict=True)]
    met = "Met" if fmean(lost) <= REACH_WRONG else "Not met"
    return (
        f"**{met}** (reach: at most {REACH_WRONG:g} points): the lamp of the family obeys {with_spread(lost, '.1f')} "
        f"points less with 5 % wrong flips, over all days: {number(fmean(map(obeyed, wrong)), '%')} of the wishes "
        f"instead of {number(fmean(map(obeyed, right)), '%')}."
    )


def _verdict_zero(zeros: Mapping[str, Sequence[Zero]]) -> str:
    runs = [zero for found in zeros.values() for zero in found]
    within = sum(zero.minutes is not None and zero.minutes <= REACH_MINUTES for zero in runs)
    goal = sum(zero.minutes is not None and zero.minutes <= REACH_MINUTES / 2 for zero in runs)
    return (
        f"**{'Met' if within == len(runs) else 'Not met'}** (reach: 90 % of the wishes obeyed at no more than one "
        f"false activation a day after {REACH_MINUTES:g} minutes of speech, goal {REACH_MINUTES / 2:g}): {within} of "
        f"{len(runs)} households within {REACH_MINUTES:g} minutes, {goal} within {REACH_MINUTES / 2:g}."
    )


def _zero(zeros: Mapping[str, Sequence[Zero]]) -> str:
    rows = []
    for kind, found in zeros.items():
        minutes = ["never" if z.minutes is None else f"{z.minutes:.0f}" for z in found]
        reached = [z for z in found if z.minutes is not None]
        days = ["never" if z.days is None else f"{z.days:.1f}" for z in found]
        rows.append(
            [
                KINDS[kind].title,
                ", ".join(minutes),
                ", ".join(days),
                f"{fmean(z.wishes for z in reached):.0f}" if reached else "-",
                with_spread([z.obeyed_later for z in found], "%"),
                with_spread([z.false_a_day_later for z in found], ".2f"),
            ]
        )
    return markdown(
        [
            "household",
            "minutes of speech",
            "days",
            "wishes",
            "obeyed afterwards",
            "false activations a day afterwards",
        ],
        rows,
    )
