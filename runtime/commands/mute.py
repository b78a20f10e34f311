"""`foreglow mute` and `foreglow unmute`: whether the lamp may hear."""

import argparse
import json
from collections.abc import Callable

from runtime.config import Config
from runtime.control import ask


def mute(options: argparse.Namespace, config: Config, complain: Callable[[str], object]) -> int:
    """Have the running lamp close its microphone, or open it. Raises NotRunningError, ControlError."""
    answer = ask(config.state_folder, {"do": options.command})
    if options.json:
        print(json.dumps(answer))
    elif answer["muted"]:
        print("muted: the microphone is closed")
    elif answer["trouble"] is not None:
        print(f"unmuted, but there is no microphone: {answer['trouble']}")
    else:
        print(
            "unmuted: "
            + ("listening" if answer["microphone"] == "listening" else "the microphone is being opened")
        )
    if answer["warning"] is not None:
        complain(answer["warning"])
    return 0
