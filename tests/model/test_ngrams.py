"""Numbers of n-grams, negations, and words that sound like key words."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.ngrams import MOST_IDS, NEGATED, NO_NGRAM, ORDER, SCOPE, SOUNDS, Lexicon, ngrams, ngrams_at
from model.sounds_alike import KEYS
from model.vocabulary import Vocabulary

NONE = Lexicon()
LEXICON = Lexicon(np.array([3, 7], np.int64), np.array([[4, 1], [6, 2]], np.int64))
sentences = st.lists(st.integers(1, MOST_IDS - 1), min_size=1, max_size=8)


def spelled(ids: list[int]) -> list[set[tuple[int, ...]]]:
    """The n-grams that end in each word, as tuples, the start token in front."""
    said = [0, *ids]
    return [
        {tuple(said[at - n + 1 : at + 1]) for n in (1, 2, 3) if at - n + 1 >= 0} for at in range(1, len(said))
    ]


@given(sentences, sentences)
def test_n_grams_have_one_number_each_and_no_two_share_it(ids, others):
    names: dict[int, tuple[int, ...]] = {}
    for sentence in (ids, others):
        keys = ngrams(np.array([sentence], np.int32), NONE)[0]
        for row, expected in zip(keys, spelled(sentence), strict=True):
            by_length = sorted(expected, key=len)
            for key, ngram in zip(row[row >= 0].tolist(), by_length, strict=True):
                assert names.setdefault(key, ngram) == ngram


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_a_negation_turns_the_words_after_it_and_no_others(ids):
    negators = Lexicon(np.array([3, 7], np.int64))
    plain, turned = (ngrams(np.array([ids], np.int32), which)[0] for which in (NONE, negators))
    for at in range(len(ids)):
        negated = any(word in (3, 7) for word in ids[max(0, at - SCOPE) : at])
        there = plain[at] != NO_NGRAM
        assert (turned[at][there] == plain[at][there] + negated * NEGATED).all()


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_one_word_after_another_has_the_n_grams_of_the_whole(ids):
    last, earlier, scope = 1, 0, 0
    alike = dict(LEXICON.alike.tolist())
    for word, expected in zip(ids, ngrams(np.array([ids], np.int32), LEXICON)[0], strict=True):
        assert list(ngrams_at(word, last, earlier, scope, alike)) == expected[expected >= 0].tolist()
        last, earlier = word + 1, last
        scope = SCOPE if word in LEXICON.negators else max(scope - 1, 0)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_what_sounds_alike_has_the_n_grams_of_the_key_word_besides_its_own(ids):
    keys = {4: 1, 6: 2}
    said = np.array([ids], np.int32)
    as_keys = ngrams(np.array([[keys.get(word, word) for word in ids]], np.int32), NONE)[0, :, :ORDER]
    heard = ngrams(said, Lexicon(alike=LEXICON.alike))[0]
    assert (heard[:, :ORDER] == ngrams(said, NONE)[0, :, :ORDER]).all()
    for at in range(len(ids)):
        for n in range(min(ORDER, at + 2)):
            sounds_alike = any(word in keys for word in ids[max(0, at - n) : at + 1])
            assert heard[at, ORDER + n] == (as_keys[at, n] | SOUNDS if sounds_alike else NO_NGRAM)


def test_a_vocabulary_tells_which_of_its_words_sound_like_a_key_word():
    words = ("the", "light", "like", "lamp", "don't", "witch", "off")
    vocabulary = Vocabulary(words, hashed_slots=2, sound_slots=len(KEYS))
    lexicon = Lexicon.of(vocabulary)
    light, off = vocabulary.id("light"), vocabulary.id("off")
    slots = {vocabulary.id("lite"): light, vocabulary.id("often"): off}
    assert dict(lexicon.alike.tolist()) == {3: light, 4: light, **slots}  # no "switch", so no "witch" either
    assert lexicon.negators.tolist() == [5]
    assert lexicon.keys(np.array([vocabulary.ids(("the", "lice", "lite"))])).tolist() == [
        [1, vocabulary.id("lice"), light]
    ]


def test_ids_that_are_put_in_move_those_behind_them_and_sound_like_the_slots_they_shared():
    grown = Lexicon(np.array([3], np.int64), np.array([[4, 2], [9, 2]], np.int64)).grown(5, [9, 8])
    assert grown.negators.tolist() == [3]
    assert grown.alike.tolist() == [[4, 2], [5, 2], [11, 2]]
