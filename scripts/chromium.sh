#!/bin/sh
# Find Chromium for the browser tests; install it where that is allowed, or say how. With --where, only say where it is.
set -eu
where() {
  for name in chromium chromium-browser google-chrome; do
    if command -v "$name"; then
      return
    fi
  done
  mac="/Applications/Chromium.app/Contents/MacOS/Chromium"
  [ -x "$mac" ] && echo "$mac"
}
if [ "${1:-}" = --where ]; then
  where
  exit
fi
if where >/dev/null; then
  exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing Chromium for the browser tests. This takes a minute, once."
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
elif command -v brew >/dev/null 2>&1; then
  brew install --quiet --cask chromium
else
  echo "The browser tests need Chromium. Type this once, then try again:  sudo apt-get install -y chromium" >&2
  exit 1
fi
where >/dev/null || {
  echo "Chromium was installed, and is not found. Put it on the PATH as chromium, then try again." >&2
  exit 1
}
