"""The command: folds that do not leak, results that are kept, a page with figures and pictures."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from benchmarks import language_model, protocol
from benchmarks.peers import KINDS
from benchmarks.plots import STYLES
from benchmarks.protocol import FOLDS, Task, load, result_path, run, texts
from benchmarks.sources import PROJECT
from benchmarks.summary import summarise
from benchmarks.tables import table
from model.corpus import Mixture
from model.examples import Utterance
from model.fold_text import training_seed
from model.folds import near_duplicate_groups

LITTLE = Mixture(command_cap=1, look_alike_cap=1, home_assistant_cap=1, requests=50, talk=50)

THINGS = "alarm radio oven music blinds heater kettle timer podcast vacuum door camera".split()
ROOMS = "kitchen bedroom garage office hallway attic cellar bathroom".split()


@pytest.fixture(scope="module", autouse=True)
def _few_phrases():
    """Instead of thousands from templates, which take seconds to write."""
    phrases = [Utterance(("lights", way), f"light_{way}") for way in ("on", "off")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("model.corpus.phrase_utterances", lambda *_: phrases)
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    real = [(f"turn {way} the {room} light", f"light_{way}") for room in ROOMS for way in ("on", "off")]
    real += [(f"what about the {thing} in the {room}", "none") for thing in THINGS for room in ROOMS]
    lines = [json.dumps({"text": text, "label": label}) for text, label in real]
    (folder / "real_text.jsonl").write_text("\n".join(lines))
    other = [json.dumps({"text": f"tell me about {thing}", "label": "none"}) for thing in THINGS]
    (folder / "other_requests.jsonl").write_text("\n".join(other))
    talk = [f"corpus\tmeeting{m}\tso {m} and {n} we think" for m in range(8) for n in range(20)]
    (folder / "slurp_sentences.txt").write_text("tidy up\n")
    (folder / "conversation.tsv").write_text("\n".join(["corpus\tmeeting\ttext", *talk]))
    return folder


def test_neither_a_request_nor_a_near_duplicate_nor_a_meeting_is_on_both_sides(data):
    heard_requests, heard_talk = [], []
    for fold in range(FOLDS):
        text = texts(data, LITTLE, 0, fold)
        test, talk = text.requests, text.overheard
        real = [u for u in text.training if u.weight == LITTLE.real_weight]
        groups = near_duplicate_groups([*real, *test])
        assert not set(groups[: len(real)]) & set(groups[len(real) :])
        meetings = {u.words[1] for u in text.training + text.pool if u.words[-2:] == ("we", "think")}
        assert not meetings & {u.words[1] for u in talk}
        assert not {u.words for u in text.pool} & {u.words for u in test}
        learned = {u.words[1] for u in text.pool if u.words[-2:] == ("we", "think")}
        assert learned == {u.words[1] for u in text.talk}
        assert len(learned) == 6
        heard_requests += test
        heard_talk += talk
    assert len(heard_requests) == len(protocol.corpus_of(data).real)
    assert len(heard_talk) == len(set(heard_talk)) == 2 * 20


def test_no_two_models_share_a_seed():
    seeds = [training_seed(FOLDS, seed, fold) for seed in range(9) for fold in range(FOLDS)]
    assert len(set(seeds)) == len(seeds)


def test_a_result_is_kept_and_read_back(data, tmp_path):
    task = Task("kneser_ney", 0, 1)
    path = run(task, data, LITTLE, tmp_path)
    result = load(path)
    text = texts(data, LITTLE, 0, 1)
    assert result.requests.lengths.tolist() == [len(u.words) for u in text.requests]
    assert len(result.talk.intents) == len(text.overheard)
    assert result.cost.parameters > 0
    assert list(path.parent.iterdir()) == [path], "nothing half-written stays"
    kept = path.stat().st_mtime_ns
    assert run(task, data, LITTLE, tmp_path) == path
    assert path.stat().st_mtime_ns == kept, "it was not computed again"


def test_another_recipe_mixture_or_text_is_another_result(data, tmp_path, monkeypatch):
    task = Task("kneser_ney", 0, 0)
    before = result_path(task, data, LITTLE, tmp_path)
    assert result_path(task, data, Mixture(), tmp_path) != before
    with monkeypatch.context() as patch:
        patch.setattr(protocol, "recipe_of", lambda _: "another recipe")
        assert result_path(task, data, LITTLE, tmp_path) != before
    more = tmp_path / "data"
    more.mkdir()
    for path in data.iterdir():
        (more / path.name).write_text(path.read_text() + "\n" * (path.name == "conversation.tsv"))
    assert result_path(task, more, LITTLE, tmp_path) != before
    assert result_path(task, data, LITTLE, tmp_path) == before


def test_a_result_hangs_on_all_that_trains_it_and_on_nothing_that_does_not():
    ours, trigrams, mined, plain = (
        {path.relative_to(PROJECT).as_posix() for path in protocol.sources(name)}
        for name in ("saffu", "kneser_ney", "gru_mined", "gru")
    )
    text = {"model/fold_text.py", "model/corpus.py", "model/hand_labels.tsv", "model/phrases/en.yaml"}
    assert text <= ours & trigrams & mined & plain
    assert {"benchmarks/peers/saffu.py", "model/saffu.py", "model/ngram_fit.py", "model/recipe.py"} <= ours
    assert not {"model/evaluate.py", "model/card.py", "model/retrain.py", "benchmarks/report.py"} & ours
    assert not {"model/saffu.py", "benchmarks/peers/__init__.py"} & trigrams
    assert mined - plain == {"benchmarks/peers/mined.py"}


def test_a_peer_is_given_its_own_mixture_and_the_pool(data, tmp_path, monkeypatch):
    given = {}

    def fit(name, training, _seed, pool):
        given[name] = training, pool
        return fitted("kneser_ney", training, 0)

    fitted = protocol.fit
    monkeypatch.setattr(protocol, "fit", fit)
    for name in ("saffu", "no_cut_in"):
        run(Task(name, 0, 0), data, LITTLE, tmp_path)
    ours, without = (set(given[name][0]) for name in ("saffu", "no_cut_in"))
    assert without < ours
    assert given["saffu"][1] == given["no_cut_in"][1] == texts(data, LITTLE, 0, 0).pool
    assert len(given["saffu"][1]) > 100


@pytest.fixture(scope="module")
def results(data, tmp_path_factory):
    """Two seeds of two peers, in this process."""
    work = tmp_path_factory.mktemp("work")
    found = {peer: [[], []] for peer in ("logistic", "hassil")}
    for seed in range(2):
        for fold in range(FOLDS):
            for peer, seeds in found.items():
                seeds[seed].append(load(run(Task(peer, seed, fold), data, LITTLE, work)))
    return found


def test_the_page_has_a_row_for_every_peer_and_its_pictures(results, tmp_path):
    page = language_model.write_page(results, tmp_path, "the command").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith(f"| {KINDS['logistic'].title} |")]
    assert len(rows) == 4
    assert KINDS["gru_mined"].title in page, "who reads the page is told who searched the pool"
    assert "16 commands" in page
    assert "96 other requests" in page
    for name in ("recall.svg", "reliability.svg", "words_heard.svg"):
        assert f"({name})" in page
        assert (tmp_path / name).stat().st_size < 150_000
        ET.parse(tmp_path / name)


def test_the_page_is_the_same_for_the_same_results(results, tmp_path):
    texts = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        language_model.write_page(results, folder, "the command")
        texts.append([path.read_bytes() for path in sorted(folder.iterdir())])
    assert texts[0] == texts[1]


def test_templates_find_these_commands_and_need_no_threshold(results, tmp_path):
    page = language_model.write_page(results, tmp_path, "the command").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| {KINDS['hassil'].title} |"))
    assert "100.0 %" in row


def test_a_machine_that_is_slow_for_a_while_makes_no_model_look_dear(results):
    quick, slow = (replace(results["hassil"][0][0].cost, step_us=us) for us in (70.0, 149.0))
    seeds = [
        [replace(result, cost=cost) for result, cost in zip(results["hassil"][0], costs, strict=True)]
        for costs in ([quick] * 5, [slow] * 5, [slow] * 2 + [quick] * 3)
    ]
    page = table({"hassil": summarise(seeds, graded=False)}, [("a step, µs", "step_us", ".0f")], spread=False)
    assert "| hassil | 70 |" in page


def test_every_peer_has_a_line_of_its_own():
    assert STYLES.keys() == KINDS.keys()
    assert len(set(STYLES.values())) == len(STYLES)


def test_what_was_computed_is_not_computed_again(data, tmp_path):
    quiet = Console(quiet=True)

    def compare() -> dict:
        found = language_model.compare(["kneser_ney"], 1, data, LITTLE, tmp_path, 1, quiet)
        assert [len(folds) for folds in found["kneser_ney"]] == [FOLDS]
        return {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")}

    first = compare()
    assert len(first) == FOLDS
    assert compare() == first
    removed = min(first)
    removed.unlink()
    carried_on = compare()
    assert {path for path in first if carried_on[path] != first[path]} == {removed}


@pytest.mark.parametrize("wrong", [["--peers", "oracle"], ["--seeds", "0"], ["--jobs", "0"], []])
def test_wrong_usage_is_refused(wrong, data, capsys):
    arguments = ["--data", str(data), *wrong] if wrong else []
    with pytest.raises(SystemExit) as exit_:
        language_model.main(arguments)
    assert exit_.value.code == 2
    assert capsys.readouterr().err


def test_missing_data_is_one_sentence(tmp_path, capsys):
    assert language_model.main(["--data", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "--data names the folder" in error
    assert "Traceback" not in error


def test_traces_are_kept_as_they_were(results):
    rows = results["logistic"][0][0].requests.rows
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-5)
