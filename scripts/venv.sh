#!/bin/sh
# Make the virtual environment; where Debian keeps venv in a package of its own, install it or say how.
set -eu
found=""
for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
  if command -v "$candidate" >/dev/null 2>&1 &&
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    found=$candidate
    break
  fi
done
if [ -z "$found" ]; then
  echo "Teabreak needs Python 3.11 or newer. Install it, or name it: make PYTHON=/path/to/python3" >&2
  exit 1
fi
if ! "$found" -c 'import ensurepip' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing python3-venv, which Debian keeps apart."
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
  else
    echo "This Python has no venv. Type this once, then try again:  sudo apt-get install -y python3-venv" >&2
    exit 1
  fi
fi
"$found" -m venv "${VENV:-.venv}"
