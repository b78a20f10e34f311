"""Another bundle into service by a person's wish, and what changed from one to the next."""

import pytest

from export.bundle import BASE_BUNDLE, load_bundle
from runtime.config import Config
from runtime.control_server import ControlServer
from runtime.errors import ReleaseError
from runtime.releases.changed import Trial, changed
from runtime.releases.exchange import go_back, put_into_service
from runtime.releases.listing import in_service, releases
from runtime.releases.promotion import promote, refuse, rollback
from tests.runtime.bundles import THRESHOLDS

BASE = load_bundle(BASE_BUNDLE)
TRIED = {"commands": 10, "missed": 1, "others": 90, "false_activations": 2}


@pytest.fixture
def config(tmp_path, made):
    config = Config(state_dir=tmp_path / "s")
    for number, (folder, _) in enumerate(made):
        figures = {"candidate": TRIED | {"missed": number}, "incumbent": TRIED, "lessons": 5 * number + 3}
        promote(config.state_folder, folder, figures)
    return config


def test_what_was_gone_back_from_or_refused_is_put_into_service_again_with_its_figures(config, made):
    newest = made[1][1]
    for leave in (
        lambda: rollback(config.state_folder),
        lambda: refuse(config.state_folder, newest, "worse"),
    ):
        leave()
        assert in_service(config.state_folder).name == made[0][1]
        done = put_into_service(config, newest)
        assert (done.version, done.taken_up) == (newest, False)
        (release, *_) = releases(config.state_folder)
        assert (release.version, release.standing, release.refused) == (newest, "in service", None)
        assert release.figures["lessons"] == 8


def test_a_running_lamp_takes_it_up(config, made):
    asked = []
    with ControlServer(
        config.state_folder, {"reload": lambda request: asked.append(request) or {"bundle": "x"}}
    ):
        assert go_back(config, 1).taken_up
        assert "from the next utterance on" in put_into_service(config, made[1][1]).sentence()
    assert len(asked) == 2


def test_nothing_else_can_be_put_into_service(config, made):
    for version, why in (
        (made[1][1], "is in service already"),
        ("0" * 12, "no promoted bundle"),
        (BASE.version, "no promoted bundle"),
        ("../base", "no promoted bundle"),
    ):
        with pytest.raises(ReleaseError, match=why):
            put_into_service(config, version)
    fixed = Config.model_validate(
        {"state_dir": str(config.state_folder), "decide": {"bundle": str(made[0][0])}}
    )
    for attempt in (lambda: put_into_service(fixed, made[0][1]), lambda: go_back(fixed, 1)):
        with pytest.raises(ReleaseError, match=r"decide\.bundle names the bundle"):
            attempt()


def test_a_bundle_is_told_beside_the_one_before(config):
    newest, older, base = releases(config.state_folder)
    found = changed(newest, older)
    assert (found.tried, found.against) == (Trial(10, 1, 90, 2), Trial(10, 1, 90, 2))
    numbers = {each.name: (each.before, each.after) for each in found.numbers}
    assert numbers["lessons"] == (3, 8)
    assert numbers["acts for on from, at the end"] == (THRESHOLDS["light_on"], THRESHOLDS["light_on"])
    of_base = {each.name: (each.before, each.after) for each in changed(older, base).numbers}
    assert of_base["words known"] == (len(BASE.vocabulary.words), numbers["words known"][0])
    assert of_base["lessons"] == (0, 3)


def test_figures_and_files_that_are_spoilt_are_left_out(config, made):
    folder = config.state_folder / "releases" / made[1][1]
    (folder / "figures.json").write_text('{"figures": {"candidate": {"commands": "many"}, "lessons": []}}')
    (folder / "vocabulary.txt").write_text("other\n")
    newest, older, _ = releases(config.state_folder)
    found = changed(newest, older)
    assert (found.tried, found.against) == (None, None)
    assert [each.after for each in found.numbers] == [None]
