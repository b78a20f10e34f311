#!/usr/bin/env bash
# Set-up for a fresh Debian or Raspberry Pi OS: system packages, .venv with the pinned dependencies, speech model.
#
#     packaging/setup.sh [--dry-run] listen|test
#
# `listen` is what the lamp, the demo and simulations need; `test` adds training, the tests and the linters.
# --dry-run says what would be done and touches nothing. PYTHON=/path/to/python3 chooses the interpreter of .venv.
#
# Every step looks first, so the second time is quick. .venv/foreglow-setup is written last and taken away before
# anything in .venv changes: where it is missing, a set-up was interrupted and .venv is made afresh, because a
# package that pip was killed in the middle of looks installed to the next pip.
set -euo pipefail

readonly STAMP=.venv/foreglow-setup
# PulseAudio, its ALSA plugin and paplay give the tests a real sound device on a machine without one; mosquitto a
# real MQTT broker, openssl its certificate, and systemd checks and runs its unit; strace shows which sockets and files
# are opened, unshare, of util-linux, gives a network with nothing in it, and chromium opens the page.
readonly TEST_PACKAGES=(
    pulseaudio pulseaudio-utils libasound2-plugins espeak-ng mosquitto openssl systemd strace util-linux chromium
)
dry_run=false

say() { echo "setup: $*"; }

fail() {
    echo "setup: $*" >&2
    exit 1
}

# --- system packages ---------------------------------------------------------------------------------------------

system_packages() { # listen|test -> names
    echo libportaudio2
    # The speech recogniser's library links to it on ARM only.
    if [[ $(uname -m) == aarch64 ]]; then echo libatomic1; fi
    if [[ $1 == test ]]; then printf '%s\n' "${TEST_PACKAGES[@]}"; fi
}

is_installed() { # package
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

as_root() { if [[ $(id -u) == 0 ]]; then "$@"; else sudo -n "$@"; fi; }

may_install() { command -v apt-get >/dev/null && as_root true 2>/dev/null; }

install_packages() { # names; what cannot be installed is told, not fatal
    local package output update=true
    for package; do
        if is_installed "$package"; then continue; fi
        if $dry_run; then
            say "would install the system package $package (where root or sudo allows)"
        elif ! may_install; then
            say "please install the system package $package (no apt-get, or no right to use it here); going on without"
        else
            say "installing the system package $package"
            # A failed update is no reason to stop: the lists already there may do.
            if $update; then as_root apt-get -qq update >/dev/null 2>&1 || true; fi
            update=false
            # --no-remove: a desktop keeps its own sound server.
            if ! output=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=60 \
                install --yes --no-install-recommends --no-remove "$package" 2>&1 </dev/null); then
                tail -n 3 <<<"$output" >&2
                say "could not install the system package $package; going on without"
            fi
        fi
    done
}

# --- Python and .venv --------------------------------------------------------------------------------------------

is_new_enough() { # interpreter
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

can_make_venv() { # interpreter; Debian keeps ensurepip in python3-venv
    "$1" -c 'import venv, ensurepip' 2>/dev/null
}

find_python() { # -> an interpreter, one that can make a virtual environment where there is one
    local candidate found=
    if [[ -n ${PYTHON:-} ]]; then
        is_new_enough "$PYTHON" ||
            fail "PYTHON=$PYTHON is not a Python of 3.11 or newer, which Foreglow needs"
        echo "$PYTHON"
        return
    fi
    for candidate in python3 /usr/bin/python3 python3.{14,13,12,11}; do
        if is_new_enough "$candidate"; then
            found=${found:-$candidate}
            if can_make_venv "$candidate"; then
                echo "$candidate"
                return
            fi
        fi
    done
    [[ -n $found ]] || fail "Foreglow needs Python 3.11 or newer and found none;" \
        "install python3, or name one: make setup PYTHON=/path/to/python3"
    echo "$found"
}

make_venv() {
    local python
    python=$(find_python)
    "$python" -c 'import sys; sys.exit(sys.maxsize < 2**32)' ||
        fail "$python is a 32-bit Python, for which onnxruntime does not exist; use the 64-bit Raspberry Pi OS"
    if ! can_make_venv "$python"; then
        install_packages python3-venv
    fi
    if $dry_run; then
        say "would make .venv with $python ($("$python" -V))"
        return
    fi
    say "making .venv with $python ($("$python" -V))"
    if can_make_venv "$python"; then
        "$python" -m venv --clear .venv
    else
        # Without ensurepip, the pip of the system can put one into the new environment.
        "$python" -m venv --clear --without-pip .venv
        "$python" -m pip --python .venv/bin/python install --quiet --no-input pip ||
            fail "no pip could be put into .venv; install python3-venv and try again"
    fi
}

# The lines of the stamp. Scripts in .venv hold the path of this folder and the version of Python, so they count too.
place() { echo "$PWD $(.venv/bin/python -V 2>/dev/null || true)"; }
content() { echo "$1 $(sha256sum pyproject.toml | cut -d ' ' -f 1)"; }

is_in_place() { [[ -e $STAMP ]] && grep -qxF "$(place)" "$STAMP"; }
is_set_up() { is_in_place && grep -qxF "$(content "$1")" "$STAMP"; } # listen|test

write_stamp() { # listen|test
    {
        place
        content listen
        if [[ $1 == test ]]; then content test; fi
    } >"$STAMP.new"
    mv "$STAMP.new" "$STAMP"
}

install_dependencies() { # listen|test
    local what=.
    if is_set_up "$1"; then return; fi
    if [[ $1 == test ]]; then what=".[train,bench,test]"; fi
    is_in_place || make_venv
    if $dry_run; then
        say "would install $what with its pinned dependencies into .venv"
        return
    fi
    rm -f "$STAMP"
    say "installing $what with its pinned dependencies into .venv (a few minutes the first time)"
    # PYTHONWARNINGS: a note of setuptools to packagers is no news to the person who waits.
    PYTHONWARNINGS=ignore .venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
        --use-pep517 --editable "$what" </dev/null ||
        fail "pip could not install the dependencies; the reason is above. Run the same command again to retry"
    write_stamp "$1"
}

fetch_speech_model() {
    if $dry_run; then
        say "would fetch the speech model unless it is there"
    else
        .venv/bin/python -m transcribe.fetch
    fi
}

main() {
    local kind
    if [[ ${1:-} == --dry-run ]]; then
        dry_run=true
        shift
    fi
    kind=${1:-}
    if [[ $# != 1 || ($kind != listen && $kind != test) ]]; then
        echo "usage: packaging/setup.sh [--dry-run] listen|test" >&2
        exit 2
    fi
    cd "$(dirname "${BASH_SOURCE[0]}")/.."
    # Two set-ups at once would spoil one .venv: the second waits for the first.
    if ! $dry_run && command -v flock >/dev/null; then
        exec 9<pyproject.toml
        flock --nonblock 9 || { say "waiting for another set-up of this folder" && flock 9; }
    fi
    # shellcheck disable=SC2046 # one word per package is meant
    install_packages $(system_packages "$kind")
    install_dependencies "$kind"
    fetch_speech_model
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then main "$@"; fi
