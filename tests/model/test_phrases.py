"""The phrases to learn from: the same for a seed, spelled as the recogniser writes, one label each."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from model.errors import ModelError
from model.intent import ACTIONS, INTENTS
from model.phrases import TEMPLATES, Phrase, home_assistant_phrases, sample_phrases, without_prefixes
from model.phrases_grammar import WELL_FORMED, Grammar
from model.unfinished import LAMPS


@pytest.fixture(scope="module")
def ours() -> list[Phrase]:
    return sample_phrases(seed=3, per_template_cap=12)


@pytest.fixture(scope="module")
def theirs() -> list[Phrase]:
    return home_assistant_phrases(seed=3, cap=4)


def test_same_seed_gives_same_phrases_and_another_seed_others(ours: list[Phrase]) -> None:
    assert sample_phrases(seed=3, per_template_cap=12) == ours
    assert sample_phrases(seed=4, per_template_cap=12) != ours


def test_home_assistant_phrases_are_the_same_for_a_seed(theirs: list[Phrase]) -> None:
    assert home_assistant_phrases(seed=3, cap=4) == theirs


def test_every_group_of_the_file_is_present(ours: list[Phrase]) -> None:
    content = yaml.safe_load(TEMPLATES.read_text(encoding="utf-8"))
    wanted = {(intent, group) for intent in INTENTS for group in content[intent]}
    assert {(phrase.intent, phrase.group) for phrase in ours} == wanted


def test_both_sources_cover_every_intent(ours: list[Phrase], theirs: list[Phrase]) -> None:
    assert {phrase.intent for phrase in ours} == set(INTENTS)
    assert {phrase.intent for phrase in theirs} == set(INTENTS)


@pytest.mark.parametrize("source", ["ours", "theirs"])
def test_texts_are_words_as_the_recogniser_writes_them(
    source: str, ours: list[Phrase], theirs: list[Phrase]
) -> None:
    phrases = {"ours": ours, "theirs": theirs}[source]
    assert not [phrase.text for phrase in phrases if not WELL_FORMED.fullmatch(phrase.text)]


def test_a_verb_without_an_object_is_never_said_to_a_lamp() -> None:
    objectless = [phrase for phrase in sample_phrases(0, 80) if phrase.group == "objectless"]
    assert objectless
    assert not [phrase.text for phrase in objectless if not LAMPS.isdisjoint(phrase.text.split())]


@pytest.mark.parametrize("seed", [0, 1, 20])
def test_no_text_has_two_intents(seed: int) -> None:
    intents: dict[str, set[str]] = {}
    for phrase in sample_phrases(seed, 25):
        intents.setdefault(phrase.text, set()).add(phrase.intent)
    assert not {text: found for text, found in intents.items() if len(found) > 1}


def test_our_labels_and_those_of_home_assistant_agree() -> None:
    known = {phrase.text: phrase.intent for phrase in sample_phrases(0, 25)}
    theirs = home_assistant_phrases(0, 10)
    assert not [phrase for phrase in theirs if known.get(phrase.text, phrase.intent) != phrase.intent]


def test_no_none_text_begins_a_command(ours: list[Phrase]) -> None:
    commands = [phrase.text for phrase in ours if phrase.intent in ACTIONS]
    nones = {phrase.text for phrase in ours if phrase.intent == "none"}
    beginnings = {text[:end] for text in commands for end in range(len(text)) if text[end] == " "}
    assert not nones & beginnings


def test_beginning_of_a_command_is_dropped_only_from_none() -> None:
    command = Phrase("lights on please", "light_on", "elliptical")
    shorter = Phrase("lights on", "light_on", "elliptical")
    beginning = Phrase("lights", "none", "talk")
    other = Phrase("light rain", "none", "meanings")
    assert without_prefixes([command, shorter, beginning, other]) == [command, shorter, other]


def test_cap_bounds_each_template_and_small_templates_are_exhausted() -> None:
    grammar = Grammar({"room": ["den", "hall"]}, {"on": "(turn|switch) on"})
    assert sorted(grammar.texts("<on> the {room} light", 10, seed=0)) == [
        "switch on the den light",
        "switch on the hall light",
        "turn on the den light",
        "turn on the hall light",
    ]
    assert len(grammar.texts("[please] <on> the {room} light [now]", 5, seed=0)) == 5


def test_permutations_come_in_every_order() -> None:
    assert sorted(Grammar({}, {}).texts("turn (on;the light)", 9, seed=0)) == [
        "turn on the light",
        "turn the light on",
    ]


def _file(folder: Path, **changes: object) -> Path:
    content = {
        "lists": {"room": ["hall"]},
        "rules": {"on": "turn on"},
        "light_on": {"direct": ["<on> the light"]},
        "light_off": {"direct": ["turn off the light"]},
        "none": {"talk": ["nice weather today"]},
    }
    path = folder / "phrases.yaml"
    path.write_text(yaml.safe_dump(content | changes), encoding="utf-8")
    return path


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    assert sample_phrases(0, 5, _file(tmp_path)) == [
        Phrase("turn on the light", "light_on", "direct"),
        Phrase("turn off the light", "light_off", "direct"),
        Phrase("nice weather today", "none", "talk"),
    ]


def test_what_a_template_for_none_says_among_others_stays_a_command(tmp_path: Path) -> None:
    path = _file(tmp_path, none={"talk": ["turn on (the light|the tv)"]})
    assert sample_phrases(0, 5, path) == [
        Phrase("turn on the light", "light_on", "direct"),
        Phrase("turn off the light", "light_off", "direct"),
        Phrase("turn on the tv", "none", "talk"),
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"none": {"talk": ["turn on the light"]}}, "one intent"),
        ({"light_off": {"direct": ["<on> the light"]}}, "both light_on .* and light_off"),
        ({"none": {"talk": ["It is 5 o'clock"]}}, "lower-case"),
        ({"none": {"talk": ["in the {garden}"]}}, "list {garden}"),
        ({"none": {"talk": ["please <dance>"]}}, "rule <dance>"),
        ({"none": {"talk": ["turn (on the tv"]}}, "close every bracket"),
        ({"none": {"talk": [True]}}, "quote on and off"),
        ({"light_off": {"on": [False]}}, "quote on and off"),
        ({"more": {}}, "exactly the keys"),
        ({"lists": None}, "lists: must be names"),
        ({"none": {"talk": None}}, "talk: must be a list"),
        ({"none": {"talk": []}}, "not empty"),
        ({"rules": {"on": True}}, "quote on and off"),
        ({"rules": {"on": "turn <on>"}}, "names itself"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(
    tmp_path: Path, changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ModelError, match=sentence):
        sample_phrases(0, 5, _file(tmp_path, **changes))


@pytest.mark.parametrize(
    ("module", "arguments", "code", "sentence"),
    [
        ("model.phrases", ["--count", "0"], 2, "--count must be at least 1"),
        ("model.phrases", ["--count", "1", "--group", "talk"], 0, ""),
        ("model.spoken", [], 0, ""),
        ("model.spoken", ["--more"], 2, "unrecognized arguments"),
    ],
)
def test_command_lines_say_what_is_wrong_in_one_sentence(
    module: str, arguments: list[str], code: int, sentence: str
) -> None:
    done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True)
    assert done.returncode == code
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        sample_phrases(0, 5, tmp_path / "nowhere.yaml")
