"""The page that benchmarks/new_phrases.py writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from benchmarks.new_phrases_pieces import Pieces, pieces_table
from benchmarks.new_phrases_text import EACH, Text
from benchmarks.tables import markdown, wrapped
from runtime.learning.learner import STRENGTH

TIMES = 3
"""How often each phrase is taught when all are."""

REACH = 3
"""Corrections after which a new phrase is to be obeyed; the median is to be 2."""

REACH_TURN = 5
"""Corrections within which a changed habit is to be followed."""


@dataclass(frozen=True)
class Known:
    """What a lamp that was taught all phrases does."""

    before: list[int]
    """Sentences of each group at which it switched before it was taught anything."""

    after: list[int]
    """The same afterwards."""

    holding: int
    """Sentences at which it switches now only, and which hold a taught phrase word for word, and more."""

    phrase_itself: int
    """Sentences at which it switches now only, and which are a taught phrase."""

    obeyed: dict[str, int]
    """Phrases obeyed, by variant."""


@dataclass(frozen=True)
class Lessons:
    """What lessons cost."""

    seconds: list[float]
    """Of each lesson."""

    first: float
    """Of the very first, which has to read the sanity set."""

    memory: int
    """Bytes that the process grew at its peak while it was made to learn and taught all phrases."""

    waiting: int
    """Lessons that were not taken into service because they broke a sanity phrase."""


@dataclass(frozen=True)
class Turned:
    """How soon a changed habit was followed."""

    confirmed: int
    """Uses without objection before."""

    other: list[int]
    """Corrections of each phrase until it means the other intent."""

    nothing: list[int]
    """Corrections of each phrase until nothing happens any more."""


@dataclass(frozen=True)
class Misheld:
    """A household in which some flips are wrong."""

    wrong: float
    """Share of wrong flips."""

    obeyed: list[float]
    """Share of the phrases obeyed, use by use."""


def write_page(
    folder: Path,
    text: Text,
    groups: Sequence[str],
    needed: tuple[list[int], list[int]],
    known: tuple[Known, Known],
    lessons: Lessons,
    turns: Sequence[Turned],
    slips: Sequence[Misheld],
    pieces: Mapping[str, Mapping[str, Pieces]],
) -> Path:
    """Write the page.

    Args:
        groups: of each phrase.
        needed: corrections of each phrase, with the n-gram counts of the base and with those made without the
            sentences.
        known: the same for what the lamp does when all phrases were taught.
        turns: one for each amount of use.
        slips: households in pairs, without and with wrong flips.
        pieces: what came of pieces of the sentences, by group and place.
    """
    parts = [
        "# New phrases: how soon they are obeyed, and what that costs",
        "Written by `python -m benchmarks.new_phrases --data FOLDER`; do not edit.",
        f"{len(groups)} phrases (benchmarks/new_phrases.yaml) that the base model does not obey: words of a "
        "household's own as the recogniser would write them, scenes and remarks. They were written for this page, "
        "and nothing was chosen by them. Each is taught to the learner in service as a claim, which is what a flip of "
        "the switch "
        "after it is, until it is obeyed when heard word by word, and is then forgotten.",
        "## Corrections until a phrase is obeyed",
        _verdict_new(needed[0]),
        _needed(groups, needed[0]),
        f"With n-gram counts made without the sentences below: median {median(needed[1]):g}, most {max(needed[1])}.",
        "## What else switches the lamp then",
        _verdict_idle(known[0]),
        _idle(text, known),
        "Sentences that ask for nothing, heard word by word; one counts if the lamp switches at any word of it, even "
        "if that is taken back at its end. They are from the given data and not shown here. **The network was "
        "trained on the first two groups, and its n-gram counts, which hold back what a household teaches, have "
        "seen them too.** So they are heard a second time with counts made without these requests and without the "
        "meetings from which the talk is. Neither has seen the third group; nobody has labelled it, and sentences "
        "that name a lamp are left out of it. “Holding” are sentences at which the lamp switches only since it "
        "was taught, and which hold one of the phrases word for word, and other words; “being” are those that are "
        "one of the phrases, word for word, and nothing else: no lamp can obey the phrase and not the sentence.",
        "## A taught phrase within another sentence",
        "From each of these sentences one to three words in a row are taken and taught as a command, "
        f"{TIMES} times, each "
        "piece alone, if the lamp does nothing at it before. Then the sentence is heard, in which the taught phrase "
        "occurs word for word; and the piece after words that lead to nothing in particular, after which it is to be "
        "obeyed. Counts of the base.",
        pieces_table(pieces),
        "## The same phrases, said a little differently",
        _variants(known, len(groups)),
        "## One lesson",
        _lessons(lessons),
        "## A habit that changes",
        _verdict_turn(turns),
        _turns(turns),
        f"Each phrase is taught {TIMES} times, then used without objection, "
        f"{STRENGTH['unobjected']:g} of a lesson each. Then the "
        "switch is flipped to the other side after it, or flipped back, until the lamp does what is meant now.",
        "## Wrong flips",
        _slips(slips),
    ]
    path = folder / "new_phrases.md"
    path.write_text("\n\n".join(wrapped(part) for part in parts) + "\n", encoding="utf-8")
    return path


def _verdict_new(needed: Sequence[int]) -> str:
    within = sum(count <= REACH for count in needed)
    met = within == len(needed) and median(needed) <= 2
    return (
        f"**{'Met' if met else 'Not met'}** (reach: at most {REACH}, median 2): {within} of {len(needed)} phrases are "
        f"obeyed after at most {REACH} corrections; median {median(needed):g}, most {max(needed)}."
    )


def _needed(groups: Sequence[str], needed: Sequence[int]) -> str:
    most = max(needed)
    rows = []
    for title in [*dict.fromkeys(groups), "all"]:
        own = [count for group, count in zip(groups, needed, strict=True) if title in (group, "all")]
        histogram = [str(own.count(count)) for count in range(most + 1)]
        rows.append([title, f"{len(own)}", f"{median(own):g}", f"{max(own)}", *histogram])
    return markdown(
        ["phrases", "number", "median", "most", *(f"after {count}" for count in range(most + 1))], rows
    )


def _verdict_idle(known: Known) -> str:
    before, after = sum(known.before[:2]), sum(known.after[:2])
    if after <= before:
        verdict = "Met"
    elif after <= before + known.phrase_itself:
        verdict = f"Met but for {known.phrase_itself} that is to be obeyed"
    else:
        verdict = "Not met"
    return (
        f"**{verdict}** (reach: none more of 2,000): {before} of {2 * EACH:,} "
        f"sentences switch the lamp before, {after} after all phrases were taught three times each. New ones that are "
        f"a taught phrase and nothing else: {known.phrase_itself}; that hold one, word for word, among other words: "
        f"{known.holding}."
    )


def _idle(text: Text, known: tuple[Known, Known]) -> str:
    rows = []
    for at, title in enumerate(text.groups):
        cells = [f"{each.before[at]} → {each.after[at]}" for each in known]
        rows.append([title, f"{len(text.groups[title]):,}", *cells])
    rows.append(["holding a taught phrase", "", *(str(each.holding) for each in known)])
    rows.append(["being a taught phrase", "", *(str(each.phrase_itself) for each in known)])
    return markdown(["", "sentences", "counts of the base", "counts without them"], rows)


def _variants(known: tuple[Known, Known], number: int) -> str:
    rows = [[title, *(f"{each.obeyed[title]} of {number}" for each in known)] for title in known[0].obeyed]
    return markdown(["obeyed", "counts of the base", "counts without them"], rows)


def _lessons(lessons: Lessons) -> str:
    times = lessons.seconds
    return (
        f"Median {1000 * median(times):.0f} ms, worst {1000 * max(times):.0f} ms of one x86 core over {len(times)} "
        f"lessons; the very first after a start, which reads the sanity set, {1000 * lessons.first:.0f} ms. A small "
        f"board takes several times as long. (Reach: 1 s.) Extra memory at its peak {lessons.memory / 1e6:.0f} MB "
        f"(reach: 60 MB), n-gram counts and sanity set included. {lessons.waiting} lessons waited for retraining."
    )


def _verdict_turn(turns: Sequence[Turned]) -> str:
    within = min(fmean(n <= REACH_TURN for n in turn.other) for turn in turns)
    return (
        f"**{'Met' if within == 1 else 'Not met'}** (reach: within {REACH_TURN} corrections): {100 * within:.0f} % of "
        "the phrases at least."
    )


def _turns(turns: Sequence[Turned]) -> str:
    rows = []
    for turn in turns:
        cells = [f"{median(n):g}, {max(n)}" for n in (turn.other, turn.nothing)]
        within = sum(n <= REACH_TURN for n in turn.other)
        rows.append([f"{turn.confirmed}", cells[0], f"{within} of {len(turn.other)}", cells[1]])
    return markdown(
        [
            "uses before",
            "to the other intent: median, most",
            f"within {REACH_TURN}",
            "to nothing: median, most",
        ],
        rows,
    )


def _slips(slips: Sequence[Misheld]) -> str:
    right = [fmean(slip.obeyed) for slip in slips if not slip.wrong]
    wrong = [fmean(slip.obeyed) for slip in slips if slip.wrong]
    late = [
        [fmean(s.obeyed[len(s.obeyed) // 2 :]) for s in slips if bool(s.wrong) == wrongly]
        for wrongly in (False, True)
    ]
    lost = 100 * (fmean(right) - fmean(wrong))
    return (
        f"**{'Met' if lost <= 2 else 'Not met'}** (reach: at most 2 points): all phrases are used "
        f"{len(slips[0].obeyed)} times in turn in one household, learning from the beginning; with 5 % of the flips "
        f"wrong {100 * fmean(wrong):.1f} % of the uses are obeyed, without {100 * fmean(right):.1f} %: "
        f"{lost:.1f} points. In the second half {100 * fmean(late[1]):.1f} % against {100 * fmean(late[0]):.1f} %. "
        "A wrong flip takes back what was right (an objection, which counts "
        f"{STRENGTH['objected'] / STRENGTH['unobjected']:g} times as much as silence), or is none where one was due. "
        f"Means of {len(right)} runs."
    )
