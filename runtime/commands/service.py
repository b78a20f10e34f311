"""`foreglow install` and `foreglow uninstall`."""

import argparse
import json
from collections.abc import Callable, Sequence

from runtime.config import Config
from runtime.errors import ServiceError
from runtime.supervision.install import install_steps, uninstall_steps, what_stays, why_not
from runtime.supervision.steps import Step, carry_out

_LISTENS = (
    "The lamp listens, now and whenever this machine starts: `systemctl status foreglow` and "
    "`journalctl -u foreglow` tell about it, `sudo foreglow status` asks it."
)
_CONSOLE = (
    "Note: light.kind is console, so the service switches nothing; set it in device.yaml and install again."
)


def install(options: argparse.Namespace, config: Config, complain: Callable[[str], object]) -> int:
    """Install the service. Raises ServiceError, ConfigError, TranscribeError, OSError."""
    _ask(options, complain)
    _carry_out(options, install_steps(config, options.config))
    if config.light.kind == "console" and config.mqtt.host is None:
        _tell(options, _CONSOLE)
    if not options.dry_run:
        _tell(options, _LISTENS)
    return 0


def uninstall(options: argparse.Namespace, complain: Callable[[str], object]) -> int:
    """Remove the service. Raises ServiceError, OSError."""
    _ask(options, complain)
    steps = uninstall_steps(options.state)
    if not steps:
        _tell(options, "foreglow is not installed as a service.")
    _carry_out(options, steps)
    if not options.state and (stays := what_stays()) is not None:
        _tell(options, stays)
    return 0


def _ask(options: argparse.Namespace, complain: Callable[[str], object]) -> None:
    """Whether it can be done here. A dry run goes on in any case."""
    refusal = why_not(options.command)
    if refusal is not None:
        if not options.dry_run:
            raise ServiceError(refusal)
        complain(f"without --dry-run this would be refused: {refusal}")


def _carry_out(options: argparse.Namespace, steps: Sequence[Step]) -> None:
    carry_out(steps, options.dry_run, lambda line: _tell(options, line))


def _tell(options: argparse.Namespace, line: str) -> None:
    print(json.dumps({"event": "told", "text": line}) if options.json else line, flush=True)
