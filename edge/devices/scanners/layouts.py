"""What the keys of a keyboard mean in each layout that a scanner can be set to; pure tables.

A key has the number Linux gives its physical place, so the layout of this computer never matters,
only the one the scanner is set to. The tables follow the layouts that Windows ships, because that
is what scanners imitate. Where they have no key for a character (Latin letters in RU, ` and ~ in
IT) a scanner can only send its Alt code.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from msgspec import Struct

# The keys of one level in the order of the strings below: four rows from the left, the key above
# Tab first, the key beside Enter at the end of the third row, the one beside left Shift (86) first
# in the fourth. A blank in a string means that the key gives nothing.
KEY_CODES = (41, *range(2, 14), *range(16, 28), *range(30, 41), 43, 86, *range(44, 54))
SPACE = 57
KEYPAD_DIGITS: Mapping[int, str] = {
    71: "7", 72: "8", 73: "9", 75: "4", 76: "5", 77: "6", 79: "1", 80: "2", 81: "3", 82: "0",
}  # fmt: skip
KEYPAD_SIGNS: Mapping[int, str] = {55: "*", 74: "-", 78: "+", 98: "/", 117: "=", 121: ","}
KEYPAD_POINT = 83

# A dead key prints nothing until the next one tells which letter gets its accent.
ACCENTS: Mapping[str, str] = {
    "^": "\u0302", "`": "\u0300", "´": "\u0301", "~": "\u0303", "¨": "\u0308",
}  # fmt: skip


class Level(IntEnum):
    """Which of the characters on a key is meant."""

    PLAIN = 0
    SHIFT = 1
    ALTGR = 2
    SHIFT_ALTGR = 3


class Layout(Struct, frozen=True):
    """The characters of every key; `dead` holds the (key, level) that only carry an accent."""

    name: str
    chars: Mapping[tuple[int, int], str]
    dead: frozenset[tuple[int, int]]
    letters: frozenset[int]  # keys that Caps Lock turns into capitals

    def char(self, key: int, level: int) -> str:
        """Give the character of a key, or an empty string if it has none."""
        return self.chars.get((key, level), "")


def _layout(
    name: str,
    *levels: tuple[str, str, str, str],
    altgr: Mapping[int, str] | None = None,
    dead: tuple[tuple[int, int], ...] = (),
    point: str = ".",
) -> Layout:
    """Number the characters of the rows; `altgr` has those of the sparse third level by key."""
    chars: dict[tuple[int, int], str] = {(KEYPAD_POINT, level): point for level in Level}
    chars |= {(SPACE, level): " " for level in (Level.PLAIN, Level.SHIFT)}
    for keypad in (KEYPAD_DIGITS, KEYPAD_SIGNS):
        chars |= {(key, level): char for key, char in keypad.items() for level in Level}
    for level, rows in enumerate(levels):
        row = zip(KEY_CODES, "".join(rows), strict=True)
        chars |= {(key, level): char for key, char in row if char != " "}
    for key, pair in (altgr or {}).items():
        chars[key, Level.ALTGR] = pair[0]
        if len(pair) > 1:
            chars[key, Level.SHIFT_ALTGR] = pair[1]
    letters = frozenset(
        key
        for key in KEY_CODES
        if chars.get((key, 0), "").islower() and chars.get((key, 1), "").isupper()
    )
    return Layout(name, chars, frozenset(dead), letters)


US = _layout(
    "US",
    ("`1234567890-=", "qwertyuiop[]", "asdfghjkl;'\\", " zxcvbnm,./"),
    ("~!@#$%^&*()_+", "QWERTYUIOP{}", 'ASDFGHJKL:"|', " ZXCVBNM<>?"),
)
UK = _layout(
    "UK",
    ("`1234567890-=", "qwertyuiop[]", "asdfghjkl;'#", "\\zxcvbnm,./"),
    ('¬!"£$%^&*()_+', "QWERTYUIOP{}", "ASDFGHJKL:@~", "|ZXCVBNM<>?"),
    altgr={41: "¦", 5: "€", 18: "éÉ", 22: "úÚ", 23: "íÍ", 24: "óÓ", 30: "áÁ"},
)
FR = _layout(
    "FR",
    ("²&é\"'(-è_çà)=", "azertyuiop^$", "qsdfghjklmù*", "<wxcvbn,;:!"),
    (" 1234567890°+", "AZERTYUIOP¨£", "QSDFGHJKLM%µ", ">WXCVBN?./§"),
    ("  ~#{[|`\\^@]}", "  €        ¤", " " * 12, " " * 11),
    dead=((26, 0), (26, 1), (3, 2), (8, 2)),
)
BE = _layout(
    "BE",
    ("²&é\"'(§è!çà)-", "azertyuiop^$", "qsdfghjklmùµ", "<wxcvbn,;:="),
    ("³1234567890°_", "AZERTYUIOP¨*", "QSDFGHJKLM%£", ">WXCVBN?./+"),
    (" |@#  ^  {}  ", "  €       []", "          ´`", "\\         ~"),
    dead=((26, 0), (26, 1), (40, 2), (43, 2), (53, 2)),
)
DE = _layout(
    "DE",
    ("^1234567890ß´", "qwertzuiopü+", "asdfghjklöä#", "<yxcvbnm,.-"),
    ('°!"§$%&/()=?`', "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ'", ">YXCVBNM;:_"),
    ("  ²³   {[]}\\ ", "@ €        ~", " " * 12, "|      µ   "),
    dead=((41, 0), (13, 0), (13, 1)),
    point=",",
)
CH = _layout(
    "CH",
    ("§1234567890'^", "qwertzuiopü¨", "asdfghjklöä$", "<yxcvbnm,.-"),
    ('°+"*ç%&/()=?`', "QWERTZUIOPè!", "ASDFGHJKLéà£", ">YXCVBNM;:_"),
    (" ¦@#°§¬|¢  ´~", "  €       []", "          {}", "\\          "),
    dead=((13, 0), (13, 1), (27, 0), (12, 2), (13, 2)),
)
ES = _layout(
    "ES",
    ("º1234567890'¡", "qwertyuiop`+", "asdfghjklñ´ç", "<zxcvbnm,.-"),
    ('ª!"·$%&/()=?¿', "QWERTYUIOP^*", "ASDFGHJKLÑ¨Ç", ">ZXCVBNM;:_"),
    ("\\|@#~€¬      ", "  €       []", "          {}", " " * 11),
    dead=((26, 0), (26, 1), (40, 0), (40, 1), (5, 2)),
)
PT = _layout(
    "PT",
    ("\\1234567890'«", "qwertyuiop+´", "asdfghjklçº~", "<zxcvbnm,.-"),
    ('|!"#$%&/()=?»', "QWERTYUIOP*`", "ASDFGHJKLÇª^", ">ZXCVBNM;:_"),
    ("  @£§€ {[]}  ", "  €       ¨ ", " " * 12, " " * 11),
    dead=((27, 0), (27, 1), (43, 0), (43, 1), (26, 2)),
)
IT = _layout(
    "IT",
    ("\\1234567890'ì", "qwertyuiopè+", "asdfghjklòàù", "<zxcvbnm,.-"),
    ('|!"£$%&/()=?^', "QWERTYUIOPé*", "ASDFGHJKLç°§", ">ZXCVBNM;:_"),
    altgr={6: "€", 18: "€", 26: "[{", 27: "]}", 39: "@", 40: "#"},
)
TR = _layout(
    "TR",
    ('"1234567890*-', "qwertyuıopğü", "asdfghjklşi,", "<zxcvbnmöç."),
    ("é!'^+%&/()=?_", "QWERTYUIOPĞÜ", "ASDFGHJKLŞİ;", ">ZXCVBNMÖÇ:"),
    ("<>£#$½ {[]}\\|", "@ €    i   ~", "æß       ´ `", "|          "),
    dead=((4, 1), (27, 2), (39, 2), (43, 2)),
    point=",",
)
RU = _layout(
    "RU",
    ("ё1234567890-=", "йцукенгшщзхъ", "фывапролджэ\\", "\\ячсмитьбю."),
    ('Ё!"№;%:?*()_+', "ЙЦУКЕНГШЩЗХЪ", "ФЫВАПРОЛДЖЭ/", "/ЯЧСМИТЬБЮ,"),
    altgr={9: "₽"},
    point=",",
)

LAYOUTS: Mapping[str, Layout] = {
    one.name: one for one in (US, UK, FR, BE, DE, CH, ES, PT, IT, TR, RU)
}
