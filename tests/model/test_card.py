"""The model card says how a model was made, and nothing that was not done."""

from dataclasses import replace

from model.base_model import BASE_FOLDER, load_base
from model.build_base import DESCENT_SEED, RECIPE
from model.card import CARD_FILE, model_card
from model.evaluate import Figures


def test_the_card_in_the_repository_is_that_of_the_model_beside_it():
    base = load_base(BASE_FOLDER)
    kept = (BASE_FOLDER / CARD_FILE).read_text(encoding="utf-8")
    written = model_card(base, RECIPE, Figures(**base.metrics), 0)
    assert [line for line in kept.splitlines() if not line.startswith("Training took")] == [
        line for line in written.splitlines() if not line.startswith("Training took")
    ]
    assert f"(Adam, seed {DESCENT_SEED})" in kept


def test_without_data_neither_cross_validation_nor_hard_negatives_are_claimed():
    card = model_card(replace(load_base(BASE_FOLDER), metrics={}), RECIPE, None, None)
    assert "a fifth of the phrases" in card
    assert "cross-validat" not in card.lower()
    assert "hard negatives" not in card
    assert "## Figures" not in card
