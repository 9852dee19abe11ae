# syntax=docker/dockerfile:1
# First stage: compile the catalogues, build the wheel, install it with the pinned libraries into one folder.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY requirements requirements
RUN python -m venv /opt/portal \
 && /opt/portal/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt \
 && python -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY . .
RUN for po in portal/translations/*/LC_MESSAGES/messages.po; do \
      /opt/build/bin/pybabel compile -i "$po" -o "${po%.po}.mo" || exit 1; done \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt \
 && /opt/build/bin/python -m portal.cli needs train --no-report \
 && /opt/build/bin/python -m hatchling build -t wheel -d /dist \
 && /opt/portal/bin/pip install --no-cache-dir --no-deps --no-index /dist/*.whl

# Second stage: only what runs, as a user who may write nothing but the data.
FROM python:3.11-slim-bookworm
# Pango lays out what is printed; DejaVu has Latin, Cyrillic and Arabic letters, and the narrow ones of the sheet (extra).
RUN apt-get update && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    fonts-dejavu-core fonts-dejavu-extra \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin portal \
 && mkdir /data && chown portal:portal /data
COPY --from=build /opt/portal /opt/portal
ENV HOST=0.0.0.0 PORT=8000 DATA_DIR=/data PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER portal
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["/opt/portal/bin/python", "-c", \
  "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=4)"]
CMD ["/opt/portal/bin/portal", "run"]
