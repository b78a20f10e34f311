"""A machine that systemd has started, inside this one: its own processes, mounts and network, on a copy of our disk.

Nothing it does to its files is seen outside, and all of it is gone in the end. Needs root and a Linux that allows
namespaces and an overlay of its root.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_BOOT = """
set -e
mount -t tmpfs tmpfs "$ROOM"
mkdir "$ROOM/upper" "$ROOM/work" "$ROOM/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$ROOM/upper,workdir=$ROOM/work" "$ROOM/root"
cd "$ROOM/root"
mount -t proc proc proc
mount --rbind /dev dev
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
while [ $# != 0 ]; do
    mkdir -p ".$2"
    mount --rbind "$1" ".$2"
    shift 2
done
exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    chroot . /lib/systemd/systemd --unit=basic.target --log-target=journal --show-status=no
"""

_UNSHARE = ["unshare", "--mount", "--pid", "--ipc", "--uts", "--net", "--cgroup", "--fork", "--kill-child"]


def why_no_machine() -> str | None:
    """Why there can be none here; None where there can."""
    if os.geteuid() != 0:
        return "only root may start a machine of its own"
    if not Path("/lib/systemd/systemd").exists():
        return "the system package systemd is not installed"
    tried = subprocess.run([*_UNSHARE, "true"], capture_output=True, text=True)
    return None if tried.returncode == 0 else f"no namespaces here: {tried.stderr.strip()}"


class Machine:
    """A machine that runs until it is stopped."""

    def __init__(self, room: Path, shown: Iterable[tuple[Path, Path]]) -> None:
        """Start it, and wait until it is up.

        Args:
            room: an empty folder.
            shown: folders of ours, and where it has them; nothing else is in its /tmp.

        Raises OSError when it does not come up.
        """
        places = [str(path) for pair in shown for path in pair]
        with (room.parent / f"{room.name}.log").open("w+") as log:
            self._process = subprocess.Popen(
                [*_UNSHARE, "bash", "-c", _BOOT, "boot", *places],
                env=os.environ | {"ROOM": str(room)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            for _ in range(300):
                if self._process.poll() is not None:
                    break
                if self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"):
                    return
                time.sleep(0.1)
            self.stop()
            log.seek(0)
            raise OSError(f"no machine came up: {log.read()}")

    def run(self, *command: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command in it to its end."""
        return subprocess.run(
            [*self._enter(), *command],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", **(env or {})},
            capture_output=True,
            text=True,
            timeout=120,
        )

    def stop(self) -> None:
        """At once, as a power cut."""
        self._process.kill()
        self._process.wait()

    def _enter(self) -> Sequence[str]:
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        if not children:
            return ["false"]
        namespaces = ["--mount", "--pid", "--ipc", "--uts", "--net", "--cgroup"]
        return [str(shutil.which("nsenter")), "-t", children[0], *namespaces, "--root", "--wd=/"]
