#!/usr/bin/env bash
# Sees to what a build ("build") or the tests ("test") or the registry's bench ("bench") as well need:
# prerequisites.sh build|test|bench
#
# What is missing is installed with apt-get where that is possible, as root; elsewhere this says what to install.
set -euo pipefail

packages=()
missing=()

# need NAME PACKAGE COMMAND…: the package is missing unless the command succeeds.
need() {
    local name=$1 package=$2
    shift 2
    if ! "$@" >/dev/null 2>&1; then
        missing+=("$name")
        packages+=("$package")
    fi
}

has_java() {
    local version
    version=$(javac -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p' | head -n 1)
    [[ ${version:-0} -ge 17 ]]
}

# The commands of Go fetch the toolchain that a module asks for, from 1.21 on.
has_go() {
    local version
    version=$(go version 2>/dev/null | sed -n 's/.* go1\.\([0-9]*\).*/\1/p')
    [[ ${version:-0} -ge 21 ]]
}

has_openssl() {
    [[ -n ${OPENSSL_DIR-} ]] || pkg-config --exists openssl
}

look() {
    packages=() missing=()
    need "a C compiler" build-essential cc --version
    need "make" build-essential make --version
    need "pkg-config" pkg-config pkg-config --version
    need "OpenSSL's headers" libssl-dev has_openssl
    if [[ $1 == bench ]]; then
        need "wrk" wrk command -v wrk
        need "Python 3" python3 python3 --version
    fi
    if [[ $1 == test ]]; then
        need "a JDK, 17 or later" java has_java
        need "Maven" maven mvn --version
        need "Node.js" nodejs node --version
        need "npm" npm npm --version
        need "Go, 1.21 or later" golang has_go
        need "curl" curl curl --version
        need "Python's venv" python3-venv python3 -c "import ensurepip, venv"
    fi
}

# The oldest JDK that will do and that the system has.
java_package() {
    local version
    for version in 17 21 25; do
        if apt-cache show "openjdk-$version-jdk-headless" >/dev/null 2>&1; then
            echo "openjdk-$version-jdk-headless"
            return
        fi
    done
    echo default-jdk-headless
}

what=${1:-test}
if ! command -v cargo >/dev/null; then
    echo "cargo is missing: install Rust with rustup, see https://rustup.rs" >&2
    exit 69
fi
look "$what"
if [[ ${#missing[@]} -gt 0 ]]; then
    if command -v apt-get >/dev/null && [[ $(id -u) -eq 0 ]]; then
        apt-get update -qq
        packages=("${packages[@]/#java/$(java_package)}")
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${packages[@]}" </dev/null
        look "$what"
    elif command -v apt-get >/dev/null; then
        packages=("${packages[@]/#java/$(java_package)}")
        echo "run: sudo apt-get install ${packages[*]}" >&2
    fi
fi
if [[ ${#missing[@]} -gt 0 ]]; then
    printf 'missing: %s\n' "${missing[@]}" >&2
    exit 69
fi
