"""What `sudo foreglow history` and its like mean: the lamp that runs as a service, seen with its user's eyes."""

import os
import sys
from pathlib import Path
from typing import Final

from runtime.config import Config

STATE: Final = Path("/var/lib/private/foreglow")
"""What the service keeps: systemd puts it there for a dynamic user."""

LINK: Final = Path("/var/lib/foreglow")
"""The name by which the service knows it, a link."""


def go_on_as_the_service(config: Config) -> None:
    """For root, where the service has its state and nothing names another: begin again as the service's user.

    What root wrote into that folder, the service could not read. Of root's rights it keeps that to read every file,
    for the program may lie in somebody's home. Returns where there is nothing to do.
    """
    if os.geteuid() != 0 or config.state_dir is not None or os.environ.get("STATE_DIRECTORY"):
        return
    try:
        owner = STATE.stat()
    except OSError:
        return
    if owner.st_uid == 0:
        return
    os.environ["STATE_DIRECTORY"] = str(LINK)
    user = [f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups"]
    rights = [f"--{kind}-caps=-all,+dac_read_search" for kind in ("inh", "ambient")]
    sys.stdout.flush()
    os.execvp("setpriv", ["setpriv", *user, *rights, sys.executable, *sys.orig_argv[1:]])


def how_to_ask_the_service() -> str:
    """To follow the sentence that no lamp runs, for a user who may not ask the service; empty without one."""
    if os.geteuid() == 0 or not os.path.lexists(LINK):
        return ""
    return " One that runs as a service is asked with sudo."
