"""What becomes of an uploaded picture, and which uploads are no picture."""

from __future__ import annotations

import hashlib
import io
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageFile, PngImagePlugin

from portal.media import MAX_BYTES, MAX_WEBP_BYTES, Picture, PictureError, reencode
from tests.conftest import ROOT

NO_PICTURE = "Diese Datei ist kein Bild, das wir zeigen können: Nimm eines in den Formaten JPEG, PNG, WebP oder GIF."
BROKEN = "Das Bild ist beschädigt oder unvollständig: Speichere es noch einmal und lade es dann neu hoch."
TOO_MANY_PIXELS = "Das Bild hat zu viele Bildpunkte: Mehr als 40 Millionen gehen nicht, speichere es kleiner."

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def plain(size: tuple[int, int] = (400, 300), colour: Any = RED, mode: str = "RGB") -> Image.Image:
    return Image.new(mode, size, colour)


def noise(size: tuple[int, int]) -> Image.Image:
    return Image.frombytes("RGB", size, random.Random(7).randbytes(size[0] * size[1] * 3))


def corners() -> Image.Image:
    """Red above left, green above right, blue below left, white below right."""
    picture = plain((400, 300), WHITE)
    picture.paste(RED, (0, 0, 200, 150))
    picture.paste(GREEN, (200, 0, 400, 150))
    picture.paste(BLUE, (0, 150, 200, 300))
    return picture


def chunks(webp: bytes) -> list[bytes]:
    """The names of the parts of a WebP file: one that holds pixels and nothing else has the one part VP8."""
    assert (webp[:4], webp[8:12]) == (b"RIFF", b"WEBP")
    names, at = [], 12
    while at < len(webp):
        names.append(webp[at : at + 4])
        length = int.from_bytes(webp[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
    assert at == len(webp)
    return names


def shown(picture: Picture) -> Image.Image:
    """As a browser draws it."""
    with Image.open(io.BytesIO(picture.webp), formats=["WEBP"]) as opened:
        return opened.convert("RGB")


def colour_at(picture: Picture, x: int, y: int) -> tuple[int, ...]:
    """The pure colour that is nearest: WebP changes shades a little."""
    pixel = shown(picture).getpixel((x, y))
    assert isinstance(pixel, tuple)
    return tuple(255 if value > 127 else 0 for value in pixel)


def refusal(data: bytes) -> str:
    with pytest.raises(PictureError) as caught:
        reencode(data)
    return str(caught.value)


# --- What comes out ---


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "MPO"])
def test_each_format_becomes_a_webp_of_pixels_alone(kind: str) -> None:
    picture = reencode(saved(corners(), kind))
    assert (picture.width, picture.height) == shown(picture).size == (400, 300)
    assert chunks(picture.webp) == [b"VP8 "]
    assert picture.sha256 == hashlib.sha256(picture.webp).hexdigest()
    assert [colour_at(picture, x, y) for x, y in ((50, 50), (350, 50), (50, 250), (350, 250))] == [
        RED,
        GREEN,
        BLUE,
        WHITE,
    ]


def test_the_same_upload_gives_the_same_file() -> None:
    data = saved(noise((900, 700)), "JPEG")
    assert reencode(data) == reencode(data)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1280, 720), (1280, 720)),
        ((1281, 721), (1280, 720)),
        ((4000, 3000), (1280, 960)),
        ((3000, 4000), (960, 1280)),
        ((5000, 300), (1280, 77)),
        ((200, 200), (200, 200)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_longer_side_has_at_most_1280_pixels_and_nothing_is_enlarged(
    size: tuple[int, int], expected: tuple[int, int], kind: str
) -> None:
    picture = reencode(saved(plain(size), kind))
    assert (picture.width, picture.height) == shown(picture).size == expected


@pytest.mark.parametrize("size", [(1280, 1280), (1280, 400), (250, 1280), (540, 540)])
def test_not_even_noise_becomes_larger_than_150_kb(size: tuple[int, int]) -> None:
    picture = reencode(saved(noise(size), "PNG"))
    assert len(picture.webp) <= MAX_WEBP_BYTES == 150_000
    assert abs(picture.width / picture.height - size[0] / size[1]) < 0.01
    assert picture.width >= 200


def test_a_photo_of_a_camera_stays_large() -> None:
    photo = Image.effect_noise((4000, 3000), 30).resize((4000, 3000)).convert("RGB")
    picture = reencode(saved(photo, "JPEG", quality=70))
    assert (picture.width, picture.height) == (1280, 960)
    assert len(picture.webp) <= 150_000


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the memory of a process is read from /proc")
def test_the_largest_photo_takes_little_memory(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(saved(plain((6300, 6300)), "JPEG"))
    program = """
import re, sys
from pathlib import Path
from portal.media import reencode
def peak():
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1000
reencode(Path(sys.argv[1], "small.jpg").read_bytes())
before = peak()
picture = reencode(Path(sys.argv[1], "photo.jpg").read_bytes())
print(picture.width, peak() - before)
"""
    (tmp_path / "small.jpg").write_bytes(saved(plain(), "JPEG"))
    command = [sys.executable, "-c", program, str(tmp_path)]
    width, megabytes = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.split()
    assert int(width) == 1280
    # All of its pixels at once would be 160.
    assert int(megabytes) < 60


# --- Turned as the camera was held ---


@pytest.mark.parametrize(
    ("orientation", "size", "above_left", "above_right"),
    [
        (1, (400, 300), RED, GREEN),
        (2, (400, 300), GREEN, RED),
        (3, (400, 300), WHITE, BLUE),
        (4, (400, 300), BLUE, WHITE),
        (5, (300, 400), RED, BLUE),
        (6, (300, 400), BLUE, RED),
        (7, (300, 400), WHITE, GREEN),
        (8, (300, 400), GREEN, WHITE),
        (99, (400, 300), RED, GREEN),
    ],
)
def test_a_picture_is_upright_without_its_exif(
    orientation: int, size: tuple[int, int], above_left: tuple[int, ...], above_right: tuple[int, ...]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = reencode(saved(corners(), "JPEG", exif=exif))
    assert (picture.width, picture.height) == size
    assert (colour_at(picture, 30, 30), colour_at(picture, size[0] - 30, 30)) == (above_left, above_right)


def test_the_width_that_counts_is_that_of_the_upright_picture() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert refusal(saved(plain((400, 150)), "JPEG", exif=exif)) == (
        "Das Bild ist nur 150 Pixel breit: Nimm eines mit mindestens 200 Pixeln, am besten mit mehr als 800."
    )
    assert reencode(saved(plain((150, 400)), "JPEG", exif=exif)).width == 400


# Pillow warns, and goes on.
@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_rubbish_instead_of_exif_does_no_harm() -> None:
    good = saved(corners(), "JPEG", exif=b"Exif\0\0" + b"II*\0\x08\0\0\0\xff\xff" + b"\xff" * 40)
    picture = reencode(good)
    assert (picture.width, picture.height, colour_at(picture, 50, 50)) == (400, 300, RED)


# --- Nothing of what was hidden in it ---


def with_secrets() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "SECRET camera"
    exif[0x9286] = "SECRET comment"
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 20.0, 24.0), 3: "E", 4: (12.0, 22.0, 30.0), 29: "SECRET"})
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_place_device_and_profile_of_a_photo_are_gone(kind: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options: dict[str, Any] = {"exif": with_secrets(), "icc_profile": profile}
    if kind == "JPEG":
        options |= {"xmp": b"<x:xmpmeta>SECRET</x:xmpmeta>", "comment": b"SECRET"}
    if kind == "WEBP":
        options |= {"xmp": b"<x:xmpmeta>SECRET</x:xmpmeta>"}
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Author", "SECRET")
        text.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>SECRET</x:xmpmeta>")
        options["pnginfo"] = text
    upload = saved(corners(), kind, **options)
    assert (b"SECRET" in upload, len(Image.open(io.BytesIO(upload)).getexif().get_ifd(0x8825))) == (True, 5)
    picture = reencode(upload)
    assert chunks(picture.webp) == [b"VP8 "]
    assert b"SECRET" not in picture.webp
    assert dict(Image.open(io.BytesIO(picture.webp)).getexif()) == {}


def test_a_web_page_behind_or_inside_of_a_picture_is_gone() -> None:
    page = b"<!doctype html><script>alert(1)</script>"
    for upload in (
        saved(corners(), "JPEG") + page,
        saved(corners(), "PNG") + page,
        saved(corners(), "GIF") + page,
        saved(corners(), "JPEG", comment=page),
    ):
        picture = reencode(upload)
        assert page in upload
        assert b"script" not in picture.webp
        assert colour_at(picture, 50, 50) == RED


def test_colours_under_full_transparency_do_not_come_to_light() -> None:
    picture = plain((400, 300), (255, 0, 0, 0), "RGBA")
    picture.paste((0, 0, 255, 255), (0, 0, 200, 300))
    for kind in ("PNG", "WEBP"):
        result = reencode(saved(picture, kind, **({"exact": True, "lossless": True} if kind == "WEBP" else {})))
        assert chunks(result.webp) == [b"VP8 "]
        assert (colour_at(result, 50, 50), colour_at(result, 350, 50)) == (BLUE, WHITE)


def test_of_an_animation_the_first_picture_stays() -> None:
    others = [plain((400, 300), GREEN), plain((400, 300), BLUE)]
    for kind in ("GIF", "WEBP", "PNG"):
        upload = saved(plain((400, 300), RED), kind, save_all=True, append_images=others, duration=50)
        assert getattr(Image.open(io.BytesIO(upload)), "n_frames", 1) == 3
        picture = reencode(upload)
        assert chunks(picture.webp) == [b"VP8 "]
        assert colour_at(picture, 200, 150) == RED


# --- Colours ---


@pytest.mark.parametrize(
    ("picture", "kind", "expected"),
    [
        (plain(colour=(0, 255, 255, 0), mode="CMYK"), "JPEG", RED),
        (plain(colour=255, mode="L"), "JPEG", WHITE),
        (plain(colour=1, mode="1"), "PNG", WHITE),
        (plain(colour=(255, 255), mode="LA"), "PNG", WHITE),
        (plain(colour=(0, 0), mode="LA"), "PNG", WHITE),
        (corners().quantize(4), "PNG", RED),
    ],
    ids=["CMYK", "grey", "black and white", "grey with alpha", "only transparent", "palette"],
)
def test_every_kind_of_colour_is_read(picture: Image.Image, kind: str, expected: tuple[int, ...]) -> None:
    assert colour_at(reencode(saved(picture, kind)), 50, 50) == expected


def test_grey_of_sixteen_bits_is_not_overexposed() -> None:
    pixel = shown(reencode(saved(plain(colour=0x4000, mode="I;16"), "PNG"))).getpixel((50, 50))
    assert isinstance(pixel, tuple)
    assert [abs(value - 0x40) <= 2 for value in pixel] == [True, True, True]


def test_a_profile_is_applied_before_it_is_dropped() -> None:
    # A profile that calls red green and green red.
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    for kind in ("PNG", "JPEG"):
        assert colour_at(reencode(saved(plain(colour=RED), kind, icc_profile=bytes(profile))), 50, 50) == GREEN


def test_a_profile_that_is_none_is_ignored() -> None:
    assert colour_at(reencode(saved(plain(colour=RED), "PNG", icc_profile=b"no profile")), 50, 50) == RED


# --- What is refused ---


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int, height: int, pixels: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(pixels, 9)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "upload",
    [
        b"",
        b"Hallo",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><title>x</title>",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 400 300\n",
        b"PK\x03\x04" + bytes(40),
        b"GIF-Bild",
        saved(plain(), "TIFF"),
        saved(plain(), "BMP"),
        saved(plain((256, 256)), "ICO"),
        saved(plain(), "PPM"),
        saved(plain(), "JPEG2000"),
        saved(plain(), "TGA"),
        saved(plain(), "AVIF"),
    ],
    ids="nothing text SVG HTML PDF EPS ZIP almost TIFF BMP ICO PPM JPEG2000 TGA AVIF".split(),
)
def test_other_files_are_told_by_their_content_and_refused(upload: bytes) -> None:
    assert refusal(upload) == NO_PICTURE


def test_a_photo_of_an_iphone_in_heic_gets_a_hint() -> None:
    assert refusal(b"\0\0\0\x24ftypheic\0\0\0\0mif1heic" + bytes(200)) == (
        "Das ist ein Foto im Format HEIC: Speichere es als JPEG (am iPhone: Einstellungen → Kamera → Maximal kompatibel)."
    )


def test_more_than_8_mb_are_refused_unread() -> None:
    message = "Das Bild ist zu groß: Mehr als 8 MB gehen nicht, speichere es kleiner."
    assert refusal(saved(plain(), "PNG") + bytes(MAX_BYTES)) == message
    padded = saved(plain(), "PNG")
    assert reencode(padded + bytes(MAX_BYTES - len(padded))).width == 400


@pytest.mark.parametrize("side", [30_000, 10_000, 6_400])
def test_a_png_that_unpacks_to_more_than_40_million_pixels_is_not_unpacked(side: int) -> None:
    assert refusal(png(side, side, bytes(50_000_000))) == TOO_MANY_PIXELS


def test_a_jpeg_a_gif_and_a_webp_that_promise_too_many_pixels_are_refused() -> None:
    jpeg = bytearray(saved(plain(), "JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = struct.pack(">HH", 65_000, 65_000)
    gif = bytearray(saved(plain(), "GIF"))
    gif[6:10] = struct.pack("<HH", 65_000, 65_000)
    extended = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (59_999).to_bytes(3, "little") * 2
    webp = b"RIFF" + struct.pack("<I", 4 + len(extended)) + b"WEBP" + extended
    assert [refusal(bytes(data)) for data in (jpeg, gif, webp)] == [TOO_MANY_PIXELS] * 3


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_an_upload_that_was_cut_is_refused(kind: str, part: float) -> None:
    upload = saved(noise((400, 300)), kind)
    assert refusal(upload[: int(len(upload) * part)]) == BROKEN


def test_half_a_picture_is_refused_also_after_a_plan_was_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library for paper lets half pictures pass in the whole process."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    upload = saved(noise((400, 300)), "JPEG")
    assert refusal(upload[: len(upload) // 2]) == BROKEN


def test_a_text_in_a_png_that_unpacks_to_hundreds_of_megabytes_is_refused() -> None:
    good = saved(plain(), "PNG")
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(300_000_000), 9))
    assert refusal(good[:33] + bomb + good[33:]) == BROKEN


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_damaged_bytes_end_in_a_picture_or_in_a_sentence(kind: str) -> None:
    chance, upload = random.Random(11), saved(noise((220, 210)), kind)
    outcomes = set()
    for _ in range(60):
        damaged = bytearray(upload)
        for _ in range(chance.randint(1, 6)):
            damaged[chance.randrange(min(len(damaged), chance.choice([60, 100_000])))] = chance.randrange(256)
        try:
            assert chunks(reencode(bytes(damaged)).webp) == [b"VP8 "]
            outcomes.add("picture")
        except PictureError as error:
            assert str(error).count(". ") == 0
            assert str(error).endswith(".")
            outcomes.add("sentence")
    assert "sentence" in outcomes


def test_what_is_too_narrow_or_a_stripe_is_refused() -> None:
    assert refusal(saved(plain((199, 300)), "PNG")) == (
        "Das Bild ist nur 199 Pixel breit: Nimm eines mit mindestens 200 Pixeln, am besten mit mehr als 800."
    )
    assert refusal(saved(plain((300, 4000)), "PNG")) == (
        "Das Bild ist zu hoch für seine Breite: Schneide es so zu, dass es höchstens 6-mal so hoch wie breit ist."
    )
