"""Pins and LEDs: what the hardware would see."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory

from runtime import gpio
from runtime.config import Config, GpioSwitchConfig, LightConfig, SwitchConfig
from runtime.errors import ConfigError, LightError
from runtime.gpio import check_pin
from runtime.lights.check import check_led, check_light
from runtime.lights.gpio import GpioDevice
from runtime.lights.leds import LedDevice
from runtime.lights.make import make_light
from runtime.switches.check import check_button
from runtime.switches.gpio import make_gpio_switch
from runtime.switches.switch import NoSwitch

ROOT = Path(__file__).parents[2]


@pytest.fixture
def pins(monkeypatch: pytest.MonkeyPatch) -> Iterator[MockFactory]:
    """Pins that are but numbers."""
    factory = MockFactory()
    monkeypatch.setattr(Device, "pin_factory", factory)
    yield factory
    factory.reset()


@pytest.mark.parametrize(("active_low", "volts"), [(False, [0, 1, 0]), (True, [1, 0, 1])])
def test_a_relay_is_off_from_the_start_and_then_as_wanted(
    pins: MockFactory, active_low: bool, volts: list[int]
) -> None:
    config = {"kind": "gpio", "gpio": {"pin": 17, "active_low": active_low}}
    light = make_light(LightConfig.model_validate(config))
    light.close()  # waits for the first command, which is off
    device = GpioDevice(17, active_low=active_low)
    seen = []
    for on in (False, True, False):
        device.set(on, 1.0)
        seen.append(int(pins.pin(17).state))
    assert seen == volts
    assert pins.pin(17).function == "output"
    device.close()
    device.close()
    assert pins.pin(17).function == "input"


def test_the_light_is_put_out_when_the_lamp_starts(pins: MockFactory) -> None:
    light = make_light(LightConfig.model_validate({"kind": "gpio", "gpio": {"pin": 4, "active_low": True}}))
    states = pins.pin(4)
    light.close()
    assert light.health().reached == "off"
    assert [state.state for state in states.states][-1] in (True, 1)


def test_a_pin_that_is_in_use_is_told_and_tried_again(pins: MockFactory) -> None:
    first, second = GpioDevice(17, active_low=False), GpioDevice(17, active_low=False)
    first.set(True, 1.0)
    with pytest.raises(LightError, match=r"cannot be switched: .*17"):
        second.set(True, 1.0)
    first.close()
    second.set(True, 1.0)
    assert pins.pin(17).state
    second.close()


def test_without_the_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiozero", None)
    with pytest.raises(ConfigError, match=r"pip install 'foreglow\[gpio\]'"):
        make_light(LightConfig.model_validate({"kind": "gpio", "gpio": {"pin": 17}}))


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="lgpio has wheels up to Python 3.12 alone")
def test_the_pipe_that_lgpio_makes_is_not_left_lying_about(tmp_path: Path) -> None:
    program = "from runtime.gpio import load_gpio; load_gpio()"
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert (done.returncode, list(tmp_path.iterdir())) == (0, []), done.stderr


class Button:
    """A button on pin 27, a light that it flips, and a clock."""

    def __init__(self, pins: MockFactory, **config: object) -> None:
        self.lit, self.now_s = False, 100.0
        self.flips: list[bool] = []
        settings = GpioSwitchConfig.model_validate({"pin": 27, "debounce_ms": 50, **config})
        self.switch = make_gpio_switch(settings, self._flip, lambda: self.lit, lambda: self.now_s)
        self.pin = pins.pin(27)

    def _flip(self, on: bool) -> None:
        self.lit = on
        self.flips.append(on)

    def move(self, pressed: bool, after_s: float) -> None:
        self.now_s += after_s
        if pressed:
            self.pin.drive_low()
        else:
            self.pin.drive_high()


def test_each_press_flips_the_light_and_contacts_that_bounce_are_one_press(pins: MockFactory) -> None:
    button = Button(pins)
    for pressed, after_s in [
        (True, 1.0),
        (False, 0.003),
        (True, 0.004),
        (False, 0.2),
        (True, 0.002),
        (False, 0.03),
    ]:
        button.move(pressed, after_s)
    assert button.flips == [True]
    button.move(True, 1.0)
    assert button.flips == [True, False]
    button.switch.close()


def test_a_button_to_the_supply_is_the_other_way_round(pins: MockFactory) -> None:
    button = Button(pins, active_low=False)
    button.move(False, 1.0)  # high: pressed
    assert button.flips == [True]
    button.switch.close()


def test_a_press_that_cannot_be_heeded_leaves_the_next_one(
    pins: MockFactory, caplog: pytest.LogCaptureFixture
) -> None:
    button = Button(pins)
    flip, button._flip = button._flip, lambda _: 1 / 0  # type: ignore[method-assign]
    broken = make_gpio_switch(GpioSwitchConfig(pin=22), button._flip, lambda: False)
    pins.pin(22).drive_low()
    pins.pin(22).drive_high()
    assert "The button could not flip the light." in caplog.text
    button._flip = flip  # type: ignore[method-assign]
    broken.close()
    button.switch.close()


@pytest.mark.usefixtures("pins")
def test_no_pin_is_no_button_and_one_in_use_is_told(caplog: pytest.LogCaptureFixture) -> None:
    assert isinstance(make_gpio_switch(GpioSwitchConfig(), pytest.fail, lambda: False), NoSwitch)
    light = GpioDevice(27, active_low=False)
    light.set(True, 1.0)
    assert isinstance(make_gpio_switch(GpioSwitchConfig(pin=27), pytest.fail, lambda: False), NoSwitch)
    assert "The button on GPIO 27 cannot be used" in caplog.text
    light.close()


@pytest.fixture
def leds(tmp_path: Path) -> Path:
    """What the kernel shows of one LED, as files."""
    folder = tmp_path / "ACT"
    folder.mkdir()
    for name, content in {
        "brightness": "3",
        "max_brightness": "255\n",
        "trigger": "none [mmc0] timer\n",
    }.items():
        (folder / name).write_text(content)
    return tmp_path


def test_an_led_is_taken_from_its_trigger_and_lit_as_bright_as_it_can(leds: Path) -> None:
    device = LedDevice("ACT", leds)
    device.set(True, 1.0)
    assert (leds / "ACT" / "trigger").read_text() == "none\n"
    assert (leds / "ACT" / "brightness").read_text() == "255\n"
    (leds / "ACT" / "trigger").write_text("timer")  # somebody else's wish, which is not fought over
    device.set(False, 1.0)
    assert (leds / "ACT" / "brightness").read_text() == "0\n"
    assert (leds / "ACT" / "trigger").read_text() == "timer"
    device.close()


def test_an_led_without_triggers_will_do(leds: Path) -> None:
    (leds / "ACT" / "trigger").unlink()
    LedDevice("ACT", leds).set(True, 1.0)
    assert (leds / "ACT" / "brightness").read_text() == "255\n"
    assert not (leds / "ACT" / "trigger").exists()


def test_an_led_that_is_gone_is_told_and_nothing_is_made_in_its_place(leds: Path) -> None:
    with pytest.raises(LightError, match=r"is not there: there is no .*/PWR/"):
        LedDevice("PWR", leds).set(False, 1.0)
    assert not (leds / "PWR").exists()
    (leds / "ACT" / "max_brightness").write_text("bright")
    with pytest.raises(LightError, match="does not say how bright"):
        LedDevice("ACT", leds).set(True, 1.0)


def test_doctor_looks_at_leds_and_pins(leds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_led("ACT", leds).ok
    assert "there is no LED PWR; there are: ACT" in check_led("PWR", leds).detail
    assert (
        "there is no LED no-such-led"
        in check_light(
            Config(light=LightConfig.model_validate({"kind": "leds", "leds": {"name": "no-such-led"}}))
        ).detail
    )
    monkeypatch.setattr(gpio.importlib.util, "find_spec", lambda _: object())
    assert "there is no" in check_pin("light", 17, tmp_path / "dev").detail
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "gpiochip0").touch()
    assert check_pin("light", 17, tmp_path / "dev").ok
    monkeypatch.setattr(gpio.importlib.util, "find_spec", lambda _: None)
    assert check_button(Config(switch=SwitchConfig(gpio=GpioSwitchConfig(pin=3)))).mend.startswith(
        "run `pip install"
    )
