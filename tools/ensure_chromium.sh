#!/bin/sh
# The browser tests drive the system's Chromium. Install Debian's where that is allowed; else say what to do, and fail.
for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
  [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing Chromium for the browser tests …"
  apt-get update -q >/dev/null 2>&1
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium >/dev/null 2>&1
  command -v chromium >/dev/null 2>&1 && exit 0
fi
echo "The browser tests need Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM to its path." >&2
exit 1
