"""The exact wheels of a lamp on Debian 12 or Raspberry Pi OS 12, for x86_64 and aarch64, with their SHA-256.

    .venv/bin/python packaging/make_lock.py >packaging/board.lock

Run it with Python 3.11, the version of these systems, after a pin in pyproject.toml was changed; then `make board`
tries the new wheels. It asks the package registry what the pinned dependencies need and downloads no wheel of them.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent

EXTRAS = ("gpio", "mqtt", "page")
"""What may be wanted on a board beside what listening needs."""

PYTHON = (3, 11)
"""The Python of Debian 12 and Raspberry Pi OS 12."""

GLIBC_MINOR = 36
"""Debian 12 has glibc 2.36; a wheel that needs a newer one cannot be loaded there."""

MACHINES = {"x86_64": 5, "aarch64": 17}
"""Machine -> the minor number of the oldest glibc 2 that wheels for it name."""

HEAD = """\
# Written by packaging/make_lock.py; do not edit. The files behind every line, for Python {python}:
#     pip install --require-hashes --no-deps -r packaging/board.lock && pip install --no-deps .
"""


def platforms(machine: str) -> list[str]:
    """The names under which wheels for this machine may come."""
    newest_first = range(GLIBC_MINOR, MACHINES[machine] - 1, -1)
    older = [f"manylinux2014_{machine}", *(["manylinux2010_x86_64"] if machine == "x86_64" else [])]
    return [*(f"manylinux_2_{minor}_{machine}" for minor in newest_first), *older]


def resolved(*arguments: str) -> list[dict[str, Any]]:
    """What pip would install for these arguments: one entry a package, as in its installation report."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
    command += ["--no-input", "--disable-pip-version-check", "--report=-", *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit("make_lock: pip could not resolve the dependencies; the reason is above.")
    entries: list[dict[str, Any]] = json.loads(done.stdout)["install"]
    return entries


def pinned() -> list[str]:
    """The direct dependencies, as pyproject.toml pins them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [each for name in EXTRAS for each in project["optional-dependencies"][name]]
    return [*project["dependencies"], *extras]


def lock() -> str:
    """The text of the lock: for every package its files in comments, then its version with their hashes."""
    versions = sorted(
        f"{entry['metadata']['name'].lower()}=={entry['metadata']['version']}"
        for entry in resolved("--prefer-binary", *pinned())
    )
    files: dict[str, dict[str, str]] = {version: {} for version in versions}
    for machine in MACHINES:
        tags = [f"--platform={tag}" for tag in platforms(machine)]
        target = ["--target=.", "--implementation=cp", f"--python-version={PYTHON[0]}.{PYTHON[1]}"]
        for entry in resolved("--no-deps", "--prefer-binary", *target, *tags, *versions):
            version = f"{entry['metadata']['name'].lower()}=={entry['metadata']['version']}"
            found = entry["download_info"]
            files[version][found["url"].rsplit("/", 1)[1]] = found["archive_info"]["hashes"]["sha256"]
    lines = [HEAD.format(python=f"{PYTHON[0]}.{PYTHON[1]}")]
    for version in versions:
        lines += [f"# {name}" for name in sorted(files[version])]
        hashes = sorted(set(files[version].values()))
        lines += [" ".join([version, *(f"--hash=sha256:{digest}" for digest in hashes)])]
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.version_info[:2] != PYTHON:
        sys.exit("make_lock: run it with Python 3.11, the Python of Debian 12 and Raspberry Pi OS 12.")
    print(lock())
