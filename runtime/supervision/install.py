"""`foreglow install` and `foreglow uninstall`: the lamp as a service of systemd."""

import os
import shutil
import sys
from pathlib import Path
from typing import Final

from runtime.config import Config, load_config
from runtime.config.config import DEFAULT_PATH
from runtime.errors import ServiceError
from runtime.supervision.environment import variable
from runtime.supervision.hidden import check_readable, to_show
from runtime.supervision.needs import needs_of
from runtime.supervision.service_user import STATE
from runtime.supervision.speech_model import PutSpeechModel
from runtime.supervision.steps import Remove, Run, Step, Write
from runtime.supervision.unit import FIRST_LINE, NAME, PRIVATE, unit_text

RUNNING: Final = Path("/run/systemd/system")
"""Is there when systemd has started this machine."""

UNIT: Final = Path("/etc/systemd/system") / NAME
"""Where an administrator's units are."""

_FAILED: Final = (
    "The service is installed, but the lamp does not start; `journalctl -u foreglow -n 20` says why."
)


def install_steps(config: Config, path: Path | None) -> list[Step]:
    """What installs the lamp that `config` describes, read from `path`; None is ./device.yaml if there is one.

    Raises ServiceError, ConfigError.
    """
    if path is None and DEFAULT_PATH.exists():
        path = DEFAULT_PATH
    _check_ours()
    _check_config(config, path)
    needs = needs_of(config, path)
    text = unit_text(needs)
    check_readable(needs.files, to_show(needs.files))
    model: list[Step] = [PutSpeechModel(PRIVATE)] if config.transcribe.model is None else []
    return [
        *model,
        Write(UNIT, text),
        Run(("systemctl", "daemon-reload")),
        Run(("systemctl", "enable", NAME)),
        # Not `enable --now`: a lamp that runs takes up the new unit and the new configuration.
        Run(("systemctl", "restart", NAME), _FAILED),
    ]


def uninstall_steps(state: bool) -> list[Step]:
    """What removes the service, and with `state` all that it learned. Raises ServiceError."""
    _check_ours()
    steps: list[Step] = []
    if UNIT.exists():
        steps += [
            Run(("systemctl", "disable", "--now", NAME)),
            Remove(UNIT),
            Run(("systemctl", "daemon-reload")),
        ]
    kept = [STATE] if state else []
    # The link first: it leads to the folder.
    for folder in [PRIVATE / "foreglow", *kept]:
        link = folder.parent.parent / folder.name
        steps += [Remove(place) for place in (link, folder) if os.path.lexists(place)]
    return steps


def what_stays() -> str | None:
    """A sentence on what an uninstalled service leaves, if anything."""
    if not STATE.exists():
        return None
    return f"What was heard and learned stays in {STATE}; `foreglow uninstall --state` removes it."


def why_not(command: str) -> str | None:
    """Why this process cannot do it, in one sentence."""
    if not RUNNING.is_dir() or shutil.which("systemctl") is None:
        return (
            f"foreglow {command} needs a machine that systemd has started, and this one was not; "
            "have its own init start `foreglow run` instead."
        )
    if os.geteuid() != 0:
        program = Path(sys.argv[0]).absolute()
        return (
            f"foreglow {command} changes the system, so it must be run by root: `sudo {program} {command}`."
        )
    return None


def _check_ours() -> None:
    try:
        text = UNIT.read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return
    except OSError as error:
        raise ServiceError(f"{UNIT} cannot be read: {error.strerror}.") from None
    if not text.startswith(FIRST_LINE):
        raise ServiceError(f"{UNIT} was not written by foreglow, so it is left alone; move it away first.")


def _check_config(config: Config, path: Path | None) -> None:
    """Refuse what means something else to a service."""
    if config.state_dir is not None:
        raise ServiceError(
            f"state_dir is set to {config.state_dir}, but a service keeps its state in /var/lib/foreglow; "
            f"take that line out of {path}."
        )
    secret = config.mqtt.password_file
    if secret is not None and not secret.is_file():
        raise ServiceError(f"mqtt.password_file {secret} is not there; write the password into it first.")
    if path is not None:
        with variable("HOME", "/nonexistent"):
            elsewhere = load_config(path)
        if elsewhere != config:
            raise ServiceError(f"{path} has a path with ~, which a service does not have; write it in full.")
