"""The layout tables against an independent one: what each national keyboard has printed on it."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from edge.devices.scanners.layouts import ACCENTS, KEY_CODES, LAYOUTS

# By place: the digits row from the key right of the one above Tab, then the rows below it from
# the left. Written from pictures of the keyboards, not from the tables under test; letters and
# what GS1 allows in a code (its set of 82 characters) are all here.
QWERTY = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
QWERTZ = ("qwertzuiop", "asdfghjkl", "yxcvbnm")
AZERTY = ("azertyuiop", "qsdfghjklm", "wxcvbn")
TURKISH = ("qwertyuıop", "asdfghjkl", "zxcvbnm")
RUSSIAN = ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю")
LETTERS = {
    "US": QWERTY, "UK": QWERTY, "ES": QWERTY, "PT": QWERTY, "IT": QWERTY,
    "DE": QWERTZ, "CH": QWERTZ, "FR": AZERTY, "BE": AZERTY, "TR": TURKISH, "RU": RUSSIAN,
}  # fmt: skip
DIGITS_WITH_SHIFT = {"FR", "BE"}

# Each special of GS1's set by its key and whether Shift is held, as "character key[s]".
SPECIALS = {
    "US":
    "!2s \"40s %6s &8s '40 (10s )11s *9s +13s ,51 -12 .52 /53 :39s ;39 <51s =13 >52s ?53s _12s",
    "UK":
    "!2s \"3s %6s &8s '40 (10s )11s *9s +13s ,51 -12 .52 /53 :39s ;39 <51s =13 >52s ?53s _12s",
    "FR":
    "!53 \"4 %40s &2 '5 (6 )12 *43 +13s ,50 -7 .51s /52s :52 ;51 <86 =13 >86s ?50s _9",
    "BE":
    "!9 \"4 %40s &2 '5 (6 )12 *27s +53s ,50 -13 .51s /52s :52 ;51 <86 =53 >86s ?50s _13s",
    "DE":
    "!2s \"3s %6s &7s '43s (9s )10s *27s +27 ,51 -53 .52 /8s :52s ;51s <86 =11s >86s ?12s _53s",
    "CH":
    "!27s \"3s %6s &7s '12 (9s )10s *4s +2s ,51 -53 .52 /8s :52s ;51s <86 =11s >86s ?12s _53s",
    "ES":
    "!2s \"3s %6s &7s '12 (9s )10s *27s +27 ,51 -53 .52 /8s :52s ;51s <86 =11s >86s ?12s _53s",
    "PT":
    "!2s \"3s %6s &7s '12 (9s )10s *26s +26 ,51 -53 .52 /8s :52s ;51s <86 =11s >86s ?12s _53s",
    "IT":
    "!2s \"3s %6s &7s '12 (9s )10s *27s +27 ,51 -53 .52 /8s :52s ;51s <86 =11s >86s ?12s _53s",
    "TR":
    "!2s \"41 %6s &7s '3s (9s )10s *12 +5s ,43 -13 .53 /8s :53s ;43s <86 =11s >86s ?12s _13s",
    "RU":
    "!2s \"3s %6s (10s )11s *9s +13s ,53s -12 .53 /43s :7s ;5s =13 ?8s _12s",
}  # fmt: skip

XKB = Path("/usr/share/X11/xkb/symbols")
XKB_FILES = {
    "US": "us", "UK": "gb", "FR": "fr", "BE": "be", "DE": "de", "CH": "ch",
    "ES": "es", "PT": "pt", "IT": "it", "TR": "tr", "RU": "ru(winkeys)",
}  # fmt: skip
XKB_ROWS = {"AE": 2, "AD": 16, "AC": 30, "AB": 44}


@pytest.mark.parametrize("name", LAYOUTS)
def test_letters_and_digits_lie_where_the_keyboard_has_them(name: str) -> None:
    layout = LAYOUTS[name]

    for first, row in zip((16, 30, 44), LETTERS[name], strict=True):
        places = range(first, first + len(row))
        assert "".join(layout.char(key, 0) for key in places) == row
        if name != "TR":
            assert "".join(layout.char(key, 1) for key in places) == row.upper()
    level = int(name in DIGITS_WITH_SHIFT)
    assert "".join(layout.char(key, level) for key in range(2, 12)) == "1234567890"


def test_the_turkish_i_has_its_dot_and_the_other_has_none() -> None:
    layout = LAYOUTS["TR"]

    assert [layout.char(key, level) for key in (23, 40) for level in (0, 1)] == list("ıIiİ")


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_specials_of_gs1_lie_where_the_keyboard_has_them(name: str) -> None:
    for place in SPECIALS[name].split():
        key, level = int(place[1:].rstrip("s")), int(place.endswith("s"))
        assert LAYOUTS[name].char(key, level) == place[0], place
        assert (key, level) not in LAYOUTS[name].dead, place


@pytest.mark.parametrize("name", sorted(set(LAYOUTS) - {"RU"}))
def test_every_latin_layout_has_every_character_gs1_allows(name: str) -> None:
    wanted = set("!\"%&'()*+,-./0123456789:;<=>?_ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    wanted |= {char.lower() for char in wanted}

    assert len(wanted) == 82
    assert wanted <= set(LAYOUTS[name].chars.values())


@pytest.mark.parametrize("name", LAYOUTS)
def test_only_accents_are_dead(name: str) -> None:
    assert {LAYOUTS[name].char(*place) for place in LAYOUTS[name].dead} <= set(ACCENTS)


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_layout_agrees_with_the_one_of_the_x_server(name: str) -> None:
    if not XKB.is_dir():
        pytest.skip("no xkb-data on this machine; the table above is checked in any case")
    theirs = load_xkb(XKB_FILES[name])
    layout = LAYOUTS[name]

    # Where both have a character it is the same one; XKB gives more keys a third level.
    differ = {
        (key, level): (layout.char(key, level), char)
        for (key, level), char in theirs.items()
        if key in KEY_CODES and layout.char(key, level) not in {"", char}
    }

    assert len(theirs) > 30
    assert differ.items() <= WINDOWS_DIFFERS.get(name, {}).items()


# (key, level) -> what Windows has there, and so the scanners, and what the X server has.
WINDOWS_DIFFERS = {
    "UK": {(18, 2): ("é", "e"), (30, 2): ("á", "æ"), (41, 2): ("¦", "|")},
    "FR": {(27, 2): ("¤", "~")},
    "CH": {(2, 2): ("¦", "|")},
    "RU": {(86, 0): ("\\", "/"), (86, 1): ("/", "|")},
}


def load_xkb(spec: str) -> dict[tuple[int, int], str]:
    """The characters of one XKB layout by Linux key and level; dead keys by their accent."""
    file, _, variant = spec.rstrip(")").partition("(")
    text = re.sub(r"//.*", "", (XKB / file).read_text(encoding="utf-8"))
    sections = re.findall(r'xkb_symbols\s+"(\w+)"\s*\{(.*?)\n\s*\};', text, re.DOTALL)
    body = dict(sections)[variant] if variant else sections[0][1]
    chars: dict[tuple[int, int], str] = {}
    for included, name, keysyms in re.findall(
        r'include\s+"([^"]+)"|key\s+<(\w+)>\s*\{(?:[^\[]*\[[Gg]roup1\]\s*=)*[^\[]*\[([^\]]*)\]',
        body,
    ):
        if included and not included.startswith(("level3", "kpdl", "nbsp", "keypad", "eurosign")):
            chars |= load_xkb(included)
        elif name and (key := xkb_key(name)):
            for level, keysym in enumerate(keysyms.split(",")[:3]):
                if char := char_of(keysym.strip()):
                    chars[key, level] = char
    return chars


def xkb_key(name: str) -> int:
    if name in {"TLDE", "BKSL", "LSGT"}:
        return {"TLDE": 41, "BKSL": 43, "LSGT": 86}[name]
    row = XKB_ROWS.get(name[:2])
    return row + int(name[2:]) - 1 if row else 0


NAMES = {
    "exclam": "!", "quotedbl": '"', "numbersign": "#", "dollar": "$", "percent": "%",
    "ampersand": "&", "apostrophe": "'", "parenleft": "(", "parenright": ")", "asterisk": "*",
    "plus": "+", "comma": ",", "minus": "-", "period": ".", "slash": "/", "colon": ":",
    "semicolon": ";", "less": "<", "equal": "=", "greater": ">", "question": "?", "at": "@",
    "bracketleft": "[", "backslash": "\\", "bracketright": "]", "asciicircum": "^",
    "underscore": "_", "grave": "`", "braceleft": "{", "bar": "|", "braceright": "}",
    "asciitilde": "~", "sterling": "£", "section": "§", "degree": "°", "mu": "µ",
    "EuroSign": "€", "notsign": "¬", "twosuperior": "²", "threesuperior": "³",
    "ccedilla": "ç", "Ccedilla": "Ç", "ssharp": "ß", "masculine": "º", "ordfeminine": "ª",
    "exclamdown": "¡", "questiondown": "¿", "periodcentered": "·", "guillemotleft": "«",
    "guillemotright": "»", "brokenbar": "¦", "cent": "¢", "idotless": "ı", "Iabovedot": "İ",
    "numerosign": "№", "dead_circumflex": "^", "dead_grave": "`", "dead_acute": "´",
    "dead_tilde": "~", "dead_diaeresis": "¨", "acute": "´", "diaeresis": "¨", "ae": "æ",
    "gbreve": "ğ", "Gbreve": "Ğ", "scedilla": "ş", "Scedilla": "Ş", "ntilde": "ñ", "Ntilde": "Ñ",
}  # fmt: skip
MARKED = {"grave": "GRAVE", "acute": "ACUTE", "diaeresis": "DIAERESIS"}


def char_of(keysym: str) -> str:
    """The character of a key symbol, or empty for one this test does not know."""
    if len(keysym) == 1:
        return keysym
    if keysym in NAMES:
        return NAMES[keysym]
    if found := re.fullmatch(r"([a-zA-Z])(grave|acute|diaeresis)", keysym):
        size = "CAPITAL" if found[1].isupper() else "SMALL"
        name = f"LATIN {size} LETTER {found[1].upper()} WITH {MARKED[found[2]]}"
        return unicodedata.lookup(name)
    if re.fullmatch(r"U[0-9A-F]{4,5}", keysym):
        return chr(int(keysym[1:], 16))
    return ""
