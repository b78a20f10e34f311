"""The connection to the MQTT broker: made in a thread of its own, and made again for ever.

Nothing here waits for the network except `send`, which a light calls in the light's own thread.
"""

import logging
import ssl
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from runtime.config import MqttConfig
from runtime.errors import ConfigError, MqttError
from runtime.mqtt.account import account
from runtime.mqtt.topics import Topics

if TYPE_CHECKING:
    from paho.mqtt.client import Client

_log = logging.getLogger(__name__)

FIRST_RETRY_S, LAST_RETRY_S = 1.0, 60.0
"""Seconds between two attempts to connect: doubled from the first to the last."""

_KEEPALIVE_S = 30
"""A broker that is silent for half as long again is taken for gone."""

_WAITING_MESSAGES = 100
"""Of ours that the broker has not confirmed yet; more are refused rather than piled up."""

_LONGEST_COMMAND = 256
"""Bytes of a message to us; the words we know are shorter."""

_LONGEST_PACKET = 65_536
"""Bytes of anything the broker sends; what is sent to a lamp is far shorter, and MQTT would allow 256 MB."""

_FAREWELL_S = 2.0
_LOOK_AFTER_S = 5.0

Take = Callable[[str], object]
"""Takes the text of a message."""


class Broker:
    """One connection after another. Everything retained is sent again after each connect."""

    def __init__(
        self,
        config: MqttConfig,
        *,
        first_retry_s: float = FIRST_RETRY_S,
        last_retry_s: float = LAST_RETRY_S,
        guest: bool = False,
    ) -> None:
        """`first_retry_s`, `last_retry_s`: the first and the longest pause between two attempts to connect.

        Args:
            guest: only look whether it answers; the lamp itself may be connected, and is not disturbed.

        Raises MqttError when the account or the certificates cannot be used, ConfigError without paho-mqtt.
        """
        assert config.host is not None, "without a broker there is none to make"
        self._host, self._port = config.host, config.port or (8883 if config.tls else 1883)
        self._where = f"the MQTT broker {self._host}:{self._port}"
        self._topics = Topics(config.topic)
        self._account = account(config)
        self._tls = _tls(config) if config.tls else None
        self._paho = _load_paho()
        self._first_retry_s, self._last_retry_s = first_retry_s, last_retry_s
        self._guest = guest
        self._state = threading.Condition()
        self._client: Client | None = None  # while it is connected
        self._failure: str | None = f"{self._where} has not answered yet"
        self._told = False
        self._kept: dict[str, str] = {}
        self._takers: dict[str, tuple[Take, int]] = {}
        self._after: list[Callable[[], object]] = []
        self._closed = threading.Event()
        self._over = threading.Event()  # the present connection is
        self._thread = threading.Thread(target=self._work, name="mqtt", daemon=True)

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """Say goodbye if connected; takes two seconds at most. Calling it again does nothing."""
        with self._state:
            if self._closed.is_set():
                return
            self._closed.set()
            client = self._client
        if client is not None and not self._guest:
            gone = client.publish(self._topics.availability, "offline", 1, retain=True)
            _confirmed(gone, time.monotonic() + _FAREWELL_S)
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(_FAREWELL_S)  # an attempt to connect cannot be broken off

    def keep(self, topic: str, text: str) -> None:
        """Have the broker keep this for whoever comes, now or once it is there. Returns at once."""
        with self._state:
            if self._kept.get(topic) == text:
                return
            self._kept[topic] = text
            if self._client is not None:
                # Not confirmed: should the connection break over it, the next one begins with all that is kept.
                self._client.publish(topic, text, 0, retain=True)

    def send(self, topic: str, text: str, timeout_s: float, *, retain: bool) -> None:
        """Send it and wait until the broker has it. Raises MqttError, at the latest after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        with self._state:
            if not self._state.wait_for(lambda: self._client is not None, timeout_s):
                raise MqttError(self._failure or f"{self._where} is not connected")
            assert self._client is not None
            if retain:
                self._kept[topic] = text
            sent = self._client.publish(topic, text, 1, retain=retain)
        if not _confirmed(sent, deadline):
            raise MqttError(f"{self._where} does not confirm")

    def listen(self, topic: str, take: Take, *, at_most_once: bool = False) -> None:
        """Hand every message at `topic` to `take`, in the connection's thread.

        What the broker had kept from earlier is left out: an old command must not switch a light after a restart.
        `at_most_once`: for what may not be done twice, as a toggle.
        """
        with self._state:
            self._takers[topic] = (take, 0 if at_most_once else 1)
            if self._client is not None:
                self._client.subscribe(topic, self._takers[topic][1])

    def when_connected(self, do: Callable[[], object]) -> None:
        """Call `do` after each connect, in the connection's thread."""
        self._after.append(do)

    def health(self) -> dict[str, Any]:
        """For `foreglow status`: which broker, whether it is connected, and why not."""
        with self._state:
            connected, where = self._client is not None, f"{self._host}:{self._port}"
            return {"broker": where, "connected": connected, "failure": self._failure}

    def _work(self) -> None:
        pause_s = self._first_retry_s
        while not self._closed.is_set():
            self._over.clear()
            # A fresh client each time: an old one would send again what it had not brought to its end, after what
            # has become true since.
            client = self._make()
            try:
                client.connect(self._host, self._port, _KEEPALIVE_S)
            except (OSError, ValueError) as error:  # ValueError: a host name that cannot be one
                self._fail(f"{self._where} cannot be reached: {_reason(error)}")
            except Exception as error:  # noqa: BLE001 - a mistake of the library must not end all connecting
                if not self._told:
                    _log.exception("Connecting to %s failed in an unforeseen way.", self._where)
                self._fail(f"{self._where} cannot be reached: an unforeseen {type(error).__name__}")
            else:
                client.loop_start()
                while not self._over.wait(_LOOK_AFTER_S):
                    if client._thread is None:  # a mistake of the library ended it without a word
                        self._fail(f"{self._where} sent what could not be read")
                        break
                with self._state:
                    if self._client is not None:
                        pause_s = self._first_retry_s
                    self._client = None
                client.disconnect()
                client.loop_stop()
            self._closed.wait(pause_s)
            pause_s = min(2 * pause_s, self._last_retry_s)

    def _make(self) -> "Client":
        paho = self._paho
        client: Client = paho.Client(
            paho.CallbackAPIVersion.VERSION2,
            client_id="" if self._guest else self._topics.name,  # empty: the broker makes one up
            protocol=paho.MQTTv311,
            reconnect_on_failure=False,
        )
        client.username_pw_set(*self._account)
        if self._tls is not None:
            client.tls_set_context(self._tls)
        if not self._guest:
            client.will_set(self._topics.availability, "offline", 1, retain=True)
        client.max_queued_messages_set(_WAITING_MESSAGES)
        client.suppress_exceptions = True  # our mistakes are told below; none may end the connection's thread
        self._bound(client)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _bound(self, client: "Client") -> None:
        """Break the connection rather than take in a long packet; paho has no limit of its own."""
        receive = client._sock_recv

        def bounded(bufsize: int) -> bytes:
            if bufsize > _LONGEST_PACKET:
                self._fail(f"{self._where} sends a message of more than {_LONGEST_PACKET:,} bytes")
                self._over.set()
                raise ConnectionAbortedError
            return receive(bufsize)

        client._sock_recv = bounded  # type: ignore[method-assign]

    def _on_connect(self, client: Any, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        if code.is_failure:
            self._fail(f"{self._where} refuses the connection: {str(code).lower()}")
            self._over.set()
            return
        with self._state:
            for topic, (_, quality) in self._takers.items():
                client.subscribe(topic, quality)
            for topic, text in self._kept.items():
                client.publish(topic, text, 0, retain=True)
            if not self._guest:
                client.publish(self._topics.availability, "online", 1, retain=True)
            self._client, self._failure = client, None
            told, self._told = self._told, False
            self._state.notify_all()
        if told:
            _log.warning("%s answers again.", _sentence(self._where))
        for do in self._after:
            _safely(do)

    def _on_disconnect(self, client: Any, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        with self._state:
            was, self._client = self._client is client, None
        if not self._closed.is_set() and not self._over.is_set():
            how = "broke the connection" if was else "does not speak MQTT"
            self._fail(f"{self._where} {how}: {str(code).lower()}")
        self._over.set()

    def _fail(self, failure: str) -> None:
        with self._state:
            self._failure = failure
            told, self._told = self._told, True
        if not told and not self._guest:
            _log.warning("%s; it is tried again, less and less often.", _sentence(failure))

    def _on_message(self, _client: Any, _data: Any, message: Any) -> None:
        found = self._takers.get(message.topic)
        if found is None or message.retain or len(message.payload) > _LONGEST_COMMAND:
            return
        text = message.payload.decode(errors="replace").strip()
        _safely(lambda: found[0](text))


def _load_paho() -> Any:
    try:
        import paho.mqtt.client
    except ImportError:
        raise ConfigError(
            "mqtt.host is set, but paho-mqtt is not installed; run `pip install 'foreglow[mqtt]'`."
        ) from None
    return paho.mqtt.client


def _tls(config: MqttConfig) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=config.ca_file)
    except ssl.SSLError:
        raise MqttError(f"mqtt.ca_file {config.ca_file} cannot be used: it holds no certificate.") from None
    except OSError as error:
        raise MqttError(f"mqtt.ca_file {config.ca_file} cannot be used: {error.strerror}.") from None


def _confirmed(sent: Any, deadline: float) -> bool:
    """Whether the broker confirmed a message before the deadline, in monotonic seconds."""
    try:
        sent.wait_for_publish(max(0.001, deadline - time.monotonic()))
        return bool(sent.is_published())
    except (ValueError, RuntimeError):  # too many wait already, or the connection has gone meanwhile
        return False


def _safely(do: Callable[[], object]) -> None:
    """A mistake of ours must not end the connection, nor pass unseen."""
    try:
        do()
    except Exception:  # noqa: BLE001
        _log.exception("A message of MQTT could not be heeded.")


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"no TLS ({error.reason})"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
