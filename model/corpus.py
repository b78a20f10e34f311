"""Training and test text: the phrases written here, and a folder of data files if there is one.

The folder holds what people really said (docs/data.md names the sources and their licences):

    real_text.jsonl       {"text", "label"}: requests to assistants, labelled; `ambiguous` ones are left out
    other_requests.jsonl  {"text", "label"}: requests on other subjects, `none` or `unlabelled`
    slurp_sentences.txt   a request to an assistant in each line, without label
    conversation.tsv      corpus, meeting, text with a header line: overheard talk, all of it `none`

Of the requests without label those are read that model/hand_labels.py has one for.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from model.cut_in import followed, pieces, preceded
from model.errors import ModelError
from model.examples import Utterance
from model.hand_labels import key, read_hand_labels
from model.intent import INTENTS
from model.misheard import confusions, misheard
from model.phrases import home_assistant_phrases, sample_phrases, without_prefixes
from model.spoken import held_out_texts, read_spoken, spoken_utterances
from model.unfinished import LAMPS, unfinished
from model.vocabulary import split_words

POOL_PIECES = 0.5
"""Share of the long utterances in which hard negatives are searched for of which a piece is looked at too."""


LEAST_MEETINGS = 4
"""With talk, so that some of it can be held out."""


@dataclass(frozen=True)
class Corpus:
    """What a folder of data files holds."""

    real: list[Utterance]
    """Labelled requests, light commands among them."""

    labelled: list[Utterance]
    """Requests labelled by hand, all of which name light or dark; learned from, never judged by."""

    requests: list[Utterance]
    """Requests that have nothing to do with a lamp."""

    talk: dict[str, list[Utterance]]
    """Overheard talk by meeting, in the order it was said."""


def read_corpus(folder: Path) -> Corpus:
    """Read the data files of a folder.

    Raises:
        ModelError: a file is missing or a line of it is not as described above.
    """
    talk: dict[str, list[Utterance]] = {}
    for meeting, text in _talk(folder / "conversation.tsv"):
        if words := split_words(text):
            talk.setdefault(meeting, []).append(Utterance(words, "none"))
    labels = read_hand_labels()
    return Corpus(
        list(_labelled(folder / "real_text.jsonl", {*INTENTS}, {"ambiguous"})),
        [Utterance(w, labels[key(w)]) for w in unlabelled_sentences(folder) if key(w) in labels],
        list(_labelled(folder / "other_requests.jsonl", {"none"}, {"unlabelled"})),
        talk,
    )


def check_can_be_judged(corpus: Corpus) -> None:
    """Raise ModelError when a corpus is too small to hold a part of it out."""
    missing = [intent for intent in INTENTS if all(u.intent != intent for u in corpus.real)]
    if missing:
        raise ModelError(
            f"real_text.jsonl has no request labelled {' or '.join(missing)}; cross-validation needs some of each."
        )
    if len(corpus.talk) < LEAST_MEETINGS:
        raise ModelError(
            f"conversation.tsv has {len(corpus.talk)} meetings; at least {LEAST_MEETINGS} are needed, since one "
            "in four is held out."
        )


def unlabelled_sentences(folder: Path) -> list[tuple[str, ...]]:
    """Return the words of every request that has no label, each once. Raises ModelError as `read_corpus` does."""
    requests = _entries(folder / "other_requests.jsonl", {"none", "unlabelled"})
    texts = [text for text, label in requests if label == "unlabelled"]
    texts += _lines(folder / "slurp_sentences.txt")
    return list(dict.fromkeys(words for text in texts if (words := split_words(text))))


def _labelled(path: Path, kept: set[str], left_out: set[str]) -> Iterator[Utterance]:
    for text, label in _entries(path, kept | left_out):
        if label in kept and (words := split_words(text)):
            yield Utterance(words, label)


def _entries(path: Path, labels: set[str]) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(_lines(path), start=1):
        try:
            entry = json.loads(line)
            text, label = str(entry["text"]), entry["label"]
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(f'{path}, line {number}: not a JSON object with "text" and "label".') from error
        if label not in labels:
            allowed = ", ".join(sorted(labels))
            raise ModelError(f"{path}, line {number}: label {label!r} is not one of {allowed}.")
        yield text, label


def _talk(path: Path) -> Iterator[tuple[str, str]]:
    rows = csv.reader(_lines(path), delimiter="\t", quoting=csv.QUOTE_NONE)
    for number, row in enumerate(rows, start=1):
        if len(row) != 3:
            raise ModelError(f"{path}, line {number}: needs corpus, meeting and text, separated by tabs.")
        if number > 1:
            yield row[1], row[2]


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as file:
            yield from file
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(
            f"{path} cannot be read as text ({error}); --data names the folder that holds it."
        ) from error


@dataclass(frozen=True)
class Mixture:
    """How much of each source a training run takes."""

    command_cap: int = 25
    """Phrases from each of our own templates for light_on and light_off."""

    look_alike_cap: int = 80
    """Phrases from each of our own templates for none: more, since in a home most that is switched is no light."""

    home_assistant_cap: int = 6
    """Phrases from each template of home-assistant-intents."""

    phrase_weight: float = 1.0
    """How many times a phrase counts; more of them should count less, or they drown what people really said."""

    real_weight: float = 3.0
    """How many times a real labelled request counts."""

    spoken_weight: float = 0.5
    """How many times a phrase counts as the recogniser wrote it; 0 leaves these out."""

    requests: int = 20_000
    """Requests on other subjects, at most."""

    talk: int = 12_000
    """Utterances of overheard talk, at most; the rest is searched for hard negatives."""

    unfinished: float = 0.3
    """Share of the commands that are trained on once more, broken off."""

    misheard: float = 0.25
    """Share of the phrases that are trained on once more as the recogniser might have written them."""

    pieces: float = 0.3
    """Share of the long utterances that ask for nothing of which a piece is trained on too."""

    preceded: float = 0.25
    """Share of the short phrases that are trained on once more with a few words of talk before them."""

    followed: float = 0.25
    """Share of the short phrases that are trained on once more with a few words of talk behind them."""

    changed_weight: float = 0.5
    """How many times a phrase that was misheard or has talk around it counts, compared with the phrase itself."""


def phrase_utterances(mixture: Mixture, seed: int) -> list[Utterance]:
    """Return our own phrases and those of home-assistant-intents.

    A text that one of them calls none is dropped when it begins a command of the other, and so is every text that
    the test of spoken phrases says.
    """
    phrases = [p for p in sample_phrases(seed, mixture.command_cap) if p.intent != "none"]
    phrases += [p for p in sample_phrases(seed, mixture.look_alike_cap) if p.intent == "none"]
    phrases += home_assistant_phrases(seed, mixture.home_assistant_cap)
    weight = mixture.phrase_weight
    said = [
        Utterance(split_words(phrase.text), phrase.intent, weight) for phrase in without_prefixes(phrases)
    ]
    test = held_out_texts()
    return [utterance for utterance in said if utterance.words not in test]


def training_utterances(
    mixture: Mixture, seed: int, real: list[Utterance], requests: list[Utterance], talk: list[Utterance]
) -> list[Utterance]:
    """Return the mixture: phrases, as written and as heard, weighted real requests, samples of requests and talk."""
    random = np.random.default_rng(seed)

    def sample(source: list[Utterance], size: int) -> list[Utterance]:
        chosen = random.permutation(len(source))[:size]
        return [source[index] for index in sorted(chosen)]

    weighted = [Utterance(u.words, u.intent, mixture.real_weight) for u in real]
    phrases = phrase_utterances(mixture, seed)
    around = sample(talk, mixture.talk)
    spoken = read_spoken("train")
    whole = [
        *phrases,
        *(
            replace(u, weight=mixture.spoken_weight)
            for u in spoken_utterances(spoken)
            if mixture.spoken_weight
        ),
        *weighted,
        *sample(requests, mixture.requests),
        *around,
        *unfinished((u for u in [*phrases, *real] if u.intent != "none"), mixture.unfinished, seed),
    ]
    weight, test = mixture.changed_weight, held_out_texts()
    mistaken = misheard(phrases, confusions(spoken), mixture.misheard, weight, seed)
    return [
        *whole,
        *pieces((u for u in whole if u.intent == "none"), mixture.pieces, seed),
        *preceded(phrases, around, mixture.preceded, weight, seed),
        *followed(phrases, around, mixture.followed, weight, seed),
        *(u for u in mistaken if u.words not in test),
    ]


def pool(requests: list[Utterance], talk: list[Utterance]) -> list[Utterance]:
    """Return requests, talk and pieces of them in which hard negatives may be searched for.

    Talk was not labelled by hand, and in a long meeting somebody does ask for the lights; the search would find
    just those. So talk that names a lamp is left out.
    """
    whole = [*requests, *(u for u in talk if LAMPS.isdisjoint(u.words))]
    return [*whole, *pieces(whole, POOL_PIECES, 0)]
