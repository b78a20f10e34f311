"""The light, the switches and the MQTT broker of a running lamp, put together as the configuration says."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from runtime.config import Config
from runtime.errors import ForeglowError
from runtime.events import Event
from runtime.health import Health
from runtime.learning.budget import allow_a_day, allowed_a_day
from runtime.learning.loop import Loop
from runtime.lights.light import Light, Reached, not_told
from runtime.lights.make import make_light
from runtime.mqtt.broker import Broker
from runtime.mqtt.home_assistant import Budget, HomeAssistant, Mute
from runtime.mqtt.switch import Echoes, MqttSwitch
from runtime.mqtt.topics import Topics
from runtime.switches.console import make_console_switch
from runtime.switches.gpio import make_gpio_switch

_log = logging.getLogger(__name__)


class Devices:
    """What the lamp switches and is switched by. One instance, closed with its `with` block."""

    def __init__(
        self,
        config: Config,
        write: Callable[[str], object],
        stack: ExitStack,
        reached: Reached = not_told,
    ) -> None:
        """Take the light and begin to connect to the broker; all is let go with `stack`.

        Args:
            write: takes the lines of a console light.
            reached: told whenever the light has been switched.

        Raises ConfigError when a package is missing, MqttError when the account or certificates cannot be used.
        """
        self._config = config
        self._broker: Broker | None = None
        self._home: HomeAssistant | None = None
        self._echoes = Echoes(config.learn.echo_s)
        topics = Topics(config.mqtt.topic)
        if config.mqtt.host is not None:
            self._broker = Broker(config.mqtt)
            stack.callback(self._broker.close)
        mqtt = None if self._broker is None else (self._broker, topics)
        self._light = make_light(config.light, write, mqtt, reached)
        stack.callback(self._light.close)
        self.light: Light = _TaggedLight(self._light, self._echoes)

    def tell(self, event: Event) -> None:
        """One event of the loop. Returns at once."""
        if self._home is not None:
            self._home.tell(event)

    def watched_by(self, health: Health) -> None:
        """Have `foreglow status` tell how they are."""
        health.parts["light_device"] = lambda: self._light.health().as_json()
        if self._broker is not None:
            health.parts["mqtt"] = self._broker.health

    @contextmanager
    def switched_by_hand(
        self,
        loop: Loop,
        now_s: Callable[[], float],
        status: Callable[[], Mapping[str, Any]],
        mute: Mute | None = None,
    ) -> Iterator[None]:
        """Within this, every configured switch and Home Assistant flip the light.

        Args:
            now_s: seconds on the audio clock.
            status: what Home Assistant is shown of the lamp's health.
            mute: what closes the microphone; without it Home Assistant has no switch for that.
        """

        def flip(on: bool) -> None:
            loop.flip(on, "switch", now_s())

        def lit() -> bool:
            return loop.lit

        switches = self._config.switch
        with ExitStack() as stack:
            stack.callback(make_console_switch(flip, lit).close)
            stack.callback(make_gpio_switch(switches.gpio, flip, lit).close)
            if self._broker is not None:
                budget = Budget(lambda: allowed_a_day(self._config), self._allow)
                self._home = HomeAssistant(
                    self._broker, self._config.mqtt, _version(), flip, status, budget=budget, mute=mute
                )
                stack.callback(self._home.close)
                if switches.mqtt.topic is not None:
                    switch = MqttSwitch(self._broker, switches.mqtt.topic, flip, lit, self._echoes)
                    stack.callback(switch.close)
                self._broker.start()
            yield

    def _allow(self, number: float) -> None:
        try:
            allow_a_day(self._config, number)
        except ForeglowError as error:
            _log.warning("%s", error)


class _TaggedLight:
    """Remembers each command before it is given, so that its echo is known however fast it comes."""

    def __init__(self, light: Light, echoes: Echoes) -> None:
        self._light = light
        self._echoes = echoes

    def switch(self, on: bool) -> None:
        self._echoes.commanded(on)
        self._light.switch(on)

    def close(self) -> None:
        self._light.close()


def _version() -> str:
    try:
        return version("foreglow")
    except PackageNotFoundError:
        return "?"
