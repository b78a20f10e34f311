#!/usr/bin/env bash
# A Raspberry Pi 4 in a folder, as far as programs can tell: Debian's Python for ARM, the wheels for ARM, this lamp.
#
#     packaging/board.sh FOLDER
#     FOLDER/python -m runtime.cli simulate recordings/*.wav
#
# FOLDER/python runs Debian's Python for ARM, instruction by instruction, on qemu's Cortex-A72, the processor of a
# Raspberry Pi 4: what that one lacks ends in "Illegal instruction" here too. It needs Debian 12, apt-get, pip in
# .venv, the network and 300 MB, but no rights: nothing outside FOLDER is changed, no kernel setting either.
# Programs started from inside are not emulated; the lamp starts none to listen. More in docs/board.md.
set -euo pipefail

readonly LOCK=packaging/board.lock
readonly PACKAGES=(python3 libportaudio2 libatomic1)
readonly PYTHON_VERSION=3.11
readonly GLIBC_MINOR=36
readonly OURS=(capture transcribe model export runtime pyproject.toml README.md LICENSE NOTICE)

say() { echo "board: $*" >&2; }

fail() {
    say "$*"
    exit 1
}

# --- Debian ------------------------------------------------------------------------------------------------------

prepare_apt() { # folder; a state of its own, in which nothing is installed and ARM is the machine
    local here=$1/apt host
    host=$(dpkg --print-architecture)
    mkdir -p "$here"/{lists,archives}/partial
    : >"$here/status"
    cat >"$here/apt.conf" <<END
Dir::State "$here";
Dir::State::status "$here/status";
Dir::Cache "$here";
APT::Architecture "arm64";
APT::Architectures { "arm64"; "$host"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
END
    export APT_CONFIG=$here/apt.conf
    # One source that does not answer is no reason to stop; what is missing in the end is told.
    apt-get -qq update >/dev/null 2>&1 || true
}

fetch_debian() { # folder
    say "fetching Debian's Python for ARM and qemu"
    prepare_apt "$1"
    apt-get -qq install --download-only --yes "${PACKAGES[@]}" </dev/null >/dev/null ||
        fail "could not fetch ${PACKAGES[*]} for arm64; the reason is above"
    mkdir -p "$1/root" "$1/host"
    local package
    for package in "$1"/apt/archives/*.deb; do dpkg-deb --extract "$package" "$1/root"; done
    (cd "$1/host" && apt-get -qq download "qemu-user-static:$(dpkg --print-architecture)" >/dev/null) ||
        fail "could not fetch qemu-user-static; the reason is above"
    dpkg-deb --fsys-tarfile "$1"/host/*.deb | tar --extract --directory "$1/host" ./usr/bin/qemu-aarch64-static
    rm -rf "$1/apt" "$1"/host/*.deb
    [[ -x $1/root/usr/bin/python$PYTHON_VERSION ]] ||
        fail "the Debian packages of this machine bring no Python $PYTHON_VERSION, for which $LOCK was made;" \
            "run this on Debian 12"
}

describe_processor() { # root; qemu shows programs the /proc and /sys of this machine, unless it finds them here
    local core
    mkdir -p "$1/proc" "$1/sys/devices/system/cpu"
    for core in 0 1 2 3; do
        printf '%s\t: %s\n' processor $core BogoMIPS 108.00 Features "fp asimd evtstrm crc32 cpuid" \
            "CPU implementer" 0x41 "CPU architecture" 8 "CPU variant" 0x0 "CPU part" 0xd08 "CPU revision" 3
        echo
    done >"$1/proc/cpuinfo"
    echo 0-3 | tee "$1/sys/devices/system/cpu/possible" >"$1/sys/devices/system/cpu/present"
}

# --- Python packages ---------------------------------------------------------------------------------------------

pip() { "$PYTHON" -m pip "$@" --quiet --no-input --disable-pip-version-check </dev/null; }

install_wheels() { # folder; exactly those of the lock
    local platforms=() minor
    for ((minor = GLIBC_MINOR; minor >= 17; minor--)); do platforms+=(--platform "manylinux_2_${minor}_aarch64"); done
    say "installing the wheels of $LOCK for ARM"
    pip install --target "$1/wheels" --require-hashes --no-deps --implementation cp \
        --python-version "$PYTHON_VERSION" "${platforms[@]}" --platform manylinux2014_aarch64 \
        --requirement "$LOCK" || fail "pip could not install the wheels for ARM; the reason is above"
}

install_ours() { # folder; as a wheel, so that a file which it lacks is missed here and not on a board
    rm -rf "$1/source" "$1/lamp"
    mkdir "$1/source"
    cp -r "${OURS[@]}" "$1/source"
    PYTHONWARNINGS=ignore pip wheel --no-deps --wheel-dir "$1/source" "$1/source" ||
        fail "pip could not make a wheel of this lamp; the reason is above"
    pip install --target "$1/lamp" --no-deps "$1"/source/foreglow-*.whl
    rm -r "$1/source"
}

write_python() { # folder
    cat >"$1/python" <<END
#!/bin/sh
# Written by packaging/board.sh: Debian's Python for ARM with the wheels for ARM and the lamp.
export PYTHONPATH="$1/lamp:$1/wheels" PYTHONSAFEPATH=1
exec "$1/host/usr/bin/qemu-aarch64-static" -cpu cortex-a72 -L "$1/root" "$1/root/usr/bin/python$PYTHON_VERSION" "\$@"
END
    chmod +x "$1/python"
}

main() {
    [[ $# == 1 ]] || {
        echo "usage: packaging/board.sh FOLDER" >&2
        exit 2
    }
    local folder made program
    folder=$(realpath -m "$1")
    cd "$(dirname "${BASH_SOURCE[0]}")/.."
    PYTHON=${PYTHON:-.venv/bin/python}
    for program in apt-get dpkg-deb "$PYTHON"; do
        command -v "$program" >/dev/null || fail "$program is missing; run make setup on Debian 12 first"
    done
    # Written last, so that what was interrupted is made again from the beginning.
    made=$(sha256sum packaging/board.sh "$LOCK")
    if [[ $(cat "$folder/made" 2>/dev/null) != "$made" ]]; then
        rm -rf "$folder"
        mkdir -p "$folder"
        fetch_debian "$folder"
        describe_processor "$folder/root"
        install_wheels "$folder"
        write_python "$folder"
        echo "$made" >"$folder/made"
    fi
    install_ours "$folder"
}

main "$@"
