"""A training run as a board without torch would do it."""

from model.examples import Utterance
from model.language_model import Sizes
from model.recipe import Recipe
from model.training import train


def train_plainly() -> None:
    """Train on two utterances, explicit solution only."""
    sizes = Sizes(known_words=8, hashed_slots=2, bits=8, hidden=8, radius=2)
    said = [Utterance(("light", "on"), "light_on"), Utterance(("radio", "on"), "none")]
    model, vocabulary = train(said, Recipe(sizes=sizes, tuning=None))
    assert model.read(vocabulary.ids(("light", "on")))[-1, 0] > 0.3
