"""`foreglow switch`: what a person wants of the light, said on the command line."""

import argparse
import json

from runtime.config import Config
from runtime.control import ask

STATES = {"on": "light_on", "off": "light_off", "toggle": "toggle"}
"""What may be given, and how the running lamp calls it."""


def switch(options: argparse.Namespace, config: Config) -> int:
    """Have the running lamp switch its light. Raises NotRunningError, ControlError."""
    answer = ask(config.state_folder, {"do": "switch", "to": STATES[options.state]})
    print(json.dumps(answer) if options.json else f"light {answer['light']}")
    return 0
