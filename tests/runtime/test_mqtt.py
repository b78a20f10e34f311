"""The connection to a real MQTT broker: restarts, what is kept and what is left alone."""

import queue
import socket
import threading
import time
import tracemalloc
from contextlib import closing

import pytest

from benchmarks.endurance.broker import free_port
from runtime.config import LightConfig
from runtime.errors import MqttError
from runtime.lights.make import make_light
from runtime.mqtt import broker
from runtime.mqtt.topics import Topics
from tests.runtime.mosquitto import PATIENCE_S, Connect, Guest, Start, told, wait_for

TOPICS = Topics("foreglow")


def test_what_is_kept_is_there_for_who_comes_later_and_a_vanished_lamp_is_offline(
    mosquitto: Start, connect: Connect
) -> None:
    server = mosquitto()
    ours = connect(server.port)
    ours.keep("foreglow/light/state", "OFF")
    wait_for(lambda: ours.health()["connected"])
    ours.keep("foreglow/light/state", "ON")
    with closing(Guest(server.port, "foreglow/light/state")) as guest:
        guest.until("foreglow/light/state", "ON")
    with closing(Guest(server.port)) as guest:
        guest.until(TOPICS.availability, "online")
        assert ours._client is not None
        sock = ours._client.socket()
        assert sock is not None
        sock.shutdown(2)  # gone without a word
        guest.until(TOPICS.availability, "offline")
        guest.until(TOPICS.availability, "online")  # and back
        ours.close()
        guest.until(TOPICS.availability, "offline")
    assert not ours._thread.is_alive()


def test_a_broker_that_restarts_is_found_again_and_told_everything_again(
    mosquitto: Start, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    server = mosquitto()
    heard: queue.Queue[str] = queue.Queue()
    ours = connect(server.port, ("foreglow/light/set", heard.put))
    ours.keep("foreglow/light/state", "ON")
    wait_for(lambda: ours.health()["connected"])
    server.stop()
    wait_for(lambda: not ours.health()["connected"])
    ours.keep("foreglow/light/state", "OFF")  # while nobody is there
    time.sleep(0.5)  # several attempts in vain
    assert "cannot be reached: Connection refused" in ours.health()["failure"]
    server.start()
    wait_for(lambda: ours.health()["connected"])
    with closing(Guest(server.port)) as guest:
        guest.until("foreglow/light/state", "OFF")
        guest.until(TOPICS.availability, "online")
        guest.say("foreglow/light/set", "ON")
    assert heard.get(timeout=PATIENCE_S) == "ON"
    where = f"The MQTT broker 127.0.0.1:{server.port}"
    first, second = told(caplog)
    assert first.startswith(f"{where} broke the connection: ")
    assert second == f"{where} answers again."


def test_a_broker_that_is_not_there_yet_holds_up_nobody(connect: Connect) -> None:
    ours = connect(free_port())
    ours.keep("foreglow/light/state", "ON")
    with pytest.raises(MqttError, match=r"127\.0\.0\.1:\d+ cannot be reached"):
        ours.send("lamp/set", "ON", 0.3, retain=False)


def test_the_light_is_tried_again_when_the_broker_is_back(mosquitto: Start, connect: Connect) -> None:
    server = mosquitto()
    server.stop()
    ours = connect(server.port)
    config = {"kind": "mqtt", "timeout_s": 0.2, "mqtt": {"topic": "lamp/set", "payload_on": "an"}}
    light = make_light(LightConfig.model_validate(config), mqtt=(ours, TOPICS))
    light._first_retry_s = 10 * PATIENCE_S  # no pause ends while the test runs
    light.switch(True)
    wait_for(lambda: light.health().failures)
    assert "cannot be reached: the MQTT broker" in str(light.health().failure)
    server.start()
    with closing(Guest(server.port, "lamp/set")) as bulb:
        wait_for(lambda: light.health().reached == "on")
        light.switch(False)
        bulb.until("lamp/set", "OFF")
    with closing(Guest(server.port, "#")) as late:
        late.until(TOPICS.availability, "online")
        assert "lamp/set" not in [topic for topic, _, _ in late.so_far()]
    light.close()


def test_without_a_topic_the_light_is_its_own_state(mosquitto: Start, connect: Connect) -> None:
    server = mosquitto()
    light = make_light(LightConfig(kind="mqtt"), mqtt=(connect(server.port), TOPICS))
    light.switch(True)
    light.close()
    with closing(Guest(server.port, TOPICS.light)) as late:
        assert late.until(TOPICS.light) == "ON"


def test_an_old_command_that_the_broker_kept_is_left_alone(mosquitto: Start, connect: Connect) -> None:
    server = mosquitto()
    heard: queue.Queue[str] = queue.Queue()
    with closing(Guest(server.port)) as guest:
        guest.say("foreglow/light/set", "OFF", retain=True)
        connect(server.port, ("foreglow/light/set", heard.put))
        guest.until(TOPICS.availability, "online")
        guest.say("foreglow/light/set", "x" * 5000)
        guest.say("foreglow/light/set", " ON ")
        assert heard.get(timeout=PATIENCE_S) == "ON"
    assert heard.empty()


def test_a_mistake_of_ours_does_not_end_the_connection(
    mosquitto: Start, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    server = mosquitto()
    heard: queue.Queue[str] = queue.Queue()

    def take(text: str) -> None:
        heard.put(text)
        raise RuntimeError("ours")

    ours = connect(server.port, ("foreglow/light/set", take))
    wait_for(lambda: ours.health()["connected"])
    with closing(Guest(server.port)) as guest:
        guest.say("foreglow/light/set", "ON")
        guest.say("foreglow/light/set", "OFF")
    assert [heard.get(timeout=PATIENCE_S) for _ in range(2)] == ["ON", "OFF"]
    assert "could not be heeded" in caplog.text


def test_a_connection_whose_thread_dies_is_made_again(
    mosquitto: Start, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "_LOOK_AFTER_S", 0.05)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    server = mosquitto()
    heard: queue.Queue[str] = queue.Queue()
    ours = connect(server.port, ("foreglow/light/set", heard.put))
    wait_for(lambda: ours.health()["connected"])
    first = ours._client
    monkeypatch.setattr(first, "_handle_publish", lambda: 1 / 0)
    with closing(Guest(server.port)) as guest:
        guest.say("foreglow/light/set", "ON")
        wait_for(lambda: ours._client not in (None, first))
        guest.say("foreglow/light/set", "OFF")
        assert heard.get(timeout=PATIENCE_S) == "OFF"


def test_a_message_without_end_is_not_taken_in_and_the_connection_is_made_again(
    mosquitto: Start, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    server = mosquitto()
    heard: queue.Queue[str] = queue.Queue()
    ours = connect(server.port, ("foreglow/light/set", heard.put))
    wait_for(lambda: ours.health()["connected"])
    with closing(Guest(server.port, "nothing")) as guest:
        guest.say("foreglow/light/set", "x" * 20_000_000)
        wait_for(lambda: any("sends a message of more than 65,536 bytes" in line for line in told(caplog)))
        wait_for(lambda: ours.health()["connected"])
        guest.say("foreglow/light/set", "ON")
        assert heard.get(timeout=PATIENCE_S) == "ON"


def test_a_broker_that_announces_a_message_of_256_megabytes_gets_no_room_for_it(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = connect(server.getsockname()[1])
        with server.accept()[0] as impostor:
            impostor.recv(1_000)
            impostor.sendall(b"\x20\x02\0\0")  # welcome
            wait_for(lambda: ours.health()["connected"])
            tracemalloc.start()
            try:
                impostor.sendall(b"\x30\xff\xff\xff\x7f" + bytes(1_000))
                wait_for(lambda: "more than 65,536 bytes" in str(ours.health()["failure"]))
                assert tracemalloc.get_traced_memory()[1] < 5_000_000
            finally:
                tracemalloc.stop()
