"""Context tokens stand before what was said, can be told apart, and cannot be said."""

import pytest

from model.context_tokens import Context, with_context
from model.errors import ModelError
from model.examples import Utterance, encode
from model.recipe import Recipe
from model.training import Text, hear, train
from model.vocabulary import END, split_words


def test_what_is_known_of_light_and_day_gives_two_tokens_and_no_word_is_one():
    contexts = [Context(light, hour) for light in (True, False, None) for hour in (None, 0, 6, 12, 18)]
    tokens = {context.tokens for context in contexts}
    assert len(tokens) == len(contexts)
    assert Context(hour=6).tokens == Context(hour=11).tokens != Context(hour=12).tokens
    for token in {token for pair in tokens for token in pair}:
        assert split_words(token) != (token,)


@pytest.mark.parametrize("hour", [-1, 24])
def test_there_is_no_such_hour(hour):
    with pytest.raises(ModelError, match="0 to 23"):
        Context(hour=hour)


def test_talk_before_a_command_is_still_no_example_and_the_rest_is():
    plain = with_context(Utterance(("lights",), "light_on"), Context(False, 22))
    after_talk = with_context(
        Utterance(("so", "yes", "lights", "on"), "light_on", since=2), Context(False, 22)
    )
    text = Text.of([plain, after_talk], Recipe())
    examples = encode([plain, after_talk], text.vocabulary, 25)
    assert [row.sum() for row in examples.counted()] == [4, 3]
    assert {*plain.words, END} <= {*text.vocabulary.words}


def test_the_same_word_asks_for_what_the_light_is_not():
    said = [
        with_context(Utterance(("lights",), intent, 5.0), Context(light, hour))
        for light, intent in ((True, "light_off"), (False, "light_on"))
        for hour in range(24)
    ]
    model, vocabulary = train(said, Recipe(tuning=None))
    for light, index in ((False, 0), (True, 1)):
        trace = hear(model, vocabulary, (*Context(light, 9).tokens, "lights"))
        assert trace[-1].argmax() == index
        assert trace[-1, index] > 0.9
