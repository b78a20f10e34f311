"""A small picture of an utterance: how likely each intent was after each word, and where the lamp decided.

Inline SVG, drawn here. Colours come from the style sheet; lines differ in their dashes too, for who sees no colours.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup, escape

from model.intent import ACTIONS, INTENTS, Intent
from runtime.decision import Probabilities
from runtime.page.words import INTENT_NAMES

WIDTH: Final = 240
HEIGHT: Final = 56
"""Units of the picture; it is shown as wide as there is room."""

MOST_WORDS: Final = 48
"""Drawn; of a longer utterance those around the decision, else the last."""

_EDGE: Final = 3
_STUB: Final = 30
"""Half the line of a single word."""


def plot(
    words: Sequence[str],
    trace: Sequence[Probabilities],
    decided_word: int | None,
    thresholds: Mapping[Intent, float],
) -> Markup:
    """The picture; empty when nothing was worked out.

    Args:
        words: of the utterance.
        trace: what each word left likely.
        decided_word: the word after which it was decided, from 1; None when nothing was.
        thresholds: from which the lamp acts.
    """
    count = min(len(words), len(trace))
    if count == 0:
        return Markup("")
    begin = max(0, min(count - MOST_WORDS, (decided_word or count) - MOST_WORDS // 2))
    count = min(count - begin, MOST_WORDS)
    shown = [(words[begin + i], trace[begin + i]) for i in range(count)]
    parts = [_threshold(intent, thresholds[intent]) for intent in ACTIONS if intent in thresholds]
    if decided_word is not None and begin < decided_word <= begin + count:
        x = _x(decided_word - begin - 1, count)
        parts.append(f'<line class="at" x1="{x}" y1="0" x2="{x}" y2="{HEIGHT}"/>')
    for number, intent in enumerate(INTENTS):
        points = " ".join(f"{_x(i, count)},{_y(triple[number])}" for i, (_, triple) in enumerate(shown))
        parts.append(_curve(intent, points, count))
    step = WIDTH / count
    for i, (word, triple) in enumerate(shown):
        told = ", ".join(f"{INTENT_NAMES[intent]} {p:.0%}" for intent, p in zip(INTENTS, triple, strict=True))
        parts.append(
            f'<rect class="word" x="{i * step:.0f}" y="0" width="{step:.0f}" height="{HEIGHT}">'
            f"<title>{escape(word)}: {told}</title></rect>"
        )
    label = escape(_in_words(shown[-1][1], decided_word))
    head = f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img"'
    head += f' aria-label="{label}">'
    return Markup(head + "".join(parts) + "</svg>")


def _in_words(last: Probabilities, decided_word: int | None) -> str:
    told = ", ".join(f"{INTENT_NAMES[intent]} {p:.0%}" for intent, p in zip(INTENTS, last, strict=True))
    decided = "nothing was decided" if decided_word is None else f"decided after word {decided_word}"
    return f"Probabilities after each word; at the end: {told}; {decided}."


def _curve(intent: Intent, points: str, count: int) -> str:
    if count == 1:  # a line of one point is not drawn
        x, y = points.split(",")
        points = f"{int(x) - _STUB},{y} {int(x) + _STUB},{y}"
    return f'<polyline class="{intent}" points="{points}"/>'


def _threshold(intent: Intent, threshold: float) -> str:
    y = _y(threshold)
    return f'<line class="threshold {intent}" x1="0" y1="{y}" x2="{WIDTH}" y2="{y}"/>'


def _x(number: int, count: int) -> str:
    """The middle of a word's share of the width."""
    return f"{(number + 0.5) * WIDTH / count:.0f}"


def _y(probability: float) -> str:
    return f"{_EDGE + (1.0 - min(1.0, max(0.0, probability))) * (HEIGHT - 2 * _EDGE):.0f}"
