"""What the lamp of one configuration needs of the machine it runs on, so that all else can be taken from it."""

import grp
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import runtime
from runtime.config import Config
from runtime.lights.leds import LEDS

_PINS: Final = ("gpiochip*", "gpiomem*")
"""Of /dev: how gpiozero and pinctrl reach the pins."""


@dataclass(frozen=True)
class Needs:
    """What the sandbox must leave open."""

    command: tuple[str, ...]
    """The program and its arguments."""

    python_path: Path | None
    """Folder of the rooms, where they are not installed among the interpreter's packages."""

    files: tuple[Path, ...]
    """Every file and folder that is read and may lie where a service does not look."""

    groups: tuple[str, ...]
    """Groups that own the devices."""

    devices: tuple[str, ...]
    """Devices, as DeviceAllow= names them."""

    writable: tuple[Path, ...]
    """Beside the lamp's own folders."""

    network: bool
    """Whether anything is reached over the network."""

    password_file: Path | None
    """The file of the MQTT password."""


def needs_of(config: Config, path: Path | None) -> Needs:
    """What `foreglow run` needs with this configuration, read from `path`; None is that of the defaults."""
    config_file = None if path is None else path.absolute()
    named = () if config_file is None else ("--config", str(config_file))
    rooms = Path(runtime.__file__).resolve().parent.parent
    installed = "site-packages" in rooms.parts or "dist-packages" in rooms.parts
    pins = config.light.kind == "gpio" or config.switch.gpio.pin is not None
    program = config.light.kind == "command"
    pin_devices = _pin_devices() if pins or program else ()
    led = LEDS / config.light.leds.name if config.light.kind == "leds" and config.light.leds.name else None
    groups: list[str | None] = ["audio"] if _group_exists("audio") else []
    groups += [_group_of(Path(device)) for device in pin_devices]
    groups += [] if led is None else [_group_of(led / "brightness")]
    return Needs(
        command=(sys.executable, "-m", "runtime.cli", "run", *named),
        python_path=None if installed else rooms,
        files=tuple(_files(config, config_file, rooms)),
        groups=tuple(dict.fromkeys(group for group in groups if group)),
        devices=(
            "char-alsa rw",
            *(("char-gpiochip rw",) if pins or program else ()),
            *(f"{device} rw" for device in pin_devices if "gpiomem" in device),
        ),
        writable=() if led is None else (led.resolve(),),
        network=config.mqtt.host is not None or config.page.enabled or (program and config.light.network),
        password_file=config.mqtt.password_file,
    )


def _files(config: Config, config_file: Path | None, rooms: Path) -> list[Path]:
    """In the order in which they are likely to hold each other."""
    program = config.light.command if config.light.kind == "command" else ()
    configured = [config_file, config.transcribe.model, config.decide.bundle, config.mqtt.ca_file]
    configured += [Path(part) for part in program if part.startswith("/") and Path(part).exists()]
    packages = [Path(entry) for entry in sys.path if entry and Path(entry).is_dir()]
    interpreter = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable)]
    here = Path.cwd()
    named = [rooms, *interpreter, *(path for path in packages if path != here), *filter(None, configured)]
    # A link is read too, and what it leads to.
    return list(dict.fromkeys(found for path in named for found in (path.absolute(), path.resolve())))


def _pin_devices() -> tuple[str, ...]:
    return tuple(sorted(str(device) for glob in _PINS for device in Path("/dev").glob(glob)))


def _group_of(path: Path) -> str | None:
    """The group of a file that is not root's own; None where there is none."""
    try:
        number = path.stat().st_gid
        return None if number == 0 else grp.getgrgid(number).gr_name
    except (OSError, KeyError):
        return None


def _group_exists(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True
