"""An uploaded picture to a small WebP file of our own. No byte of what was uploaded is ever served.

The pixels are drawn anew, so whatever was hidden in the file (place and device of a photo, comments, a web page behind
the last pixel) is gone, and equal uploads give equal files.
"""

from __future__ import annotations

import hashlib
import io
import threading
import warnings
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageFile

MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 40_000_000
MIN_WIDTH = 200
MAX_SIDE = 1280
MAX_WEBP_BYTES = 150_000

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_SIDES = (MAX_SIDE, 960, 720, 540)
"""Pixels. Even pure noise of 540 x 540 keeps the limit of bytes."""
_QUALITIES = (75, 60, 45, 30)
_EXIF_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What each value of EXIF's orientation asks for; 1 is upright."""
_SIDEWAYS = {_TURNS[number] for number in (5, 6, 7, 8)}
_SRGB = ImageCms.createProfile("sRGB")

_NO_PICTURE = "Diese Datei ist kein Bild, das wir zeigen können: Nimm eines in den Formaten JPEG, PNG, WebP oder GIF."
_HEIC = (
    "Das ist ein Foto im Format HEIC: Speichere es als JPEG (am iPhone: Einstellungen → Kamera → Maximal kompatibel)."
)
_BROKEN = "Das Bild ist beschädigt oder unvollständig: Speichere es noch einmal und lade es dann neu hoch."
_TOO_MANY_PIXELS = (
    f"Das Bild hat zu viele Bildpunkte: Mehr als {MAX_PIXELS // 1_000_000} Millionen gehen nicht, speichere es kleiner."
)
_TOO_TALL = (
    "Das Bild ist zu hoch für seine Breite: Schneide es so zu, "
    f"dass es höchstens {MAX_SIDE // MIN_WIDTH}-mal so hoch wie breit ist."
)

_pen = threading.Lock()
"""One picture at a time in a process: the largest one takes some hundred megabytes while it is made smaller."""

# For all threads at once: `catch_warnings` inside a request would change the filters of its neighbours.
warnings.simplefilter("error", Image.DecompressionBombWarning)


class PictureError(Exception):
    """The upload cannot be used. The message is one German sentence for the editor: why, and what would help."""


@dataclass(frozen=True)
class Picture:
    """A WebP file without transparency and without any metadata. Width and height in pixels, sha256 in hex."""

    webp: bytes
    width: int
    height: int
    sha256: str


def reencode(data: bytes) -> Picture:
    """The picture in an uploaded file: upright, in sRGB, on white, at most 1280 px on the longer side and 150 kB.

    JPEG, PNG, WebP and GIF are read, told by their content; of an animation the first frame. Raises PictureError.
    """
    if len(data) > MAX_BYTES:
        raise PictureError(f"Das Bild ist zu groß: Mehr als {MAX_BYTES // 2**20} MB gehen nicht, speichere es kleiner.")
    with _pen:
        # WeasyPrint, which makes the plans, sets this for the whole process: half a picture would count as one.
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        picture = _upright(data)
        webp, (width, height) = _encode(picture)
    return Picture(webp, width, height, hashlib.sha256(webp).hexdigest())


def _upright(data: bytes) -> Image.Image:
    """RGB in sRGB, turned as the camera was held, of at most MAX_SIDE."""
    with _open(data) as source:
        # The size stands in the header: nothing is decoded yet.
        if source.width * source.height > MAX_PIXELS:
            raise PictureError(_TOO_MANY_PIXELS)
        try:
            # A JPEG can be decoded at a half, a quarter or an eighth; other formats cannot, and ignore this.
            source.draft(None, (MAX_SIDE, MAX_SIDE))
            source.load()
            turn, profile = _orientation(source), source.info.get("icc_profile")
            picture = _in_srgb(_on_white(_shrunk(_plain_mode(source), MAX_SIDE)), profile)
        except Exception as error:
            raise PictureError(_BROKEN) from error
        width = source.height if turn in _SIDEWAYS else source.width
    if turn is not None:
        picture = picture.transpose(turn)
    if width < MIN_WIDTH:
        raise PictureError(
            f"Das Bild ist nur {width} Pixel breit: Nimm eines mit mindestens {MIN_WIDTH} Pixeln, am besten mit mehr als 800."
        )
    if picture.width < MIN_WIDTH:
        raise PictureError(_TOO_TALL)
    return picture


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(_TOO_MANY_PIXELS) from error
    except Image.UnidentifiedImageError as error:
        if data[4:8] == b"ftyp" and data[8:12] in {b"heic", b"heix", b"mif1", b"hevc"}:
            raise PictureError(_HEIC) from error
        raise PictureError(_NO_PICTURE) from error
    except Exception as error:
        # Decoders meet hostile bytes here, and raise whatever comes to them.
        raise PictureError(_BROKEN) from error


def _orientation(source: Image.Image) -> Image.Transpose | None:
    try:
        return _TURNS.get(source.getexif().get(_EXIF_ORIENTATION, 1))
    except Exception:
        # Rubbish in the metadata says nothing about the pixels.
        return None


def _plain_mode(source: Image.Image) -> Image.Image:
    """In a mode that can be made smaller without mixing numbers of a palette: L, RGB, RGBA or CMYK."""
    if source.mode.startswith("I"):
        # Sixteen bits a pixel: `convert` alone would cut off at 255 instead of dividing.
        return source.point(lambda value: value / 256).convert("L")
    if source.has_transparency_data:
        return source.convert("RGBA") if source.mode != "RGBA" else source
    return source if source.mode in {"L", "RGB", "CMYK"} else source.convert("RGB")


def _shrunk(picture: Image.Image, side: int) -> Image.Image:
    """At most `side` pixels on the longer side; never larger than before."""
    scale = side / max(picture.size)
    if scale >= 1:
        return picture
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, under which colours could hide that nobody meant to publish."""
    if picture.mode != "RGBA":
        return picture
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The same colours without a profile. A profile that cannot be used is ignored, as browsers do."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, source, _SRGB, outputMode="RGB")
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
            pass
    return picture.convert("RGB")


def _encode(picture: Image.Image) -> tuple[bytes, tuple[int, int]]:
    """The best WebP that keeps the limit: first the quality goes down, then the size."""
    for side in _SIDES:
        smaller = _shrunk(picture, side)
        for quality in _QUALITIES:
            file = io.BytesIO()
            smaller.save(file, "WEBP", quality=quality, method=4)
            webp = file.getvalue()
            if len(webp) <= MAX_WEBP_BYTES:
                return webp, smaller.size
    return webp, smaller.size
