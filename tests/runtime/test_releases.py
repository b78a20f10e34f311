"""Promotion and going back, on real bundles."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from export.bundle import BASE_BUNDLE, MANIFEST_FILE, MODEL_FILE, load_bundle
from export.errors import BundleError
from runtime.errors import ReleaseError
from runtime.releases.listing import in_service, releases
from runtime.releases.promotion import forget_words, promote, refuse, rollback, tidy
from tests.runtime.bundles import make_bundle

BASE = load_bundle(BASE_BUNDLE).version
TOP = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Six candidates: (folder, version) each."""
    folder = tmp_path_factory.mktemp("candidates")
    return [make_bundle(folder, seed) for seed in range(6)]


@pytest.fixture
def state(tmp_path):
    """A state folder that is not there yet."""
    return tmp_path / "state"


def put(state, made, *numbers, keep=5):
    """Promote these candidates, one minute after the other."""
    for minute, number in enumerate(numbers):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
        assert (
            promote(state, made[number][0], {"seed": number}, keep=keep, now=lambda at=at: at)
            == made[number][1]
        )


def serving(state) -> str:
    return load_bundle(in_service(state)).version


def standings(state, made) -> list[tuple[int | str, str]]:
    """Number of the candidate and its standing, in the order of `foreglow models`."""
    numbers = {version: number for number, (_, version) in enumerate(made)} | {BASE: "base"}
    return [(numbers[release.version], release.standing) for release in releases(state)]


def test_at_first_the_base_bundle_is_in_service_and_nothing_is_written(state, made):
    assert in_service(state) == BASE_BUNDLE
    assert standings(state, made) == [("base", "in service")]
    tidy(state)
    assert not state.exists()


def test_what_was_promoted_last_is_in_service_with_its_figures(state, made):
    put(state, made, 0, 1)
    assert serving(state) == made[1][1]
    assert standings(state, made) == [(1, "in service"), (0, "earlier"), ("base", "earlier")]
    newest = releases(state)[0]
    assert newest.figures == {"seed": 1}
    assert newest.promoted_at == "2026-01-01T00:01:00+00:00"
    assert made[1][0].is_dir()  # the candidate was copied


def test_a_configured_bundle_wins(state, made):
    put(state, made, 0)
    assert in_service(state, made[1][0]) == made[1][0]
    found = releases(state, made[1][0])
    assert [(r.origin, r.standing) for r in found] == [
        ("configured", "in service"),
        ("promoted", "earlier"),
        ("base", "earlier"),
    ]


def test_going_back_leads_over_the_promotions_to_the_base_bundle(state, made):
    put(state, made, 0, 1, 2)
    assert rollback(state) == made[1][1] == serving(state)
    assert standings(state, made)[:2] == [(2, "kept"), (1, "in service")]
    assert rollback(state, 2) == BASE == serving(state)
    with pytest.raises(ReleaseError, match="nothing to go back to: the base bundle"):
        rollback(state)


@pytest.mark.parametrize("steps", [0, -1, 3])
def test_one_cannot_go_back_further_than_there_were_promotions(state, made, steps):
    put(state, made, 0, 1)
    with pytest.raises(ReleaseError, match=f"over 1 to 2 promotions, not {steps}"):
        rollback(state, steps)
    assert serving(state) == made[1][1]


def test_after_a_promotion_one_goes_back_to_what_was_in_service_before_it(state, made):
    put(state, made, 0, 1)
    rollback(state)
    put(state, made, 2)
    assert rollback(state) == made[0][1]  # and not 1, which was taken back
    rollback(state)
    put(state, made, 3)
    assert rollback(state) == BASE


def test_the_same_bundle_promoted_again_is_the_newest_and_is_there_once(state, made):
    put(state, made, 0, 1, 0)
    assert standings(state, made) == [(0, "in service"), (1, "earlier"), ("base", "earlier")]
    assert rollback(state) == made[1][1]


def test_only_the_last_few_are_kept_and_those_gone_back_from_go_first(state, made):
    put(state, made, 0, 1, 2, 3, keep=3)
    assert standings(state, made) == [(3, "in service"), (2, "earlier"), (1, "earlier"), ("base", "earlier")]
    rollback(state)
    put(state, made, 4, keep=3)
    assert standings(state, made) == [(4, "in service"), (2, "earlier"), (1, "earlier"), ("base", "earlier")]
    tidy(state, keep=1)
    assert standings(state, made) == [(4, "in service"), ("base", "earlier")]


def test_a_refused_bundle_gives_way_to_the_former_and_says_why(state, made):
    put(state, made, 0, 1)
    refuse(state, made[1][1], "it was worse.")
    assert serving(state) == made[0][1]
    assert standings(state, made) == [(1, "refused"), (0, "in service"), ("base", "earlier")]
    assert releases(state)[0].refused == "it was worse."
    assert rollback(state) == BASE
    put(state, made, 1)
    assert standings(state, made)[0] == (1, "in service")


def test_refusing_what_is_not_there_changes_nothing(state, made):
    put(state, made, 0)
    refuse(state, made[1][1], "it was worse.")
    assert standings(state, made) == [(0, "in service"), ("base", "earlier")]


def test_a_broken_candidate_is_not_promoted(state, made, tmp_path):
    put(state, made, 0)
    broken = shutil.copytree(made[1][0], tmp_path / "broken")
    (broken / MODEL_FILE).write_bytes(b"no graph")
    with pytest.raises(BundleError, match="does not match its SHA-256"):
        promote(state, broken, {})
    assert serving(state) == made[0][1]
    assert sorted(path.name for path in (state / "releases").iterdir()) == sorted(
        ["current", "promotions.json", made[0][1]]
    )


def test_a_candidate_that_loads_but_does_not_run_is_not_promoted(state, made, tmp_path):
    idle = shutil.copytree(made[1][0], tmp_path / "idle")
    manifest = json.loads((idle / MANIFEST_FILE).read_text())
    (idle / MODEL_FILE).write_bytes(b"no graph")
    manifest["files"][MODEL_FILE]["sha256"] = hashlib.sha256(b"no graph").hexdigest()
    (idle / MANIFEST_FILE).write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match="onnxruntime cannot run"):
        promote(state, idle, {})
    assert in_service(state) == BASE_BUNDLE


def test_a_damaged_release_is_not_gone_back_to_but_is_whole_again_when_promoted(state, made):
    put(state, made, 0, 1)
    (state / "releases" / made[0][1] / MODEL_FILE).write_bytes(b"no graph")
    with pytest.raises(BundleError, match="does not match"):
        rollback(state)
    assert serving(state) == made[1][1]
    put(state, made, 0)
    assert serving(state) == made[0][1]


@pytest.mark.parametrize("damage", ["", "{", "3", '{"a": 1}', '["../..", 3, null]', None])
def test_without_a_readable_list_of_promotions_the_current_one_stays(state, made, damage):
    put(state, made, 0, 1)
    promotions = state / "releases" / "promotions.json"
    promotions.unlink() if damage is None else promotions.write_text(damage)
    (state / "releases" / made[0][1] / "figures.json").write_text("{")
    assert serving(state) == made[1][1]
    assert {release.version for release in releases(state)} == {made[0][1], made[1][1], BASE}
    put(state, made, 2)
    assert rollback(state) == made[1][1]


@pytest.mark.parametrize("target", ["../../elsewhere", "gone", "0123456789ab"])
def test_a_link_that_leads_nowhere_leaves_the_former_bundles(state, made, target):
    put(state, made, 0)
    link = state / "releases" / "current"
    link.unlink()
    link.symlink_to(target)
    assert serving(state) == made[0][1]


def test_a_full_disk_leaves_the_bundle_in_service(state, made):
    put(state, made, 0)
    program = (
        "import resource, signal, sys, pathlib; from runtime.releases.promotion import promote\n"
        "from runtime.errors import ReleaseError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "try: promote(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), {})\n"
        "except ReleaseError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(state), str(made[1][0])], cwd=TOP, capture_output=True, text=True
    )
    assert "cannot be written: File too large; nothing else was put into service." in done.stdout, done.stderr
    assert serving(state) == made[0][1]
    assert not list((state / "releases").glob(".*"))


def test_a_folder_that_may_not_be_written_is_told(state, made):
    put(state, made, 0)
    (state / "releases").chmod(0o500)
    program = (
        "import pathlib, sys\n"
        "from runtime.errors import ReleaseError\n"
        "from runtime.releases.promotion import promote\n"
        "try: promote(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), {})\n"
        "except ReleaseError as error: print(error)\n"
    )
    command = [sys.executable, "-c", program, str(state), str(made[1][0])]
    if os.geteuid() == 0:  # nothing is closed to root, unless it gives that up
        command = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", *command]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True)
    assert "Permission denied" in done.stdout, done.stderr
    assert serving(state) == made[0][1]


def trace_of(folder: Path, word: str) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]


def test_forgetting_words_removes_every_bundle_that_knows_them(state, made):
    put(state, made, 0, 1, 2)
    assert trace_of(state, "lumos2")
    assert forget_words(state, frozenset({"lumos2", "lumos0", "light"})) == (made[2][1], made[0][1])
    assert standings(state, made) == [(1, "in service"), ("base", "earlier")]
    assert not trace_of(state, "lumos2")
    assert not trace_of(state, "lumos0")
    assert forget_words(state, frozenset({"lumos1"})) == (made[1][1],)
    assert serving(state) == BASE
    assert not trace_of(state, "lumos")


def test_words_of_the_base_bundle_are_no_secret(state, made):
    put(state, made, 0)
    assert forget_words(state, frozenset({"light", "on", "unheard"})) == ()
    assert serving(state) == made[0][1]


def test_forgetting_without_releases_makes_no_folder(state):
    assert forget_words(state, frozenset({"lumos"})) == ()
    assert not state.exists()
