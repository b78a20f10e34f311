"""What `foreglow doctor` looks at: everything the lamp needs, and how to mend what is missing.

Every check is a plain function from the configuration to one `Check`. None of them changes anything, fetches
anything or imports torch.
"""

import importlib
import importlib.metadata
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from runtime.check import Check, bad, good
from runtime.config import Config, load_config
from runtime.control import socket_path
from runtime.errors import ConfigError, ForeglowError
from runtime.lights.check import check_light
from runtime.mqtt.check import check_broker
from runtime.page.check import check_page
from runtime.switches.check import check_button

PYTHON = (3, 11)
"""The oldest Python that is tested."""

PACKAGES = {
    "numpy": "numpy",
    "onnxruntime": "onnxruntime",
    "pydantic": "pydantic",
    "pyyaml": "yaml",
    "rich": "rich",
    "soundfile": "soundfile",
    "soxr": "soxr",
    "vosk": "vosk",
}
"""Packages needed to listen, each with the module to import; `check_portaudio` sees to sounddevice."""

_INSTALL = "run `make setup`, or `pip install .` in the folder of foreglow"


def diagnose(config_path: Path | None = None) -> list[Check]:
    """Check the configuration file and then everything else; with a bad file, against the defaults."""
    try:
        config = load_config(config_path)
    except ConfigError as error:
        first = Check("configuration", False, True, str(error), "correct the file; see docs/configuration.md")
        return [first, *run_checks(Config())]
    where = config_path or (Path("device.yaml") if Path("device.yaml").exists() else "built-in defaults")
    return [good("configuration", str(where)), *run_checks(config)]


def run_checks(config: Config) -> list[Check]:
    """Every check but that of the configuration file itself."""
    checks = [check_python(), *check_packages(), check_portaudio()]
    for name, check in _CHECKS.items():
        try:
            checks.append(check(config))
        except ImportError as error:  # what is missing fails above too; the other checks go on
            checks.append(bad(name, f"cannot be checked: {error}", _INSTALL))
    if config.switch.gpio.pin is not None:
        checks.append(check_button(config))
    if config.mqtt.host is not None:
        checks.append(check_broker(config))
    if config.page.enabled:
        checks.append(check_page(config))
    return checks


def check_lines(checks: list[Check]) -> Iterator[str]:
    """The checks for people: a line each, and a second one that says how to mend it."""
    width = max((len(check.name) for check in checks), default=0)
    for check in checks:
        mark = "ok  " if check.ok else "FAIL" if check.required else "note"
        first, *more = check.detail.splitlines() or [""]
        yield f"{mark}  {check.name:<{width}}  {first}"
        indent = " " * (width + 8)
        yield from (indent + line for line in more)
        if check.mend:
            yield f"{indent}to mend it: {check.mend}"


def check_python() -> Check:
    """The interpreter's version."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] >= PYTHON:
        return good("Python", version)
    wanted = ".".join(str(part) for part in PYTHON)
    return bad("Python", f"{version} is too old", f"install Python {wanted} or later")


def check_packages() -> list[Check]:
    """Every package needed to listen can be imported."""
    # Else merely importing ONNX Runtime writes a device identifier into the home folder and reports home.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    return [_check_package(package, module) for package, module in PACKAGES.items()]


def _check_package(package: str, module: str) -> Check:
    try:
        importlib.import_module(module)
        return good(package, importlib.metadata.version(package))
    except Exception as error:  # noqa: BLE001 - a package that is half installed may raise anything
        return bad(package, f"cannot be imported: {error}", _INSTALL)


def check_portaudio() -> Check:
    """The library through which microphones are heard."""
    name = "PortAudio"
    try:
        sounddevice: Any = importlib.import_module("sounddevice")
    except ImportError as error:
        return bad(name, f"cannot be used: {error}", _INSTALL)
    except OSError:
        return bad(name, "the library is missing", "run `sudo apt install libportaudio2`")
    return good(name, sounddevice.get_portaudio_version()[1].partition(",")[0])


def check_microphone(config: Config) -> Check:
    """There is an input device, and the configured one is among them. Only `foreglow run` needs it."""
    from capture.errors import MicrophoneError
    from capture.microphone import Microphone

    try:
        device = Microphone(config.capture.microphone, config.capture.queue_s).device_name
    except MicrophoneError as error:
        mend = "plug one in, or set capture.microphone to a name that `foreglow microphones` lists"
        return bad("microphone", str(error), mend, required=False)
    return good("microphone", device)


def check_speech_model(config: Config) -> Check:
    """The speech model is here and unchanged, byte for byte. Nothing is fetched."""
    from transcribe.cache import cache_folder
    from transcribe.errors import SpeechModelError
    from transcribe.verify import MODEL_NAME, verify_speech_model

    name = "speech model"
    configured = config.transcribe.model
    folder = configured or cache_folder() / MODEL_NAME
    fetch = "run `python -m transcribe.fetch` while there is a network"
    if configured is None and not folder.exists():
        return bad(name, f"not fetched yet: there is no {folder}", fetch)
    try:
        verify_speech_model(folder)
    except SpeechModelError as error:
        elsewhere = "correct transcribe.model, or leave it out to have the model fetched"
        return bad(name, str(error), elsewhere if configured else fetch)
    return good(name, str(folder))


def check_bundle(config: Config) -> Check:
    """The language model bundle in service loads and matches its manifest."""
    from export.bundle import BASE_BUNDLE, load_bundle
    from export.errors import BundleError
    from runtime.releases.listing import in_service

    folder = config.decide.bundle
    mend = "correct decide.bundle, or leave it out to use the bundle that was learned, or the base bundle"
    try:
        if folder is None:
            mend = "set state_dir to another folder"
            folder = in_service(config.state_folder)
            mend = "run `foreglow rollback`; a lamp that starts leaves this bundle out by itself"
            if folder == BASE_BUNDLE:
                mend = f"install foreglow again: {_INSTALL}"
        bundle = load_bundle(folder)
    except (BundleError, ConfigError) as error:
        return bad("bundle", str(error), mend)
    return good("bundle", f"{bundle.version} in {bundle.folder}")


def check_state_folder(config: Config) -> Check:
    """The state folder can be written, or made, and its socket's path is not too long."""
    mend = "make it writable for this user, or set state_dir to another folder"
    try:
        folder = config.state_folder
        socket_path(folder)
    except ForeglowError as error:
        return bad("state folder", str(error), "set state_dir to another folder")
    try:
        if folder.exists():
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-"):
                return good("state folder", str(folder))
        parent = next(above for above in folder.absolute().parents if above.exists())
        if parent.is_dir() and os.access(parent, os.W_OK | os.X_OK):
            return good("state folder", f"{folder} (will be made)")
        return bad("state folder", f"{folder} cannot be made in {parent}", mend)
    except OSError as error:
        return bad("state folder", f"{folder} cannot be written: {error.strerror}", mend)


_CHECKS: dict[str, Callable[[Config], Check]] = {
    "microphone": check_microphone,
    "speech model": check_speech_model,
    "bundle": check_bundle,
    "state folder": check_state_folder,
    "light": check_light,
}
