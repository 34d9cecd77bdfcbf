#!/bin/sh
# Makes sure that what the build needs from outside is there: Rust, Python with venv, compilers of C
# and C++ (LLVM is linked with the library of C++), LLVM 22.
# As root it installs the missing Debian packages; otherwise it names them and stops.
set -eu

packages="llvm-22-dev libpolly-22-dev libzstd-dev zlib1g-dev libxml2-dev libffi-dev"
python="${PYTHON:-python3}"
rust=$(sed -n 's/^rust-version = "1\.\([0-9]*\)"/\1/p' Cargo.toml)
problems=""

say() { printf '%s\n' "$*" >&2; }
problem() { problems="${problems}  - $1
"; }
has() { command -v "$1" >/dev/null 2>&1; }
rust_is_new() {
    minor=$(cargo --version 2>/dev/null | sed -n 's/^cargo 1\.\([0-9]*\).*/\1/p')
    [ "${minor:-0}" -ge "$rust" ]
}
python_is_new() { "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; }
# Debian has a package for each version of Python.
venv_package() { "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'; }
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
    has cc || missing="$missing gcc libc6-dev"
    has c++ || missing="$missing g++"
    if has "$python"; then
        ! python_is_new || "$python" -c 'import venv, ensurepip' 2>/dev/null ||
            missing="$missing $(venv_package)"
    elif [ "$python" = python3 ]; then
        missing="$missing python3 python3-venv"
    fi
    hint=""
    case "$missing" in *llvm-22*)
        hint="
    (Debian 12 has LLVM 22 among its security updates: bookworm-security in apt's sources)" ;;
    esac
    if [ -n "$missing" ]; then
        if [ "$(id -u)" = 0 ]; then
            # Word splitting is wanted: one argument a package.
            # shellcheck disable=SC2086
            install $missing || problem "apt-get could not install:$missing$hint"
        else
            problem "Debian packages:$missing
    (as root: apt-get update && apt-get install --no-install-recommends$missing)$hint"
        fi
    fi
else
    has llvm-config-22 ||
        problem "LLVM 22 with headers and static libraries (llvm-config-22 on PATH)"
    { has cc && has c++; } || problem "compilers of C and C++ (cc and c++ on PATH)"
fi

if ! has cargo; then
    problem "Rust 1.$rust or newer with cargo on PATH (https://rustup.rs)"
elif ! rust_is_new; then
    problem "Rust 1.$rust or newer ($(command -v cargo) is $(cargo --version 2>&1); https://rustup.rs)"
fi
if ! has "$python"; then
    problem "Python 3.11 or newer ($python is not on PATH; PYTHON=... chooses)"
elif ! python_is_new; then
    problem "Python 3.11 or newer ($python is $("$python" --version 2>&1); PYTHON=... chooses)"
fi

if [ -n "$problems" ]; then
    say "stook cannot be built yet; missing:"
    printf '%s' "$problems" >&2
    exit 1
fi
