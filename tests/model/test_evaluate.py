"""The figures mean what they say."""

import json
import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest
from rich.progress import Progress

from model import evaluate
from model.buried import NO_BURIED
from model.calibrate import Calibration, Correction
from model.corpus import Mixture, read_corpus
from model.evaluate import Judged, cross_validate, figures, main
from model.examples import Utterance
from model.recipe import Recipe
from model.training import train

CALIBRATION = Calibration(
    Correction(),
    Correction(),
    {"light_on": 0.8, "light_off": 0.9},
    {"light_on": 0.6, "light_off": 0.6},
)


def judged(intent: str, *trace: tuple[float, float]) -> Judged:
    """An utterance with P(light_on), P(light_off) after each word and after the end."""
    rows = np.array([[on, off, 1 - on - off] for on, off in trace], np.float32)
    return Judged(Utterance(("word",) * (len(trace) - 1), intent), rows, CALIBRATION)


def test_each_outcome_is_counted_once_and_in_its_place():
    requests = [
        judged("light_on", (0.1, 0.1), (0.85, 0.0), (0.9, 0.0), (0.9, 0.0)),  # right, one word early
        judged("light_off", (0.0, 0.5), (0.0, 0.95), (0.0, 0.9)),  # right, at the last word
        judged("light_off", (0.0, 0.5), (0.0, 0.5), (0.0, 0.65)),  # right, only at the end
        judged("light_off", (0.85, 0.0), (0.0, 0.99), (0.0, 0.99)),  # the opposite at first
        judged("light_on", (0.9, 0.0), (0.1, 0.0), (0.1, 0.0)),  # right, then taken back
        judged("light_on", (0.7, 0.0), (0.59, 0.0)),  # missed
        judged("none", (0.0, 0.95), (0.0, 0.0)),  # false activation, taken back
        judged("none", (0.0, 0.5), (0.65, 0.0)),  # false activation at the end
        judged("none", (0.79, 0.0), (0.0, 0.89), (0.0, 0.59)),
        judged("none", (0.0, 0.0), (0.0, 0.0)),
    ]
    talk = [
        judged("none", *[(0.0, 0.0)] * 9_999),
        judged("none", (0.9, 0.0), (0.9, 0.0)),
        judged("none", (0.9, 0.0), (0.0, 0.0)),
    ]
    result = figures(requests, talk)
    assert (result.commands, result.others) == (6, 4)
    assert result.recall == 0.5
    assert result.wrong_intent == 1
    assert result.taken_back == 1
    assert result.before_last_word == 1 / 6
    assert result.words_saved == 1 / 3
    assert result.false_activations == 2
    assert result.talk_hours == 1.0
    assert (result.talk_false_activations, result.talk_stood) == (2, 1)
    json.dumps(asdict(result))  # what the manifest and --json do with it


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A folder with a few sentences, and a few phrases to learn from."""
    words = [f"{verb} the {thing}" for verb in ("ring", "fold", "paint") for thing in "abcdefghij"]
    real = [
        {"text": f"turn {way} the light in room {n}", "label": f"light_{way}"}
        for n in "abcdefgh"
        for way in ("on", "off")
    ]
    real += [{"text": text, "label": "none"} for text in words]
    (tmp_path / "real_text.jsonl").write_text("\n".join(map(json.dumps, real)))
    (tmp_path / "other_requests.jsonl").write_text(
        "\n".join(json.dumps({"text": t, "label": "none"}) for t in words)
    )
    talk = "".join(f"x\tm{n}\tand then {text}\n" for n, text in enumerate(words))
    (tmp_path / "slurp_sentences.txt").write_text("tidy up\n")
    (tmp_path / "conversation.tsv").write_text("corpus\tmeeting\ttext\n" + talk)
    # A few phrases are enough to see that it runs.
    few = Mixture(command_cap=2, look_alike_cap=4, home_assistant_cap=1)
    monkeypatch.setattr("model.evaluate.Mixture", lambda: few)
    return tmp_path


def test_every_fold_of_every_seed_descends_with_a_seed_of_its_own(data, monkeypatch):
    seeds: list[int] = []

    def train_counts(text, recipe, show, pool, checkpoints):
        seeds.append(recipe.tuning.seed)
        assert recipe.second_tuning.seed == recipe.tuning.seed
        return train(text, replace(recipe, tuning=None, evidence=None), show, pool, checkpoints)

    monkeypatch.setattr(evaluate, "train", train_counts)
    monkeypatch.setattr(evaluate, "fit_buried", lambda *_: NO_BURIED)
    for seed in (0, 1):
        cross_validate(read_corpus(data), Recipe(), evaluate.Mixture(), 2, seed, Progress(disable=True))
    assert len(set(seeds)) == len(seeds) == 4


def test_the_command_cross_validates_and_prints_one_json_object(data, monkeypatch, capsys):
    options = ["--data", str(data), "--folds", "2", "--explicit", "--json"]
    monkeypatch.setattr(sys, "argv", ["model.evaluate", *options])
    assert main() == 0
    result = json.loads(capsys.readouterr().out)
    assert result["commands"] == 16
    assert result["others"] == 30
    assert result["recall"] > 0.9  # nothing else of these few sentences speaks of a light
    assert result["false_activations"] == 0


def test_a_folder_without_data_is_one_sentence(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "model.evaluate", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "conversation.tsv cannot be read" in done.stderr
