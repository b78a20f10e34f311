"""The list of words that are written for key words."""

from model.sounds_alike import ALIKE, KEYS, key_of


def test_no_word_sounds_like_two_key_words_and_no_key_word_like_another():
    words = [word for text in ALIKE.values() for word in text.split()]
    assert len(set(words)) == len(words)
    assert not {*words} & {*KEYS}


def test_a_word_that_sounds_like_nothing_has_no_key():
    assert key_of("like") == "light"
    assert key_of("light") is None
    assert key_of("umbrella") is None
