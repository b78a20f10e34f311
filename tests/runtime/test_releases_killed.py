"""A promotion killed before any of its file operations leaves a whole bundle in service and no dirt."""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from export.bundle import BASE_BUNDLE, load_bundle
from runtime.config import Config
from runtime.releases.listing import in_service, releases
from runtime.releases.promotion import forget_words, promote, refuse, rollback, tidy
from runtime.service import brain_in_service
from tests.runtime.bundles import make_bundle

BASE = load_bundle(BASE_BUNDLE).version
CHANGES = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.listdir", "os.scandir"}
"""Audit events of what a change consists of; the process is killed just before one of them."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("candidates")
    return [make_bundle(folder, seed) for seed in range(4)]


@pytest.fixture(scope="module")
def template(tmp_path_factory, made):
    """Three promotions, one of which was gone back from."""
    state = tmp_path_factory.mktemp("state")
    for folder, _ in made[:3]:
        promote(state, folder, {})
    rollback(state)
    return state


def killed_before(operation: int, state: Path, change: Callable[[Path], object]) -> bool:
    """Whether a process that makes the change is killed before it reaches this operation's end."""
    child = os.fork()
    if child == 0:
        left = operation

        def hook(event: str, arguments: tuple) -> None:
            nonlocal left
            if event in CHANGES and str(state) in str(arguments):
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1

        sys.addaudithook(hook)
        status = 1
        try:
            change(state)
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL)
    return status != 0


CASES = {
    "a new bundle": (lambda made: lambda s: promote(s, made[3][0], {}), lambda v: {v[1], v[3]}),
    "a new one that pushes out others": (
        lambda made: lambda s: promote(s, made[3][0], {}, keep=1),
        lambda v: {v[1], v[3]},
    ),
    "one that was gone back from": (
        lambda made: lambda s: promote(s, made[2][0], {}),
        lambda v: {v[1], v[2]},
    ),
    "the one in service": (lambda made: lambda s: promote(s, made[1][0], {}), lambda v: {v[1]}),
    "back": (lambda _: rollback, lambda v: {v[1], v[0]}),
    "back to the base": (lambda _: lambda s: rollback(s, 2), lambda v: {v[1], BASE}),
    "refused": (lambda made: lambda s: refuse(s, made[1][1], "worse."), lambda v: {v[1], v[0]}),
    "forgotten": (lambda _: lambda s: forget_words(s, frozenset({"lumos1"})), lambda v: {v[1], v[0]}),
}


@pytest.mark.parametrize("case", CASES)
def test_killed_before_every_operation(case, template, made, tmp_path):
    making, allowed = CASES[case]
    change, versions = making(made), allowed([version for _, version in made])
    said: list[str] = []
    seen = set()
    for operation in range(1000):
        state = shutil.copytree(template, tmp_path / str(operation), symlinks=True)
        was_killed = killed_before(operation, state, change)
        config = Config(state_dir=state)
        seen.add(brain_in_service(config, said.append).bundle.version)
        tidy(state)
        assert not list((state / "releases").glob(".*"))
        assert brain_in_service(config, said.append).bundle.version in versions
        assert all(load_bundle(release.folder) for release in releases(state))
        if not was_killed:
            break
    assert operation > 3
    assert seen == versions  # the former ones at the beginning, the new one at the end
    assert said == []


def test_killed_amid_a_promotion_one_still_goes_back_to_what_was_in_service_before(template, made, tmp_path):
    versions = [version for _, version in made]
    before = {versions[1]: versions[0], versions[3]: versions[1]}  # and never 2, which was gone back from
    seen = set()
    for operation in range(1000):
        state = shutil.copytree(template, tmp_path / str(operation), symlinks=True)
        was_killed = killed_before(operation, state, lambda s: promote(s, made[3][0], {}))
        serving = in_service(state).name
        assert rollback(state) == before[serving]
        seen.add(serving)
        if not was_killed:
            break
    assert seen == set(before)


def test_killed_at_random_moments_of_much_changing(made, tmp_path):
    state = tmp_path / "state"
    versions = {version for _, version in made} | {BASE}
    for moment in range(25):
        child = os.fork()
        if child == 0:
            try:
                while True:
                    for folder, _ in made:
                        promote(state, folder, {}, keep=2)
                    rollback(state)
            finally:
                os._exit(1)
        signal.sigtimedwait([], 0.004 * (moment + 1) ** 0.5 + 0.001 * moment)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        said: list[str] = []
        assert brain_in_service(Config(state_dir=state), said.append).bundle.version in versions
        assert said == []
        if moment % 5 == 0:
            tidy(state)
            assert not list((state / "releases").glob(".*"))
