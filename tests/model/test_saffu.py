"""The SAFFU family in torch: its plainest member is the model in service, and attention keeps its promises."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.attention_start import position_weights
from model.buried import NO_BURIED
from model.context_counts import targets
from model.errors import ModelError
from model.evidence import NO_EVIDENCE
from model.examples import Utterance, encode, windows
from model.language_model import LanguageModel, Sizes, Weights
from model.parts import Parts
from model.recipe import WarmStart
from model.saffu import Saffu
from model.saffu_start import solve, start_vectors
from model.vocabulary import Vocabulary
from model.warm_start import explicit_model
from tests.export.test_step_graph import random_model

SIZES = Sizes(known_words=20, hashed_slots=3, bits=8, radius=2, hidden=6)
EVERYTHING = Parts(attention=5, document=True, hidden="softmax")
sentences = st.lists(st.integers(0, 23), min_size=1, max_size=12)


PUBLISHED = Parts(attention=4, weighting="-log softmax", document=True, hidden="softmax", block=False)


def family_member(parts: Parts = EVERYTHING, seed: int = 0) -> Saffu:
    """A random one, its attention far from uniform, its decoders far from zero."""
    torch.manual_seed(seed)
    saffu = Saffu(SIZES, parts)
    with torch.no_grad():
        saffu.positions.normal_(0, 3)
        for decoder in (saffu.direct, saffu.lamp, saffu.block, saffu.words):
            decoder.uniform_(-1, 1)
    return saffu.requires_grad_(False)


def text() -> tuple[Vocabulary, list[Utterance]]:
    random = np.random.default_rng(3)
    words = [f"w{n}" for n in range(20)]
    said = [tuple(random.choice(words, random.integers(1, 9))) for _ in range(60)]
    return Vocabulary(tuple(words), 3), [
        Utterance(w, random.choice(["light_on", "light_off", "none"]), float(random.integers(1, 3)))
        for w in said
    ]


ALL_PARTS = [
    Parts(),
    EVERYTHING,
    Parts(attention=5),
    Parts(attention=30, document=True),
    Parts(block=False),
]


@pytest.mark.parametrize("parts", ALL_PARTS)
@given(ids=sentences)
@settings(deadline=None, max_examples=30)
def test_products_shifted_are_products_of_the_features(parts, ids):
    saffu = family_member(parts)
    heard = torch.tensor([ids])
    x = saffu.features(heard)
    assert torch.allclose(saffu.through(heard, saffu.hidden), x @ saffu.hidden, atol=1e-5)
    lamp, _ = saffu(heard)
    h = saffu.hidden_layer(x)
    logits = x @ saffu.direct + h @ saffu.lamp + saffu.lamp_bias
    if parts.block:
        logits = logits + torch.stack([h[0, : m + 1].amax(dim=0) for m in range(len(ids))]) @ saffu.block
    assert torch.allclose(lamp, logits, atol=1e-4)
    assert torch.equal(lamp, saffu.lamp_logits(heard))


@pytest.mark.parametrize("parts", ALL_PARTS)
def test_many_utterances_are_read_as_each_alone(parts):
    saffu = family_member(parts)
    ids = np.array([[3, 5, 7, 2, 9], [4, 6, 0, 0, 0]], np.int32)
    both = saffu.read_all(ids)
    assert np.allclose(both[0], saffu.read([3, 5, 7, 2, 9]), atol=1e-5)
    assert np.allclose(both[1, :2], saffu.read([4, 6]), atol=1e-5)
    assert np.allclose(both.sum(axis=2), 1, atol=1e-5)


def test_only_the_parts_in_service_lead_back_to_the_model_in_service():
    model, _ = random_model(2)
    back = Saffu.of(model).in_service()
    assert all(np.array_equal(getattr(back.weights, n), w) for n, w in vars(model.weights).items())
    assert back.sizes == model.sizes
    torch.manual_seed(0)
    assert Saffu(SIZES, Parts(vectors="random")).in_service().sizes == SIZES
    for parts in (EVERYTHING, Parts(block=False), Parts(document=True), Parts(hidden="softmax")):
        with pytest.raises(ModelError, match="can be shipped"):
            family_member(parts).in_service()


@given(sentences, st.integers(0, 9))
@settings(deadline=None, max_examples=40)
def test_the_plainest_member_is_the_model_in_service(ids, seed):
    model = replace(random_model(seed)[0], evidence=NO_EVIDENCE, buried=NO_BURIED)
    lamp, words = Saffu.of(model)(torch.tensor([ids]))
    assert np.allclose(lamp.softmax(-1)[0].detach(), model.read(ids), atol=1e-5)
    _, state, _ = model.step(0, model.initial_state())
    for position, word in enumerate(ids):
        if word == 0:  # a step with id 0 begins anew
            return
        _, state, expected = model.step(word, state)
        assert np.allclose(words.softmax(-1)[0, position].detach(), expected, atol=1e-5)


def test_the_weights_of_the_paper_are_minus_the_logarithm_of_the_others():
    ours = family_member(Parts(attention=4))
    theirs = family_member(Parts(attention=4, weighting="-log softmax"))
    ids = torch.tensor([[3, 5, 7, 2, 9, 4]])
    P, index = ours.position_weights(ids, ours.vectors[ids])
    N, same_index = theirs.position_weights(ids, theirs.vectors[ids])
    assert torch.equal(index, same_index)
    there = P > 0
    assert torch.allclose(N[there], -P[there].log(), atol=1e-5)
    assert (N[~there] == 0).all(), "what is not heard yet weighs nothing"
    assert there.sum() == 1 + 2 + 3 + 3 * 4


@pytest.mark.parametrize(
    "parts",
    [EVERYTHING, PUBLISHED, Parts(attention=30), Parts(document=True, block=False)],
)
@given(ids=sentences)
@settings(deadline=None, max_examples=30)
def test_what_follows_does_not_change_what_was_predicted_before(parts, ids):
    saffu = family_member(parts)
    shorter, longer = saffu(torch.tensor([ids])), saffu(torch.tensor([[*ids, 7]]))
    for before, after in zip(shorter, longer, strict=True):
        assert torch.allclose(before[0], after[0, :-1], atol=1e-5)


@given(sentences)
@settings(deadline=None, max_examples=40)
def test_uniform_attention_is_the_document_mean_while_the_sentence_fits(ids):
    saffu = family_member(Parts(attention=12, document=True))
    torch.nn.init.zeros_(saffu.positions)
    r, D = SIZES.radius, SIZES.bits
    _, attended, document = saffu.features(torch.tensor([ids])).split([r * D, D, D], dim=-1)
    assert torch.allclose(attended, document, atol=1e-5)


@given(sentences)
@settings(deadline=None, max_examples=40)
def test_comparisons_from_the_table_equal_those_computed(ids):
    saffu = family_member()
    computed = saffu(torch.tensor([ids]))
    saffu.freeze_vectors()
    looked_up = saffu(torch.tensor([ids]))
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(computed, looked_up, strict=True))


def test_frozen_comparisons_are_really_looked_up():
    saffu = family_member()
    before = saffu(torch.tensor([[1, 2, 3]]))[0]
    saffu.freeze_vectors()
    saffu.comparisons[1:4, 1:4] = torch.eye(3)
    assert not torch.allclose(saffu(torch.tensor([[1, 2, 3]]))[0], before)
    saffu.thaw_vectors()
    assert torch.allclose(saffu(torch.tensor([[1, 2, 3]]))[0], before)
    assert saffu.vectors.requires_grad


@given(sentences, st.integers(1, 15))
@settings(deadline=None, max_examples=40)
def test_a_short_sentence_uses_the_leading_block_of_w_as_masking_would(ids, K):
    saffu = family_member(Parts(attention=K))
    E, W = saffu.vectors.double(), saffu.positions.double()
    A, index = saffu.position_weights(torch.tensor([ids]), saffu.vectors[torch.tensor([ids])])
    for newest in range(len(ids)):
        there = list(range(max(0, newest - K + 1), newest + 1))
        Q = torch.zeros(K, dtype=torch.float64)
        Q[: len(there)] = E[[ids[j] for j in there]] @ E[ids[newest]]
        logits = Q @ W
        logits[len(there) :] = -torch.inf
        assert index[newest, : len(there)].tolist() == there
        assert torch.allclose(A[0, newest].double(), logits.softmax(0)[: A.shape[-1]], atol=1e-4)


@given(sentences, st.integers(1, 15))
@settings(deadline=None, max_examples=40)
def test_attention_in_torch_equals_attention_in_numpy(ids, K):
    saffu = family_member(Parts(attention=K))
    A, _ = saffu.position_weights(torch.tensor([ids]), saffu.vectors[torch.tensor([ids])])
    E, W = saffu.vectors.double().numpy(), saffu.positions.double().numpy()
    assert np.allclose(A.numpy(), position_weights(np.array([ids]), E, W), atol=1e-4)


def test_the_explicit_start_of_the_plainest_member_is_that_of_the_model_in_service():
    vocabulary, said = text()
    examples = encode(said, vocabulary, 25)
    frequencies = np.bincount(examples.ids.ravel(), minlength=SIZES.vocabulary).astype(float)
    expected = explicit_model(SIZES, frequencies, examples, WarmStart())
    saffu = Saffu(SIZES, Parts())
    solve(saffu, frequencies, examples, WarmStart())
    for name, tensor in saffu.named_parameters():
        if name != "positions":
            assert np.allclose(tensor.detach(), getattr(expected.weights, name), atol=1e-3), name


@pytest.mark.parametrize("vectors", ["cipher", "co-occurrence", "random"])
@pytest.mark.parametrize("hidden", ["relu", "softmax"])
def test_the_explicit_start_of_every_member_predicts_words_better_than_unigrams(vectors, hidden):
    vocabulary = Vocabulary(tuple("abcdefgh"), 1)
    # Each letter is followed by the next one, from any of them on.
    said = [Utterance(tuple("abcdefgh"[k:]), "none") for k in range(7)] * 20
    examples = encode(said, vocabulary, 25)
    frequencies = np.bincount(examples.ids.ravel(), minlength=10).astype(float)
    sizes = Sizes(known_words=8, hashed_slots=1, sound_slots=0, bits=16, radius=1, hidden=6)
    parts = Parts(vectors=vectors, attention=4, hidden=hidden)
    E = start_vectors(sizes, parts, frequencies, examples)
    assert (E > 0).all()
    assert np.allclose(E.sum(axis=1), 1, atol=1e-4)
    saffu = Saffu(sizes, parts)
    solve(saffu, frequencies, examples, WarmStart(), np.zeros((4, 4)))
    following = targets(examples, "next word")[examples.followed()]
    unigrams = np.bincount(following, minlength=10) / len(following)
    logits = saffu(torch.from_numpy(examples.ids).long())[1].detach()[torch.from_numpy(examples.followed())]
    loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(following)).item()
    assert loss < -np.log(unigrams[following]).mean() - 0.05


def test_windows_of_the_examples_are_the_radial_context():
    saffu = family_member(Parts())
    ids = np.array([[3, 5, 7, 2]], np.int32)
    expected = saffu.vectors[torch.from_numpy(windows(ids, SIZES.radius)).long()].reshape(1, 4, -1)
    assert torch.equal(saffu.radial(saffu.vectors[torch.from_numpy(ids).long()]), expected)


def test_all_weights_of_the_model_in_service_are_taken_over():
    model, _ = random_model(5)
    saffu = Saffu.of(model)
    taken = {name for name, _ in saffu.named_parameters()} - {"positions"}
    assert taken == set(Weights.__dataclass_fields__)
    assert isinstance(model, LanguageModel)


@pytest.mark.parametrize("times", [1, 2])
def test_every_test_begins_with_the_same_random_numbers(times):
    drawn = torch.rand(times)[0].item()
    torch.manual_seed(0)
    assert drawn == torch.rand(1).item()
