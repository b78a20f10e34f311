"""`foreglow models` and `foreglow rollback`, beside a running lamp and without one."""

import json
from argparse import Namespace
from datetime import UTC, datetime

import pytest

from export.bundle import BASE_BUNDLE, load_bundle
from runtime.commands.models import figures_text, local_time, models, rollback
from runtime.config import Config
from runtime.control_server import ControlServer
from runtime.errors import ControlError, ReleaseError
from runtime.releases.promotion import promote, refuse
from runtime.service import load_service

BASE = load_bundle(BASE_BUNDLE).version


@pytest.fixture
def config(tmp_path, made):
    """Two promotions."""
    config = Config(state_dir=tmp_path / "s")
    figures = {
        "recall": 0.85365,
        "false_activations": 4,
        "talk_hours": 1234.5,
        "of": {"a": 1},
        "reason": "better",
    }
    for minute, (folder, _) in enumerate(made):
        at = datetime(2026, 1, 1, 12, minute, tzinfo=UTC)
        promote(config.state_folder, folder, figures, now=lambda at=at: at)
    return config


def test_the_list_says_which_is_in_service_and_how_good_each_is(config, made, capsys):
    refuse(config.state_folder, made[1][1], "false activations rose in service.")
    assert models(Namespace(json=False), config) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == [
        f"  {made[1][1]}  refused     {local_time('2026-01-01T12:01:00+00:00')}",
        "    false activations rose in service.",
        "    recall 0.854, false activations 4, talk hours 1.23e+03",
        f"* {made[0][1]}  in service  {local_time('2026-01-01T12:00:00+00:00')}",
        "    recall 0.854, false activations 4, talk hours 1.23e+03",
    ]
    assert lines[5] == f"  {BASE}  earlier     came with foreglow"
    assert lines[6].startswith("    commands ")


def test_one_json_object_a_bundle(config, made, capsys):
    models(Namespace(json=True), config)
    objects = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [o["version"] for o in objects] == [made[1][1], made[0][1], BASE]
    assert [o["standing"] for o in objects] == ["in service", "earlier", "earlier"]
    assert objects[0]["figures"]["of"] == {"a": 1}
    assert objects[0]["promoted_at"] == "2026-01-01T12:01:00+00:00"
    assert [o["origin"] for o in objects] == ["promoted", "promoted", "base"]


def test_going_back_without_a_lamp_is_for_the_next_one(config, made, capsys):
    assert rollback(Namespace(json=False, steps=1), config) == 0
    assert (
        capsys.readouterr().out == f"{made[0][1]} is in service: no lamp is running; the next one uses it.\n"
    )
    assert load_service(config, pytest.fail).brain.bundle.version == made[0][1]


def test_a_running_lamp_takes_it_up(config, capsys):
    service = load_service(config, pytest.fail)
    with ControlServer(config.state_folder, {"reload": service.answer_reload}):
        rollback(Namespace(json=True, steps=2), config)
    assert json.loads(capsys.readouterr().out) == {"event": "rollback", "version": BASE, "taken_up": True}
    assert service.brain.bundle.version == BASE


def test_a_running_lamp_that_cannot_is_told(config):
    with ControlServer(config.state_folder, {}), pytest.raises(ControlError, match="cannot do 'reload'"):
        rollback(Namespace(json=False, steps=1), config)


def test_with_a_configured_bundle_there_is_nothing_to_go_back_to(config, made):
    configured = Config.model_validate({"state_dir": config.state_folder, "decide": {"bundle": made[0][0]}})
    with pytest.raises(ReleaseError, match=r"decide\.bundle names the bundle in service"):
        rollback(Namespace(json=False, steps=1), configured)
    assert load_service(config, pytest.fail).brain.bundle.version == made[1][1]


@pytest.mark.parametrize("kept", [None, "", "yesterday"])
def test_a_time_that_was_not_kept_is_said_to_be_so(kept):
    assert local_time(kept) == "promoted at a time that was not kept"


def test_only_numbers_are_shown_to_people():
    assert figures_text({"reason": "better", "sizes": {"a": 1}}) == ""
