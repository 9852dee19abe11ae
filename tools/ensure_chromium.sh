#!/bin/sh
# The browser tests drive the system's Chromium, and the PDF of a plan needs Pango. Install Debian's where that is allowed;
# else say what to do, and fail for Chromium only: without Pango the tests of paper are skipped.
may_install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1
}

installed() {
  DEBIAN_FRONTEND=noninteractive timeout 600 apt-get install -y -q --no-install-recommends "$@" >/dev/null 2>&1
}

narrow=/usr/share/fonts/truetype/dejavu/DejaVuSansCondensed.ttf
if may_install && ! { ldconfig -p | grep -q libpangoft2-1.0 && [ -e "$narrow" ]; }; then
  echo "Installing Pango for the PDF tests …"
  timeout 300 apt-get update -q >/dev/null 2>&1
  installed libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-dejavu-extra
fi
# The headless shell needs half the time: a whole Chromium opens a window for every page, even where nobody sees it.
for name in "${CHROMIUM:-}" chromium-headless-shell; do
  [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 && exit 0
done
if may_install; then
  echo "Installing Chromium for the browser tests …"
  installed chromium-headless-shell && exit 0
  timeout 300 apt-get update -q >/dev/null 2>&1
  installed chromium-headless-shell && exit 0
fi
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null 2>&1 && exit 0
done
may_install && installed chromium && exit 0
echo "The browser tests need Chromium: install it (Debian: apt-get install chromium-headless-shell) or set CHROMIUM to its path." >&2
exit 1
