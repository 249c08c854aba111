"""What a receipt printer can print: code pages, columns, dots, codes and a knife.

`western` and `chinese` are what most printers are. Every other name is a model of the
escpos-printer-db (CC BY 4.0), which python-escpos ships as data; it is read when a model of it
is first asked for.
"""

from __future__ import annotations

import codecs
import difflib
import functools
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import msgspec
from msgspec import Struct

from cext.errors import Refused

Encoding = Literal["profile", "western", "gb18030", "gbk", "big5", "utf8", "raster"]
DOTS_PER_COLUMN = 12
_DOTS_LEAST = 8
_NEAR_N = 3
# Right-to-left code pages print letters in the order they come in, and unjoined.
_RTL_CODECS = {"cp862", "cp864", "cp720", "cp1255", "cp1256", "iso8859-6", "iso8859-8"}
# Looked into first; a character of none of them may be in any other that the printer has.
_FIRST_CODECS = ("cp437", "cp858", "cp850", "cp1252")


class Profile(Struct, frozen=True, kw_only=True):
    """One printer. `code_pages` are (number for ESC t, codec); `hanzi` that it has Chinese.

    `columns_n` and `dots` are those of its paper and its usual font, 0 where they are not known.
    """

    name: str
    code_pages: tuple[tuple[int, str], ...]
    hanzi: bool = False
    columns_n: int = 0
    dots: int = 0
    has_cut: bool = True
    has_qr: bool = True
    has_barcode: bool = True
    has_raster: bool = True

    def dots_per_column(self, width_n: int) -> int:
        """How many dots a column of the usual font has: 12, unless its paper tells otherwise."""
        if not self.dots:
            return DOTS_PER_COLUMN
        return max(_DOTS_LEAST, min(self.dots // width_n, DOTS_PER_COLUMN))

    def check_width(self, width_n: int) -> None:
        """Refused width_unfit when its paper is known to have fewer columns."""
        widest_n = max(self.columns_n, self.dots // DOTS_PER_COLUMN)
        if self.columns_n and width_n > widest_n:
            detail = f"A {self.name} prints {widest_n} columns, not {width_n}: lower width_n."
            raise Refused("width_unfit", detail, profile=self.name, width_n=width_n)


# The yen sign is 9D in code page 437 and BE in 858.
PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "western": Profile(
            name="western", code_pages=((0, "cp437"), (19, "cp858"), (16, "cp1252"))
        ),
        "chinese": Profile(
            name="chinese", code_pages=((0, "cp437"), (19, "cp858")), hanzi=True
        ),
    }
)  # fmt: skip


def find_profile(name: str) -> Profile:
    """The profile of that name; Refused profile_unknown with those that are spelt like it."""
    if name in PROFILES:
        return PROFILES[name]
    models = _load_models()
    if name in models:
        return models[name]
    folded = {model.casefold(): model for model in (*PROFILES, *models)}
    near = [folded[key] for key in difflib.get_close_matches(name.casefold(), folded, _NEAR_N, 0.5)]
    meant = f"Did you mean {' or '.join(near)}? " if near else ""
    detail = f"No printer profile is called {name!r}. {meant}western or chinese fits most printers."
    raise Refused("profile_unknown", detail, profile=name)


class _Width(Struct):
    pixels: int | str = 0


class _Media(Struct):
    width: _Width


class _Font(Struct):
    columns: int


class _Model(Struct, rename={"code_pages": "codePages"}):
    """One printer of the database, as far as it matters here."""

    code_pages: dict[str, str]
    features: dict[str, bool]
    fonts: dict[str, _Font]
    media: _Media


class _CodePage(Struct):
    python_encode: str = ""


class _Database(Struct):
    encodings: dict[str, _CodePage]
    profiles: dict[str, _Model]


@functools.cache
def _load_models() -> Mapping[str, Profile]:
    found = find_spec("escpos")  # finding it loads none of its code
    if found is None or not found.origin:
        return {}
    data = Path(found.origin).with_name("capabilities.json").read_bytes()
    database = msgspec.json.decode(data, type=_Database)
    known = {name: page.python_encode for name, page in database.encodings.items()}
    return {name: _profile(name, model, known) for name, model in database.profiles.items()}


def _profile(name: str, model: _Model, codec_of: Mapping[str, str]) -> Profile:
    has = model.features.get
    pages = [(int(number), codec_of.get(page, "")) for number, page in model.code_pages.items()]
    usable = [(number, codecs.lookup(codec).name) for number, codec in pages if _is_codec(codec)]
    usable.sort(key=lambda page: (_rank(page[1]), page[0]))
    dots = model.media.width.pixels
    return Profile(
        name=name,
        code_pages=tuple(page for page in usable if page[1] not in _RTL_CODECS),
        columns_n=model.fonts["0"].columns if "0" in model.fonts else 0,
        dots=dots if isinstance(dots, int) else 0,
        has_cut=bool(has("paperFullCut") or has("paperPartCut")),
        has_qr=bool(has("qrCode")),
        has_barcode=bool(has("barcodeB")),
        has_raster=bool(has("bitImageRaster")),
    )


def _rank(codec: str) -> int:
    return _FIRST_CODECS.index(codec) if codec in _FIRST_CODECS else len(_FIRST_CODECS)


def _is_codec(codec: str) -> bool:
    try:
        return bool(codec) and bool(codecs.lookup(codec))
    except LookupError:
        return False
