#!/bin/sh
# Makes sure that what the build needs from outside is there: Rust, Python with venv, LLVM 22.
# As root it installs the missing Debian packages; otherwise it names them and stops.
set -eu

packages="llvm-22-dev libpolly-22-dev libzstd-dev zlib1g-dev libxml2-dev libffi-dev"
python="${PYTHON:-python3}"
problems=""

say() { printf '%s\n' "$*" >&2; }
problem() { problems="${problems}  - $1
"; }
installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]
}
install() {
    say "installing:$*"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

missing=""
if command -v dpkg-query >/dev/null 2>&1; then
    for package in $packages; do
        installed "$package" || missing="$missing $package"
    done
    command -v cc >/dev/null 2>&1 || missing="$missing gcc g++ libc6-dev"
    if command -v "$python" >/dev/null 2>&1; then
        "$python" -c 'import venv, ensurepip' 2>/dev/null || missing="$missing python3-venv"
    else
        missing="$missing python3 python3-venv"
    fi
    if [ -n "$missing" ]; then
        if [ "$(id -u)" = 0 ]; then
            # Word splitting is wanted: one argument a package.
            # shellcheck disable=SC2086
            install $missing || problem "apt-get could not install:$missing"
        else
            problem "Debian packages:$missing
    (as root: apt-get update && apt-get install --no-install-recommends$missing)"
        fi
    fi
elif ! command -v llvm-config-22 >/dev/null 2>&1; then
    problem "LLVM 22 with headers and static libraries (llvm-config-22 on PATH)"
fi

if ! command -v cargo >/dev/null 2>&1; then
    problem "Rust 1.90 or newer with cargo on PATH (https://rustup.rs)"
fi
if command -v "$python" >/dev/null 2>&1; then
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        problem "Python 3.11 or newer ($python is $("$python" --version 2>&1); PYTHON=... chooses)"
fi

if [ -n "$problems" ]; then
    say "stook cannot be built yet; missing:"
    printf '%s' "$problems" >&2
    exit 1
fi
