"""The recordings of the evening, each through the whole lamp: what it decides is what it should."""

from pathlib import Path

import pytest
import yaml

from runtime.events import Decided, Retracted
from runtime.simulate.recordings import simulate
from tests.runtime.kept import Kept, of

RECORDINGS = Path(__file__).parent.parent.parent / "recordings"
SCENES = yaml.safe_load((RECORDINGS / "recordings.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("scene", SCENES, ids=[scene["words"].replace(" ", "_") for scene in SCENES])
def test_each_recording_is_decided_as_it_should_be(scene, lamp):
    path = RECORDINGS / f"{scene['words'].replace(' ', '_').replace(chr(39), '')}.wav"
    report = Kept()
    assert simulate([path], lamp, report, pytest.fail, real_time=False)
    (events,) = report.events
    decided = [event.decision.intent for event in of(Decided, events)]
    assert decided == ([] if scene["intent"] == "none" else [scene["intent"]])
    assert of(Retracted, events) == []
