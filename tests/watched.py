"""What a process asks of the system, seen with strace: the sockets it opens, the files it writes."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent

IN_AN_EMPTY_NETWORK = ["unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), "--net"]
"""Runs a command in a network namespace of its own: one loopback device, and that is down."""

_CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?P<result>-?\d+)")
_PATH = re.compile(r'(?:(?:AT_FDCWD|\d+)<(?P<at>[^>]*)>, )?"(?P<path>(?:[^"\\]|\\.)*)"')
_MAKES = {
    "creat",
    "mkdir",
    "mkdirat",
    "mknod",
    "mknodat",
    "truncate",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
}
_MAKES |= {"rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "chmod", "fchmodat"}


@dataclass(frozen=True)
class Seen:
    """What was seen of a process, its threads and its children."""

    families: frozenset[str]
    """Kinds of sockets, such as AF_UNIX."""

    sockets: frozenset[str]
    """Paths of Unix sockets that it bound or tried to connect to."""

    written: frozenset[Path]
    """Files and folders that it opened for writing, made, renamed, removed or changed the rights of."""

    programs: frozenset[str]
    """Names of the programs that it ran beside itself."""

    def written_outside(self, *folders: Path) -> set[Path]:
        """Of what it wrote, what lies in none of the folders."""
        return {path for path in self.written if not any(path.is_relative_to(folder) for folder in folders)}


def watched(folder: Path, command: Sequence[str], before: Sequence[str] = ()) -> list[str]:
    """The command that runs `command` under strace, which writes into `folder`; `before` runs strace."""
    options = ["-ff", "-y", "-qq", "-s", "4096", "--seccomp-bpf", "-e", "trace=%network,%file,execve"]
    return [*before, "strace", *options, "-o", str(folder / "trace"), *command]


def foreglow(*arguments: object, without_training: bool = False) -> list[str]:
    """The command line of foreglow; without the training packages if wanted."""
    hidden = ("torch", "onnx", "hassil") if without_training else ()
    program = f"import sys; sys.modules.update(dict.fromkeys({hidden!r})); from runtime.cli import main; "
    # -B: what Python keeps of compiled modules beside them is not the lamp's writing.
    return [sys.executable, "-B", "-c", f"{program}sys.exit(main(sys.argv[1:]))", *map(str, arguments)]


def seen(folder: Path) -> Seen:
    """What strace wrote into `folder`."""
    families, sockets, written, programs = set(), set(), set(), set()
    traces = list(folder.glob("trace.*"))
    assert traces, "strace has written nothing"
    for trace in traces:
        here = ROOT
        for line in trace.read_text(errors="replace").splitlines():
            call = _CALL.match(line)
            if call is None:
                continue
            name, arguments, done = call["name"], call["arguments"], not call["result"].startswith("-")
            if name == "chdir" and done:
                (here,) = _paths(arguments, here)
            elif name in ("socket", "socketpair"):
                families.add(arguments.split(",")[0])
            elif name in ("bind", "connect"):
                sockets.update(re.findall(r'sun_path=@?"([^"]*)"', arguments))
            elif name == "execve":
                programs.update(re.findall(r'^"[^"]*?([^/"]*)"', arguments) if done else ())
            elif done and (
                name in _MAKES
                or (name.startswith("open") and re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", arguments))
            ):
                written.update(_paths(arguments, here))
    return Seen(
        frozenset(families),
        frozenset(sockets),
        frozenset(written),
        frozenset(programs) - {Path(sys.executable).name},
    )


def _paths(arguments: str, here: Path) -> list[Path]:
    found = _PATH.finditer(arguments)
    return [Path(os.path.normpath(Path(each["at"] or here, each["path"]))) for each in found]


def run(command: Sequence[str], **options: object) -> subprocess.CompletedProcess[str]:
    """Run it to its end in the project's folder; it must succeed."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr
    result: subprocess.CompletedProcess[str] = done
    return result
