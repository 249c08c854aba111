"""The fonts that paper is drawn with, and which of them has a character.

No font here has everything. A font that is missing is an error that names its package: an empty
box on a receipt would tell nobody what is wrong.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from PIL import ImageFont, features

from cext.errors import Refused

Font = ImageFont.FreeTypeFont
FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")
_LATIN, _HANZI = "fonts-dejavu-core", "fonts-wqy-microhei"
_FILES = {
    "regular": (
        "truetype/dejavu/DejaVuSansMono.ttf",
        "truetype/liberation/LiberationMono-Regular.ttf",
    ),
    "bold": (
        "truetype/dejavu/DejaVuSansMono-Bold.ttf",
        "truetype/liberation/LiberationMono-Bold.ttf",
    ),
    "hanzi": (
        "truetype/wqy/wqy-microhei.ttc",
        "truetype/wqy/wqy-zenhei.ttc",
        "opentype/noto/NotoSansCJK-Regular.ttc",
        "truetype/droid/DroidSansFallbackFull.ttf",
    ),
    "sans": (
        "truetype/dejavu/DejaVuSansCondensed.ttf",
        "truetype/dejavu/DejaVuSans.ttf",
        "truetype/liberation/LiberationSans-Regular.ttf",
    ),
    "sans_bold": (
        "truetype/dejavu/DejaVuSansCondensed-Bold.ttf",
        "truetype/dejavu/DejaVuSans-Bold.ttf",
        "truetype/liberation/LiberationSans-Bold.ttf",
    ),
    "script": ("truetype/dejavu/DejaVuSans.ttf",),
    "script_bold": ("truetype/dejavu/DejaVuSans-Bold.ttf",),
}
_NO_CHARACTER = "\U0010ffff"


@functools.lru_cache(128)
def load_font(kind: str, size: int) -> Font:
    """Load a font of so many dots; Refused font_missing names its package.

    `regular` and `bold` are for columns, `sans` and `sans_bold` not, `hanzi` has Chinese,
    `script` and `script_bold` Hebrew and Arabic.
    """
    path = find_font(kind, FOLDERS)
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


def find_font(kind: str, folders: Sequence[str]) -> Path:
    """The file of a font, the best one first; Refused font_missing."""
    for folder in folders:
        for name in _FILES[kind]:
            path = Path(folder, name)
            if path.exists():
                return path
    package = _HANZI if kind == "hanzi" else _LATIN
    raise Refused(
        "font_missing",
        f"No font here draws this text: install {package} (apt-get install {package}).",
        font=kind,
        package=package,
    )


@functools.lru_cache(32)
def load_script_font(size: int, *, bold: bool) -> Font:
    """Load the font of Hebrew and Arabic, which joins letters and orders them.

    Refused font_missing, or shaping_missing where the library that orders letters is not there.
    """
    if not features.check("raqm"):
        raise Refused(
            "shaping_missing",
            "Hebrew and Arabic cannot be set here: install libfribidi0 "
            "(apt-get install libfribidi0).",
            package="libfribidi0",
        )
    path = load_font("script_bold" if bold else "script", size).path
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.RAQM)


@functools.lru_cache(8192)
def has_glyph(kind: str, char: str) -> bool:
    """Whether the font has `char`, rather than a box in its place."""
    font = load_font(kind, 16)
    drawn = bytes(font.getmask(char))
    return drawn != _box(kind) or (not drawn.strip(b"\0") and char.isspace())


@functools.lru_cache(16)
def _box(kind: str) -> bytes:
    return bytes(load_font(kind, 16).getmask(_NO_CHARACTER))


@functools.lru_cache(8192)
def choose_kind(char: str, *, bold: bool, wide: bool) -> str:
    """The font that has `char`; empty when none has. Refused font_missing."""
    narrow = ("bold", "sans_bold") if bold else ("regular", "sans")
    tried = ("hanzi", *narrow) if wide else (*narrow, "hanzi")
    for kind in tried:
        # Only letters are worth an error: emoji are in no font for paper.
        if kind == "hanzi" and not wide and not unicodedata.category(char).startswith("L"):
            return ""
        if has_glyph(kind, char):
            return kind
    return ""
