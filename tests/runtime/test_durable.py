"""What is written is whole, whatever fails on the way."""

import json
import os

import pytest

from runtime.durable import point_to, remove_folder, remove_leftovers, write_json


def test_a_write_that_fails_leaves_the_former_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "figures.json"
    write_json(path, {"recall": 0.5})

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            write_json(path, {"recall": 0.9})
    assert json.loads(path.read_text()) == {"recall": 0.5}
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_replaced_whatever_it_pointed_to(tmp_path):
    link = tmp_path / "current"
    for target in ("first", "second"):
        point_to(link, target)
        assert str(link.readlink()) == target
    assert list(tmp_path.iterdir()) == [link]


def test_leftovers_are_removed_and_a_link_among_them_is_not_followed(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    (tmp_path / ".a").mkdir()
    (tmp_path / ".a" / "file").touch()
    (tmp_path / ".b").touch()
    (tmp_path / ".c").symlink_to(kept)
    remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "kept"]
    remove_folder(kept)
    assert list(tmp_path.iterdir()) == []
