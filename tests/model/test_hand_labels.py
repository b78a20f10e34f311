"""Labels given by hand, and the command that shows them."""

import json
from collections import Counter

import pytest

from model.errors import ModelError
from model.hand_labels import LABELS_FILE, key, main, read_hand_labels


def test_every_label_of_the_project_is_read_and_none_is_given_twice():
    labels = read_hand_labels()
    assert len(labels) == len(LABELS_FILE.read_text().splitlines())
    assert min(Counter(labels.values())[intent] for intent in ("light_on", "light_off", "none")) > 10


@pytest.mark.parametrize(
    "line", ["on\t0123456789abcdef", "light_on 0123456789abcdef", "light_on\t0123", "light_on"]
)
def test_a_bad_line_is_named(tmp_path, line):
    path = tmp_path / "labels.tsv"
    path.write_text(f"none\t{key(('a',))}\n{line}\n")
    with pytest.raises(ModelError, match=r"labels\.tsv, line 2: needs one of light_on, light_off, none"):
        read_hand_labels(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"labels\.tsv cannot be read"):
        read_hand_labels(tmp_path / "labels.tsv")


def test_the_command_lists_what_names_light_with_its_label_or_without(tmp_path, monkeypatch, capsys):
    requests = [("put on lights", "unlabelled"), ("play jazz", "unlabelled"), ("light rain", "none")]
    (tmp_path / "other_requests.jsonl").write_text(
        "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in requests)
    )
    (tmp_path / "slurp_sentences.txt").write_text("dim the lights\nput on lights\n")
    labelled, left = ("put", "on", "lights"), ("dim", "the", "lights")
    monkeypatch.setattr("model.hand_labels.read_hand_labels", lambda: {key(labelled): "light_on"})
    assert main(["--data", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"light_on\t{key(labelled)}\tput on lights",
        f"-\t{key(left)}\tdim the lights",
    ]


def test_the_command_says_what_is_missing(tmp_path, capsys):
    assert main(["--data", str(tmp_path)]) == 1
    assert "--data names the folder" in capsys.readouterr().err
