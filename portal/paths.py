"""Where templates, static files, content and the data of the search are: in a checkout beside the package, in a wheel inside it."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
_WHEEL = PACKAGE / "_data"
_ROOT = _WHEEL if _WHEEL.is_dir() else PACKAGE.parent

TEMPLATES = _ROOT / "templates"
STATIC = _ROOT / "static"
CONTENT = _ROOT / "content"
SEARCH = _ROOT / "search"
TRANSLATIONS = PACKAGE / "translations"
MIGRATIONS = PACKAGE / "migrations"
