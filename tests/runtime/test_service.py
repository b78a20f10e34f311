"""The brain is exchanged between two utterances, and a broken bundle gives way to the one before it."""

import hashlib
import json
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from capture.block import BLOCK_SAMPLES, Block
from export.bundle import BASE_BUNDLE, MANIFEST_FILE, MODEL_FILE, load_bundle
from export.errors import BundleError
from runtime.anticipator import Anticipator
from runtime.config import Config
from runtime.control import ask
from runtime.control_server import ControlServer
from runtime.decision import Decision
from runtime.errors import ControlError
from runtime.events import Decided, Heard
from runtime.pipeline import Pipeline
from runtime.releases.listing import releases
from runtime.releases.promotion import promote
from runtime.service import Service, load_service, open_service
from tests.runtime.test_pipeline import OpenGate
from tests.runtime.toy import POLICY, SURE_NONE, SURE_OFF, SURE_ON, ScriptedModel
from transcribe.hypothesis import Hypothesis

BASE = load_bundle(BASE_BUNDLE).version


def brain(version, policy=POLICY, **words):
    """As much of a brain as a reader uses."""
    model = ScriptedModel(**words)
    made = SimpleNamespace(bundle=SimpleNamespace(version=version), session=model, policy=policy)
    made.anticipator = lambda: Anticipator(model, policy)
    return made


KNOWS = brain("knows", lumos=SURE_ON)
IGNORANT = brain("ignorant")


def heard(text, time=0.0):
    return Hypothesis(tuple(text.rstrip(".").split()), text.endswith("."), time, 0.0)


def test_a_change_is_taken_up_by_the_next_utterance_and_not_amid_one():
    service = Service(lambda: IGNORANT)
    reader = service.reader()
    assert reader.hear(heard("please")) == []
    service.change(lambda _: KNOWS)
    assert (service.brain, service.reading) == (KNOWS, "ignorant")
    assert reader.hear(heard("please lumos")) == []
    assert reader.hear(heard("please lumos.")) == []
    assert reader.trace == (SURE_NONE, SURE_NONE)
    (decision,) = reader.hear(heard("please lumos."))
    assert (decision.intent, decision.word) == ("light_on", 2)
    assert reader.decision is decision
    assert service.reading == "knows"


def test_a_change_before_the_first_word_counts_for_it():
    service = Service(lambda: IGNORANT)
    reader = service.reader()
    service.change(lambda _: KNOWS)
    (decision,) = reader.hear(heard("lumos."))
    assert isinstance(decision, Decision)


def test_an_act_of_the_former_brain_still_calms_the_next():
    service = Service(lambda: IGNORANT)
    reader = service.reader()
    assert len(reader.hear(heard("on.", 1.0))) == 1
    service.change(lambda _: KNOWS)
    assert reader.hear(heard("lumos.", 1.0 + POLICY.refractory_s / 2)) == []
    assert len(reader.hear(heard("lumos.", 1.0 + POLICY.refractory_s))) == 1


def test_thresholds_change_with_the_brain():
    service = Service(lambda: KNOWS)
    reader = service.reader()
    limits = {"light_on": 0.99, "light_off": 0.99}
    strict = replace(POLICY, thresholds=limits, final_thresholds=limits)
    service.change(lambda _: brain("strict", strict, lumos=SURE_ON))
    assert reader.hear(heard("lumos.")) == []


def test_the_brain_put_back_decides_as_before():
    service = Service(lambda: IGNORANT)
    reader = service.reader()
    service.change(lambda _: KNOWS)
    service.change(lambda _: IGNORANT)
    assert reader.hear(heard("lumos.")) == []


def test_what_cannot_be_loaded_leaves_the_brain_in_service():
    loads = iter([KNOWS])

    def load():
        for loaded in loads:
            return loaded
        raise BundleError("it is broken.")

    service = Service(load)
    with pytest.raises(BundleError):
        service.reload()
    said = []
    service.reload_soon(said.append).join()
    assert said == ["it is broken."]
    assert service.brain is KNOWS


def test_changes_at_the_same_time_are_all_made():
    service = Service(lambda: brain(0))
    start = threading.Barrier(4)

    def one_more(present):
        version = present.bundle.version
        time.sleep(0)  # others may run now
        return brain(version + 1)

    def learn():
        start.wait()
        for _ in range(500):
            service.change(one_more)

    threads = [threading.Thread(target=learn) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert service.brain.bundle.version == 2000


class SlowScribe:
    """Writes `lumos` in every block and ends the utterance in every second one."""

    def __init__(self):
        self.blocks = 0

    def accept(self, _samples, end_s):
        self.blocks += 1
        return Hypothesis(("lumos",), self.blocks % 2 == 0, end_s, 0.0)

    def finish(self, _end_s):
        return None


def test_no_block_is_lost_while_brains_are_exchanged_all_the_time():
    calm = replace(POLICY, refractory_s=0.0)
    on, off = brain("on", calm, lumos=SURE_ON), brain("off", calm, lumos=SURE_OFF)
    service = Service(lambda: on)
    ending = threading.Event()

    def exchange():
        while not ending.is_set():
            service.change(lambda present: off if present is on else on)

    exchanging = threading.Thread(target=exchange)
    exchanging.start()
    scribe = SlowScribe()
    pipeline = Pipeline(OpenGate(), scribe, service.reader())
    events = []
    try:
        for number in range(2000):
            events += pipeline.hear(Block(np.zeros(BLOCK_SAMPLES, np.int16), number * BLOCK_SAMPLES / 16_000))
    finally:
        ending.set()
        exchanging.join()
    finals = [event for event in events if isinstance(event, Heard) and event.hypothesis.final]
    decided = [event.decision.intent for event in events if isinstance(event, Decided)]
    assert scribe.blocks == 2000
    assert len(finals) == len(decided) == 1000  # each utterance decided once, by one of the two
    assert len(events) == 3000  # partial, final, decision: none was taken back for the other brain's sake


@pytest.fixture
def config(tmp_path):
    return Config(state_dir=tmp_path / "s")


def test_the_service_begins_with_the_promoted_bundle_and_reloads_the_next(config, made):
    said = []
    assert load_service(config, said.append).brain.bundle.version == BASE
    promote(config.state_folder, made[0][0], {})
    service = load_service(config, said.append)
    assert service.brain.bundle.version == made[0][1]
    promote(config.state_folder, made[1][0], {})
    assert service.brain.bundle.version == made[0][1]
    with ControlServer(config.state_folder, {"reload": service.answer_reload}):
        assert ask(config.state_folder, {"do": "reload"}) == {"bundle": made[1][1]}
    assert service.brain.bundle.version == made[1][1]
    assert said == []


def test_a_broken_bundle_is_refused_loudly_and_the_former_one_serves(config, made):
    for folder, _ in made:
        promote(config.state_folder, folder, {})
    broken = config.state_folder / "releases" / made[1][1]
    (broken / MODEL_FILE).write_bytes(b"no graph")
    said = []
    assert load_service(config, said.append).brain.bundle.version == made[0][1]
    assert len(said) == 1
    assert said[0].startswith(f"the bundle {made[1][1]} is left out and the one before it used: ")
    assert "does not match its SHA-256" in said[0]
    assert load_service(config, said.append).brain.bundle.version == made[0][1]
    assert len(said) == 1  # it is marked, and not tried again
    assert [release.standing for release in releases(config.state_folder)] == [
        "refused",
        "in service",
        "earlier",
    ]


def test_a_bundle_that_onnxruntime_cannot_run_is_refused_too(config, made):
    promote(config.state_folder, made[0][0], {})
    place = config.state_folder / "releases" / made[0][1]
    manifest = json.loads((place / MANIFEST_FILE).read_text())
    (place / MODEL_FILE).write_bytes(b"no graph")
    manifest["files"][MODEL_FILE]["sha256"] = hashlib.sha256(b"no graph").hexdigest()
    (place / MANIFEST_FILE).write_text(json.dumps(manifest))
    said = []
    assert load_service(config, said.append).brain.bundle.version == BASE
    assert "onnxruntime cannot run" in said[0]


def test_what_may_pass_is_no_reason_to_refuse_a_bundle_for_good(config, made, monkeypatch):
    promote(config.state_folder, made[0][0], {})

    def too_many_files(_decide, folder=None):
        if folder is None:
            return KNOWS
        raise BundleError("it cannot be read.") from OSError(24, "Too many open files")

    said = []
    with monkeypatch.context() as patch:
        patch.setattr("runtime.service.load_brain", too_many_files)
        assert load_service(config, said.append).brain is KNOWS
    assert len(said) == 1
    assert load_service(config, said.append).brain.bundle.version == made[0][1]


def test_a_broken_configured_bundle_is_an_error_and_nothing_takes_its_place(config, made, tmp_path):
    promote(config.state_folder, made[0][0], {})
    broken = Config.model_validate(
        {"state_dir": config.state_folder, "decide": {"bundle": tmp_path / "none"}}
    )
    with pytest.raises(BundleError, match="cannot be read"):
        load_service(broken, pytest.fail)


def test_the_running_lamp_clears_up_what_a_killed_promotion_left(config, made):
    promote(config.state_folder, made[0][0], {})
    left = config.state_folder / "releases" / ".0123"
    left.mkdir()
    (left / "vocabulary.txt").write_text("lumos")
    load_service(config, pytest.fail)
    assert left.exists()  # a simulation only reads
    open_service(config, pytest.fail)
    assert not left.exists()


def test_a_reload_over_the_socket_that_fails_says_why(config):
    def load():
        return next(loads)

    loads = iter([KNOWS])
    service = Service(load)
    service._load = lambda: (_ for _ in ()).throw(BundleError("it is broken."))
    with (
        ControlServer(config.state_folder, {"reload": service.answer_reload}),
        pytest.raises(ControlError, match="it is broken"),
    ):
        ask(config.state_folder, {"do": "reload"})
