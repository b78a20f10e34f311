"""The systemd unit of the lamp, written from what its configuration needs; systemd.exec(5) tells each line."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from runtime.errors import ServiceError
from runtime.mqtt.account import CREDENTIAL
from runtime.supervision.hidden import in_a_home, to_show
from runtime.supervision.needs import Needs

NAME: Final = "foreglow.service"

FIRST_LINE: Final = "# Written by `foreglow install`; what is changed here is lost when it is run again."
"""By which a unit of ours is known."""

CACHE_HOME: Final = Path("/var/cache")
"""$XDG_CACHE_HOME of the service, so that its copy of the speech model is where the lamp looks for it."""

PRIVATE: Final = CACHE_HOME / "private"
"""Where systemd keeps the caches of dynamic users; it links to them from CACHE_HOME."""

_UNIT: Final = """\
{first_line}
# Your own lines: systemctl edit foreglow

[Unit]
Description=Foreglow, a lamp that listens
After=sound.target{network_target}
{mounts}# A lamp is started again for ever, whatever happens.
StartLimitIntervalSec=0

[Service]
# Ready is told when the microphone is open; the watchdog is fed by sound that went through the recogniser.
Type=notify
NotifyAccess=main
ExecStart={command}
WatchdogSec=60
TimeoutStopSec=30
Restart=always
RestartSec=2
# A retraining that needs too much memory ends alone.
OOMPolicy=continue

# What was heard is never written to the log, and a core file would hold it.
StandardOutput=null
StandardError=journal
SyslogIdentifier=foreglow
LogRateLimitIntervalSec=60
LogRateLimitBurst=200
LimitCORE=0

# A user who exists while the lamp runs, and what it keeps.
DynamicUser=yes
{groups}UMask=0077
StateDirectory=foreglow
StateDirectoryMode=0700
CacheDirectory=foreglow
CacheDirectoryMode=0700
WorkingDirectory=/tmp
{credential}
{environment}
# Files.
ProtectSystem=strict
ProtectHome={protect_home}
PrivateTmp=yes
{shown}{writable}
# Devices.
DevicePolicy=closed
{devices}
# Network.
PrivateNetwork={private_network}
RestrictAddressFamilies={families}
{address_deny}
# The kernel.
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
# No MemoryDenyWriteExecute: PortAudio's callback is code that cffi writes when the microphone is opened.
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
KeyringMode=private

# Bounds, a retraining by night included.
MemoryMax=800M
TasksMax=64

[Install]
WantedBy=multi-user.target
"""


def unit_text(needs: Needs) -> str:
    """The whole unit file. Raises ServiceError for a path that cannot be written in one."""
    shown = to_show(needs.files)
    variables = {
        "XDG_CACHE_HOME": str(CACHE_HOME),
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
        "MALLOC_ARENA_MAX": "2",
        "PYTHONSAFEPATH": "1",
        **({} if needs.python_path is None else {"PYTHONPATH": str(needs.python_path)}),
    }
    credentials = [f"{CREDENTIAL}:{_plain(needs.password_file)}"] if needs.password_file else []
    return _UNIT.format(
        first_line=FIRST_LINE,
        network_target=" network.target" if needs.network else "",
        mounts="".join(f"RequiresMountsFor={_quoted(path)}\n" for path in shown),
        command=" ".join(_quoted(part).replace("$", "$$") for part in needs.command),
        groups=f"SupplementaryGroups={' '.join(needs.groups)}\n" if needs.groups else "",
        credential=_lines("LoadCredential", credentials),
        environment=_lines("Environment", (_quoted(f"{key}={value}") for key, value in variables.items())),
        protect_home="tmpfs" if in_a_home(shown) else "yes",
        shown=_lines("BindReadOnlyPaths", map(_quoted, shown)),
        writable=_lines("ReadWritePaths", map(_quoted, needs.writable)),
        devices=_lines("DeviceAllow", needs.devices),
        private_network="no" if needs.network else "yes",
        families="AF_UNIX AF_INET AF_INET6" if needs.network else "AF_UNIX",
        address_deny="" if needs.network else "IPAddressDeny=any\n",
    )


def _lines(key: str, values: Iterable[str]) -> str:
    return "".join(f"{key}={value}\n" for value in values)


def _quoted(value: object) -> str:
    """A value that systemd reads as one word and leaves as it is."""
    text = _plain(value)
    return f'"{text}"' if " " in text else text


def _plain(value: object) -> str:
    """A value that systemd leaves as it is."""
    text = str(value)
    if not text.isprintable() or set(text) & set("\"':\\"):
        raise ServiceError(f"{text!r} has a character that a systemd unit cannot hold; rename it.")
    return text.replace("%", "%%")
