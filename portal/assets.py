"""CSS, script, icons and logo: bundled, compressed and named by their hash once, then served for ever."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask, current_app
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from portal import paths
from portal.config import Settings
from portal.content.schema import COLOUR, ContentError, Kommune, Palette

_STYLES = ("tokens.css", "base.css", "components.css", "merkzettel.css", "print.css")
_SCRIPTS = ("vendor/htmx.min.js", "js/site.js", "js/merkzettel.js")
_ADMIN_STYLES = (*_STYLES, "admin.css", "guests.css", "news.css", "directory.css", "practice.css")
_ADMIN_SCRIPTS = (*_SCRIPTS, "js/admin.js")


def theme_css(kommune: Kommune) -> str:
    """The colours of the Kommune as custom properties. Raises ContentError for anything that is not a colour."""

    def properties(palette: Palette) -> str:
        lines = []
        for name in ("action", "on_action", "accent", "hued"):
            value = getattr(palette, name)
            if not COLOUR.fullmatch(value):
                raise ContentError(
                    f"kommune.yaml: colours: {name} must be like #1d4f91, oklch(…) or hsl(…), not {value!r}"
                )
            lines.append(f"--theme-{name.replace('_', '-')}:{value}")
        return ";".join(lines)

    light, dark = properties(kommune.colours.light), properties(kommune.colours.dark)
    return f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"


def minify_css(css: str) -> str:
    """Take out comments and the white space that means nothing."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = re.sub(r"\s+", " ", css)
    return re.sub(r"\s*([{};,>])\s*", r"\1", css).replace(";}", "}").strip()


def bundle(kommune: Kommune, content_dir: Path) -> dict[str, bytes]:
    """All static files by name."""
    logo = content_dir / kommune.logo
    if not logo.is_file() or logo.suffix != ".svg":
        raise ContentError(f"kommune.yaml: logo: there is no SVG file {logo}")
    theme = theme_css(kommune)

    def styles(names: tuple[str, ...]) -> bytes:
        return minify_css(theme + "".join((paths.STATIC / "css" / name).read_text("utf-8") for name in names)).encode()

    def scripts(names: tuple[str, ...]) -> bytes:
        return ";\n".join((paths.STATIC / name).read_text("utf-8") for name in names).encode()

    files = {
        "site.css": styles(_STYLES),
        "site.js": scripts(_SCRIPTS),
        "admin.css": styles(_ADMIN_STYLES),
        "admin.js": scripts(_ADMIN_SCRIPTS),
        "sheet.css": styles(("sheet.css",)),
        "poster.css": styles(("poster.css",)),
        "logo.svg": logo.read_bytes(),
    }
    files |= {path.name: path.read_bytes() for path in sorted((paths.STATIC / "img").iterdir()) if path.is_file()}
    return files


def init_app(app: Flask, settings: Settings, kommune: Kommune) -> None:
    """Write the bundle below DATA_DIR where it is not there yet, and put WhiteNoise in front of Flask."""
    files = bundle(kommune, settings.content_dir)
    digest = hashlib.sha256(b"".join(name.encode() + body for name, body in sorted(files.items()))).hexdigest()[:12]
    folder = settings.data_dir.absolute() / "static" / digest
    if not folder.is_dir():
        _write(files, folder)
    prefix = f"/static/{digest}/"
    white_noise = WhiteNoise(
        app.wsgi_app,
        max_age=31_536_000,
        immutable_file_test=lambda *_: True,
        allow_all_origins=False,
        add_headers_function=_secure,
    )
    white_noise.add_files(str(folder), prefix=prefix)
    app.wsgi_app = white_noise  # type: ignore[method-assign]
    app.extensions["static_prefix"] = prefix
    app.jinja_env.globals["static"] = static_url


def _secure(headers: Headers, _path: str, _url: str) -> None:
    """An SVG opened by itself is a document: it may not run anything either."""
    headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    headers["X-Content-Type-Options"] = "nosniff"


def static_url(name: str) -> str:
    """The address of a static file of this installation."""
    return str(current_app.extensions["static_prefix"]) + name


def _write(files: dict[str, bytes], folder: Path) -> None:
    """Complete or not at all: two workers may start at the same moment."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=folder.parent, prefix="building-"))
    building.chmod(0o755)
    compressor = Compressor(quiet=True)
    for name, body in files.items():
        (building / name).write_bytes(body)
        if compressor.should_compress(name):
            list(compressor.compress(str(building / name)) or [])
    try:
        os.rename(building, folder)
    except OSError:
        shutil.rmtree(building)
