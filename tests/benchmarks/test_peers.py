"""Every peer reads word by word what it reads at once, learns what is plain, and knows what it weighs."""

import numpy as np
import pytest

from benchmarks import peers
from benchmarks.peers import KINDS
from benchmarks.peers.kneser_ney import TRIGRAMS, Trigrams
from benchmarks.peers.logistic import LogisticRecipe, held_out, new_grams
from benchmarks.peers.mined import closest
from benchmarks.peers.peer import step_us
from model.examples import Utterance
from model.intent import INTENTS
from model.recipe import Recipe
from model.vocabulary import END

TRAINED = [name for name in KINDS if name != "hassil"]

ROOMS = "kitchen bedroom garage office hallway attic cellar bathroom".split()


def utterances() -> list[Utterance]:
    said = []
    for room in ROOMS:
        said += [
            Utterance(("turn", "on", "the", room, "light"), "light_on"),
            Utterance(("switch", "off", "the", room, "light"), "light_off"),
            Utterance(("what", "is", "the", "weather", "in", "the", room), "none"),
            Utterance(("turn", "on", "the", room, "radio"), "none"),
        ]
    # Enough passes for the networks; people's own requests count more.
    return [Utterance(u.words, u.intent, 3.0 if copy == 0 else 1.0) for copy in range(12) for u in said]


SENTENCES = [
    ("turn", "on", "the", "garage", "light"),
    ("switch", "off", "the", "pantry", "light"),
    ("well",),
    ("the", "the", "the", "light", *["and", "then"] * 20),
]


@pytest.fixture(scope="module", params=TRAINED)
def peer(request):
    return peers.fit(request.param, utterances(), 0)


def test_word_by_word_and_at_once_are_the_same(peer):
    for words, trace in zip(SENTENCES, peer.hear_all(SENTENCES), strict=True):
        assert trace.shape == (len(words) + 1, 3)
        np.testing.assert_allclose(trace, peer.stream(words), atol=2e-5)
        np.testing.assert_allclose(trace.sum(axis=1), 1, atol=1e-5)


def test_a_word_still_to_come_changes_nothing_before_it(peer):
    short, long = peer.hear_all([("turn", "on", "the"), ("turn", "on", "the", "garage", "radio")])
    np.testing.assert_allclose(short[:3], long[:3], atol=2e-5)


def test_it_learns_what_is_plain(peer):
    on, off, none = peer.hear_all([u.words for u in utterances()[:3]])
    assert [int(trace[-1].argmax()) for trace in (on, off, none)] == [0, 1, 2]


def test_it_has_a_size(peer):
    assert peer.parameters > 0
    assert peer.bytes >= 4 * peer.parameters


def test_the_keys_of_our_n_grams_have_a_size_too():
    ours, other = peers.fit("saffu_explicit", utterances(), 0), peers.fit("no_block", utterances(), 0)
    for peer, evidence in ((ours, ours.model.evidence), (other, other.evidence)):
        words = sum(len(word) + 1 for word in peer.vocabulary.words)
        assert peer.bytes == 4 * peer.parameters + 8 * len(evidence.keys) + words
        assert len(evidence.keys) > 0


def test_networks_are_about_as_large_as_ours():
    said = [Utterance((f"word{n}",), "none") for n in range(1600)] + utterances()
    sizes = {name: peers.fit(name, said, 0).parameters for name in ("saffu", "gru", "transformer")}
    assert max(sizes.values()) < 1.2 * min(sizes.values())


def test_a_step_takes_time(peer):
    assert step_us(peer, SENTENCES[:2]) > 0


def test_every_peer_of_the_command_line_has_a_file_a_recipe_and_a_title_of_its_own():
    assert all(hasattr(peers.recipe_of(name), "fit") for name in KINDS)
    assert len({kind.title for kind in KINDS.values()}) == len(KINDS)


def test_ours_and_the_mined_search_the_pool_for_hard_negatives():
    trap = [Utterance(("turn", "on", "the", "garage", "light", "show"), "none")] * 20
    said = [u.words for u in trap]

    def moved(name: str) -> bool:
        without, with_pool = (peers.fit(name, utterances(), 0, pool).hear_all(said)[0] for pool in ((), trap))
        return not np.array_equal(without, with_pool)

    assert {name for name in TRAINED if moved(name)} == {
        "saffu",
        "network",
        "evidence",
        "saffu_cold",
        "logistic_mined",
        "gru_mined",
    }


class Wary:
    """Fires at "bang", and half at the end of whatever has it."""

    def hear_all(self, sentences):
        return [
            np.array([[w == "bang", 0, 1] for w in words] + [[0.5 * ("bang" in words), 0, 1]])
            for words in sentences
        ]


def test_hard_negatives_come_closest_first_in_their_order_as_far_as_ours_hears():
    late = ("well",) * 25
    pool = [Utterance(w, "none") for w in (("a",), (*late, "bang"), ("bang",), ("b",), ("c", "bang"))]
    found = closest(Wary(), pool, Recipe(hard_negatives=4))
    assert [u.words for u in found] == [("bang",), ("c", "bang"), ("a",), (*late, "bang")]


def test_a_mined_peer_learns_nothing_twice():
    asked = []

    class Watching(LogisticRecipe):
        def fit(self, said, seed):
            asked.append(list(said))
            return super().fit(said, seed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(peers, "recipe_of", lambda _: Watching(prefixes=False, regularisation=(1.0,)))
        new = Utterance(("the", "garage", "light", "show"), "none")
        peers.fit("logistic_mined", utterances(), 0, [new, Utterance(utterances()[2].words, "none")])
    assert asked[1] == [*asked[0], new]


def test_templates_understand_whole_sentences_only():
    home = peers.fit("hassil", [], 0)
    said = [
        ("olly", "turn", "off", "the", "lights", "in", "the", "kitchen"),
        ("turn", "on", "the", "tv"),
        ("please", "switch", "on", "the", "bedside", "lamp"),
        ("turn", "on"),
        ("what", "time", "is", "it"),
    ]
    traces = home.hear_all(said)
    ends = [INTENTS[int(trace[-1].argmax())] for trace in traces]
    assert ends == ["light_off", "none", "light_on", "none", "none"]
    assert not any(trace[:-1].any() for trace in traces)
    np.testing.assert_array_equal(traces[0], home.stream(said[0]))


def sentence(text: str, weight: float) -> tuple[tuple[str, ...], int, float]:
    return (*text.split(), END), 0, weight


@pytest.mark.parametrize("least", [1.0, 0.125])
def test_trigrams_of_a_history_add_up_to_one_whatever_a_sentence_weighs(least):
    words = ["a", "b", "c", END, "<unknown>"]
    said = [sentence("a b a", 1), sentence("b b", least), sentence("a c", 3)]
    model = Trigrams.of(said, len(words))
    for history in (("<s>", "<s>"), ("<s>", "a"), ("a", "b"), ("c", "c"), ("nobody", "said")):
        total = sum(model.probability((*history, word)) for word in words)
        assert total == pytest.approx(1), history


def test_a_word_that_follows_many_is_likelier_after_a_new_history_than_a_frequent_one():
    # "francisco" is frequent but only after "san"; "york" is rare but follows two words.
    said = [sentence("san francisco", 9), sentence("new york", 1), sentence("old york", 1)]
    model = Trigrams.of(said, 7)
    assert model.probability(("x", "y", "york")) > model.probability(("x", "y", "francisco"))


def test_what_counts_only_from_some_word_on_is_counted_from_there():
    words = ("so", "so", "light", "light")
    model = TRIGRAMS.fit([Utterance(words, intent, since=2) for intent in INTENTS], 0)
    counted = model.models[0].orders[2].counts
    assert set(counted) == {("so", "so", "light"), ("so", "light", "light"), ("light", "light", END)}


def test_trigrams_know_a_sentence_broken_off_by_its_end_and_one_cut_off_by_none():
    broken = Utterance(("light", "light"), "none", since=2)
    cut = Utterance(("light", "light"), "light_on", finished=False)
    model = TRIGRAMS.fit([broken, cut, Utterance(("light",), "light_off")], 0)
    on, _, none = (trigrams.orders[2].counts for trigrams in model.models)
    assert set(none) == {("light", "light", END)}
    assert set(on) == {("<s>", "<s>", "light"), ("<s>", "light", "light")}


def test_n_grams_end_with_the_word_just_heard():
    assert list(new_grams(("turn", "on", "now"))) == [
        ["turn", "<s> turn"],
        ["on", "turn on", "<s> turn on"],
        ["now", "on now", "turn on now"],
    ]


def test_c_is_chosen_on_requests_of_people_with_their_near_duplicates():
    held = held_out(utterances(), 0)
    real = {u.words for u in utterances() if u.weight > 1}
    assert held
    assert held < real
