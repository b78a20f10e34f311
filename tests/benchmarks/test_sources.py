"""Which files a file imports, and what of them makes a difference."""

from benchmarks.sources import code_hash, file_hash, imported


def test_imports_are_followed_inside_of_functions_and_in_circles_but_not_out_of_the_project(tmp_path):
    (tmp_path / "room").mkdir()
    texts = {
        "room/__init__.py": "import room.unseen",
        "room/first.py": "import os\nfrom room.second import Table\nfrom room import third, fourth",
        "room/second.py": "def late():\n    import room.first\n    from room.fifth import sixth",
        "room/third.py": "",
        "room/fourth.py": "",
        "room/fifth.py": "",
        "room/sixth.py": "",
        "room/unseen.py": "",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = imported([tmp_path / "room" / "first.py"], tmp_path)
    assert {path.stem for path in found} == {"first", "second", "third", "fourth", "fifth"}


def test_what_is_imported_from_a_package_by_name_is_in_its_init(tmp_path):
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "__init__.py").write_text("from room.table import Leg")
    (tmp_path / "room" / "table.py").write_text("Leg = 4")
    main = tmp_path / "main.py"
    main.write_text("from room import Leg")
    assert {path.name for path in imported([main], tmp_path)} == {"main.py", "__init__.py", "table.py"}


def test_code_makes_a_difference_but_its_comments_do_not(tmp_path):
    def hashed(source: str, name: str = "peer.py") -> str:
        (tmp_path / name).write_text(source)
        code_hash.cache_clear()
        return code_hash(tmp_path / name)

    plain = hashed("def fit():\n    return 'a'\n")
    assert hashed('"""What."""\n\n\ndef fit():\n    """How."""\n    # Why.\n    return "a"\n') == plain
    assert hashed("def fit():\n    return 'b'\n") != plain
    assert hashed("def fit(x):\n    return 'a'\n") != plain


def test_every_byte_of_what_is_no_code_makes_a_difference(tmp_path):
    path = tmp_path / "text.yaml"
    path.write_text("# one")
    before = code_hash(path)
    path.write_text("# two")
    code_hash.cache_clear()
    file_hash.cache_clear()
    assert code_hash(path) != before
