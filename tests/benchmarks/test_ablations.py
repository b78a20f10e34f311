"""Every variant is the shipped recipe but for one thing, and the page sets them beside it."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import ablations, peers
from benchmarks.ablations import SHIPPED, TITLES
from benchmarks.peers import KINDS, VARIANTS, kind_of, recipe_of
from benchmarks.protocol import Cost, Heard, Result, mixture_of
from model.corpus import Mixture
from model.examples import Utterance
from model.intent import INTENTS
from model.recipe import Recipe

ROOMS = "kitchen bedroom garage office hallway attic cellar bathroom".split()

ON_TEXT = [name for name, kind in VARIANTS.items() if kind.mixture]
IN_MODEL = [name for name, kind in VARIANTS.items() if not kind.mixture]

SENTENCES = [
    ("turn", "on", "the", "garage", "light"),
    ("switch", "off", "the", "pantry", "light"),
    ("the", "the", "the", "light", *["and", "then"] * 20),
]


def utterances() -> list[Utterance]:
    said = []
    for room in ROOMS:
        said += [
            Utterance(("turn", "on", "the", room, "light"), "light_on", 3.0),
            Utterance(("switch", "off", "the", room, "light"), "light_off", 3.0),
            Utterance(("what", "is", "the", "weather", "in", "the", room), "none"),
            Utterance(("turn", "on", "the", room, "radio"), "none"),
        ]
    said.append(Utterance(("turn", "on", "the", "like"), "light_on", 3.0))
    # More words than are known, so that it matters how many are.
    many = [Utterance(tuple(f"word{n}" for n in range(k, k + 10)), "none") for k in range(0, 1600, 10)]
    return said * 12 + many


POOL = [Utterance(("turn", "on", "the", room, "light", "show"), "none") for room in ROOMS]


@pytest.fixture(scope="module")
def fitted():
    """All models trained on the toy text, each once."""
    found: dict[str, peers.Peer] = {}

    def fit(name: str) -> peers.Peer:
        if name not in found:
            found[name] = peers.fit(name, utterances(), 0, POOL)
        return found[name]

    return fit


def weights(peer) -> dict[str, np.ndarray]:
    """By name, whichever kind of network it is; without a part its array is empty."""
    if hasattr(peer, "network"):
        return {name: p.detach().numpy() for name, p in peer.network.named_parameters()}
    return vars(peer.model.weights)


ALIKE = {"ngrams_3000", "ngrams_30000", "words_by_frequency"}
"""The few sentences of this test have fewer n-grams and fewer words than any of these keeps."""


@pytest.mark.parametrize("name", IN_MODEL)
def test_every_variant_learns_word_by_word_and_is_not_what_is_shipped(name, fitted):
    variant = fitted(name)
    shipped = fitted(SHIPPED)
    for words, trace, other in zip(
        SENTENCES, variant.hear_all(SENTENCES), shipped.hear_all(SENTENCES), strict=True
    ):
        assert trace.shape == (len(words) + 1, 3)
        np.testing.assert_allclose(trace, variant.stream(words), atol=2e-5)
        np.testing.assert_allclose(trace.sum(axis=1), 1, atol=1e-5)
        assert name in ALIKE or not np.allclose(trace, other, atol=1e-4)
    ends = [trace[-1].argmax() for trace in variant.hear_all([u.words for u in utterances()[:3]])]
    assert [INTENTS[end] for end in ends] == ["light_on", "light_off", "none"]
    assert variant.parameters > 0
    assert variant.bytes > 4 * variant.parameters


SHAPES = {
    "document": ("hidden", (6 * 48, 64)),
    "no_block": ("block", (0, 3)),
    "attention": ("positions", (16, 16)),
    "hidden_24": ("lamp", (24, 3)),
    "hidden_96": ("lamp", (96, 3)),
    "radius_3": ("direct", (3 * 48, 3)),
    "radius_8": ("direct", (8 * 48, 3)),
    "words_700": ("vectors", (1 + 700 + 32 + 4, 48)),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_are_those_of_the_change(name, fitted):
    which, shape = SHAPES[name]
    assert weights(fitted(name))[which].shape == shape
    assert which == "positions" or weights(fitted(SHIPPED))[which].shape != shape


def test_more_words_are_known_when_more_may_be(fitted):
    assert fitted(SHIPPED).parameters < fitted("words_3000").parameters


def test_vectors_that_never_move_are_the_cipher_and_the_rest_still_learns(fitted):
    frozen, start, shipped = (weights(fitted(n)) for n in ("frozen_vectors", "saffu_explicit", SHIPPED))
    np.testing.assert_array_equal(frozen["vectors"], start["vectors"])
    assert not np.array_equal(frozen["hidden"], start["hidden"])
    assert not np.array_equal(shipped["vectors"], start["vectors"])


def test_without_hard_negatives_it_does_not_matter_what_the_pool_holds(fitted):
    other = [Utterance(("some", "other", "light"), "none")]
    again = peers.fit("no_hard_negatives", utterances(), 0, other)
    same = [np.array_equal(w, weights(again)[n]) for n, w in weights(fitted("no_hard_negatives")).items()]
    assert all(same)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_changes_the_recipe_or_the_text_or_is_told_a_context(name):
    recipe = recipe_of(name).recipe
    changed_text = mixture_of(name, Mixture()) != Mixture()
    told_besides = kind_of(name).module == "context_tokens"
    assert [recipe != Recipe(), changed_text, told_besides].count(True) == 1
    assert kind_of(name).pool == kind_of(SHIPPED).pool


MORE = {"command_cap": 75, "look_alike_cap": 240, "home_assistant_cap": 18, "phrase_weight": 1 / 3}


def test_text_is_changed_as_the_titles_say():
    mixtures = {name: mixture_of(name, Mixture()) for name in ON_TEXT}
    assert mixtures == {
        "no_broken_off": replace(Mixture(), unfinished=0.0),
        "more_phrases": replace(Mixture(), **MORE),
        "no_misheard": replace(Mixture(), misheard=0.0),
        "no_spoken": replace(Mixture(), spoken_weight=0.0, misheard=0.0),
        "no_cut_in": replace(Mixture(), pieces=0.0, preceded=0.0, followed=0.0),
    }


def test_names_and_titles_are_told_apart():
    assert not KINDS.keys() & VARIANTS.keys()
    assert len(set(TITLES.values())) == len(TITLES)
    assert set(TITLES) <= {*KINDS, *VARIANTS}


def heard(random: np.random.Generator, count: int, skill: float) -> Heard:
    """Requests whose right label is likelier the more skill there is."""
    intents = np.arange(count) % 3
    lengths = random.integers(1, 6, count)
    labels = np.repeat(intents, lengths + 1)
    rows = random.dirichlet(np.ones(3), len(labels)) + skill * np.eye(3)[labels]
    rows /= rows.sum(axis=1, keepdims=True)
    return Heard(intents.astype(np.int8), lengths.astype(np.int32), rows.astype(np.float32))


def results(skill: float) -> list[list[Result]]:
    """Two seeds of five folds."""
    random = np.random.default_rng(int(10 * skill))
    cost = Cost(1000, 4000, 1.0, 1.0)
    return [
        [Result(heard(random, 30, skill), heard(random, 30, skill), cost) for _ in range(5)] for _ in range(2)
    ]


def test_the_page_has_figures_and_paired_differences_of_every_variant(tmp_path):
    skills = {name: 0.9 if name == SHIPPED else 0.7 for name in TITLES}
    found = {name: results(skill) for name, skill in skills.items()}
    page = ablations.write_page(found, tmp_path, "the command").read_text(encoding="utf-8")
    for name, title in TITLES.items():
        rows = [line for line in page.splitlines() if line.startswith(f"| {title} |")]
        assert len(rows) == (1 if name == SHIPPED else 2)
    gap = next(line for line in page.splitlines()[::-1] if line.startswith(f"| {TITLES['no_block']} |"))
    shipped, other = (
        ablations.summarise(found[name], True).figures["streaming_1000"] for name in (SHIPPED, "no_block")
    )
    differences = [100 * (b - a) for a, b in zip(shipped, other, strict=True)]
    assert differences[0] != differences[1]
    assert np.mean(differences) < 0
    assert (
        f"{np.mean(differences):+.1f} ({min(differences):+.1f} to {max(differences):+.1f})"
        in gap.split("|")[3]
    )
    assert "2 seeds" in page
    assert "state of the light" in page


@pytest.mark.parametrize(
    ("some", "expected"), [([], list(TITLES)), (["--variants", "document"], [SHIPPED, "document"])]
)
def test_the_command_asks_for_the_variants_and_writes_the_page(tmp_path, monkeypatch, capsys, some, expected):
    asked = {}

    def compare(names, seeds, _data, mixture, work, jobs, _console):
        asked.update(names=names, seeds=seeds, mixture=mixture, work=work, jobs=jobs)
        return {name: results(1.0) for name in names}

    monkeypatch.setattr(ablations, "compare", compare)
    monkeypatch.setattr(ablations, "corpus_of", lambda _: None)
    arguments = ["--data", str(tmp_path), "--seeds", "2", "--jobs", "2", "--out", str(tmp_path / "docs")]
    assert ablations.main([*arguments, *some]) == 0
    assert asked["names"] == expected
    assert asked["names"][0] == SHIPPED
    assert (asked["seeds"], asked["jobs"], asked["mixture"]) == (2, 2, Mixture())
    assert "ablations.md" in capsys.readouterr().out
    page = (tmp_path / "docs" / "ablations.md").read_text(encoding="utf-8")
    assert " ".join(["--seeds 2", *some]) in page


@pytest.mark.parametrize("wrong", [["--seeds", "0"], ["--jobs", "0"], ["--variants", "no_such"], []])
def test_wrong_usage_is_refused(wrong, tmp_path, capsys):
    with pytest.raises(SystemExit) as exit_:
        ablations.main(["--data", str(tmp_path), *wrong] if wrong else [])
    assert exit_.value.code == 2
    assert capsys.readouterr().err


def test_missing_data_is_one_sentence(tmp_path, capsys):
    assert ablations.main(["--data", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "--data names the folder" in error
    assert "Traceback" not in error
