"""The base model that is committed."""

import numpy as np

from export.bundle import BASE_BUNDLE, load_bundle
from export.int8 import rounded
from export.session import StepSession
from model.base_model import BASE_FOLDER, load_base
from model.card import CARD_FILE
from model.ngrams import SOUNDS
from model.vocabulary import split_words

SENTENCES = [
    "turn on the light please",
    "could you switch off the lamp in the bedroom",
    "don't turn the light on",
    "the zyzzyva flew over the lighthouse",
]


def test_weights_and_bundle_are_the_same_model():
    base, bundle = load_base(BASE_FOLDER), load_bundle(BASE_BUNDLE)
    session, in_int8 = StepSession(bundle), rounded(base.model)
    assert bundle.vocabulary == base.vocabulary
    assert bundle.thresholds == base.thresholds
    assert bundle.final_thresholds == base.final_thresholds
    assert bundle.metrics == base.metrics
    for sentence in SENTENCES:
        words = split_words(sentence)
        state = session.start()
        for word, expected in zip(words, in_int8.read(base.vocabulary.ids(words)), strict=True):
            got, state = session.step(state, word)
            assert np.allclose(got, expected, atol=1e-5)


def test_the_base_model_is_small():
    assert sum(path.stat().st_size for path in [*BASE_FOLDER.iterdir(), *BASE_BUNDLE.iterdir()]) < 2_000_000


def test_the_pages_tell_how_much_of_it_is_what():
    base = load_base(BASE_FOLDER)
    keys = base.model.evidence.keys
    evidence, page = (
        (BASE_FOLDER.parent.parent / "docs" / f"{name}.md").read_text() for name in ("evidence", "model")
    )
    assert f"{len(keys):,} n-grams {np.count_nonzero(keys & SOUNDS):,} are of this kind" in evidence
    assert f"room for {len(base.vocabulary.words):,} words" in page


def test_the_card_tells_the_figures_of_the_model_beside_it():
    base = load_base(BASE_FOLDER)
    card = (BASE_FOLDER / CARD_FILE).read_text()
    assert f"{base.model.parameters:,} parameters" in card
    assert f"{base.metrics['recall']:.1%} of {base.metrics['commands']}" in card
    for source in ("SLURP", "HWU64", "CLINC150", "Snips", "AMI", "ICSI", "QMSum", "home-assistant-intents"):
        assert source in card
