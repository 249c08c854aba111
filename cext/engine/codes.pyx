"""Barcodes: check digits, in-store label layouts, and what a scanned text is."""

import re

from libc.stdint cimport int64_t

from cext.engine.rounding cimport take_int
from cext.errors import Refused, break_off
from cext.lang.code import (
    CouponCode,
    ItemCode,
    MemberCard,
    PricedLabel,
    UnknownCode,
    WeighedLabel,
)
from cext.lang.item import LabelLayout, PriceBook
from cext.lang.money import Currency
from cext.offers import list_coupons

cdef enum:
    TEXT_LIMIT = 256  # a GS1 link with all its parts is about 200
    DIGITS_LIMIT = 32
    GTIN_DIGITS = 14

TEXT_MAX_N = TEXT_LIMIT
LAYOUT_MAX_N = DIGITS_LIMIT
cdef tuple GTIN_LENGTHS = (8, 12, 13, 14)
cdef object PART = re.compile(r"([0-9])|([IAWMK])\{([1-9][0-9]?)\}|(C)")


def check_digit(digits):
    """The GS1 check digit of `digits` (without one): weights 3, 1, 3 … from the right, mod 10.

    Refused("not_digits") unless there are 1 to LAYOUT_MAX_N decimal digits.
    """
    return check_of(take_digits(digits))


def with_check_digit(digits):
    """`digits` and their check digit."""
    return f"{digits}{check_of(take_digits(digits))}"


def is_gtin(code):
    """Whether `code` is a GTIN-8, -12, -13 or -14 with the right check digit."""
    if type(code) is not str:
        break_off("exact_str", what="code")
    if len(code) not in GTIN_LENGTHS or not (code.isascii() and code.isdigit()):
        return False
    return has_check(code.encode("ascii"))


def make_code(layout, *, item="", amount_minor=0, weight_g=0, digits="", currency_digits=2):
    """The code a scale or an office prints under `layout`.

    `item` is the PLU, `digits` what a member or coupon field holds, `currency_digits` the decimals
    of the store's currency. Refused("label_invalid") when a value does not fit its field.
    """
    cdef Layout shape = Layout(layout, currency_digits)
    values = {
        "I": item,
        "A": unscale(amount_minor, shape.amount_factor, "amount"),
        "W": unscale(weight_g, shape.weight_factor, "weight"),
        "M": digits,
        "K": digits,
    }
    code = "".join(fill_part(part, values) for part in shape.parts)
    return with_check_digit(code) if shape.has_check else code


def clashes(book):
    """Everything in `book` that makes a scanned code mean two things, or nothing; one line each.

    A code of two items, a PLU of two items, a coupon with an item's code, a layout that cannot be
    read, two layouts that can match one code, a layout that can match an item's or coupon's code.
    """
    cdef list problems = []
    cdef list layouts = read_layouts(book, problems)
    cdef dict owners = {}
    cdef dict plus = {}
    for item in book.items:
        if item.plu is not None:
            claim(plus, plain(item.plu), "PLU", item.item, problems)
            if not (item.plu.isascii() and item.plu.isdigit()):
                problems.append(f"item {item.item!r}: PLU {item.plu!r} is not digits")
        for code in item.codes:
            claim(owners, code, "code", item.item, problems)
            find_matches(layouts, code, f"item {item.item!r}", problems)
    find_one_number(owners, problems)
    for coupon, offer in list_coupons(book):
        claim(owners, coupon, "code", f"offer {offer}", problems)
        find_matches(layouts, coupon, f"offer {offer!r}", problems, coupon=True)
    return tuple(problems)


cdef class Codes:
    """What every code of one price book means. Refused("price_book_invalid") when codes clash."""

    cdef dict _items
    cdef dict _plus
    cdef object _coupons
    cdef list _layouts

    def __init__(self, book):
        if type(book) is not PriceBook:
            break_off("exact_book", what=type(book).__name__)
        problems = clashes(book)
        if problems:
            raise Refused("price_book_invalid", "\n".join(problems), problems=problems)
        self._layouts = read_layouts(book, [])
        self._items = {code: item.item for item in book.items for code in item.codes}
        self._plus = {plain(item.plu): item.item for item in book.items if item.plu is not None}
        self._coupons = frozenset(coupon for coupon, _ in list_coupons(book))

    def decode(self, text):
        """What the scanned `text` is; never raises for any text.

        An item's code as printed comes first, then coupons, then the label layouts, then the same
        GTIN with more or fewer leading zeros. Blanks around it and a symbology prefix (]E0) are
        dropped. A code whose check digit is wrong is refused unless the book has it so.
        """
        if type(text) is not str:
            break_off("exact_str", what="text")
        item = self._items.get(text)
        if item is not None:
            return ItemCode(item)
        code = text.strip(" \t\r\n")  # a plain strip would eat GS, the separator inside GS1 codes
        if not code:
            return UnknownCode(text, "empty")
        if len(code) > TEXT_LIMIT:
            return UnknownCode(text[:TEXT_LIMIT], "too_long")
        if not code.isprintable():
            return UnknownCode(text, "not_printable")
        if code[0] == "]" and len(code) > 3 and code[1].isalpha():
            code = code[3:]
        if code is not text:
            item = self._items.get(code)
            if item is not None:
                return ItemCode(item)
        if code in self._coupons:
            return CouponCode(code)
        if not (code.isascii() and code.isdigit()):
            return UnknownCode(text, "not_a_code")
        return self._decode_digits(code, text)

    cdef object _decode_digits(self, str code, str text):
        cdef bytes digits = code.encode("ascii")
        cdef Layout layout
        for layout in self._layouts:
            if layout.is_match(digits):
                if layout.has_check and not has_check(digits):
                    return UnknownCode(text, "bad_check_digit")
                return self._read_label(layout, code, text)
        if len(code) in GTIN_LENGTHS:
            if not has_check(digits):
                return UnknownCode(text, "bad_check_digit")
            padded = code.zfill(GTIN_DIGITS)
            for length in GTIN_LENGTHS:
                item = self._items.get(padded[GTIN_DIGITS - length:])
                if item is not None and not padded[:GTIN_DIGITS - length].strip("0"):
                    return ItemCode(item)
        return UnknownCode(text, "unknown_item")

    cdef object _read_label(self, Layout layout, str code, str text):
        if layout.member_n:
            return MemberCard(plain(layout.cut(code, layout.member_at, layout.member_n)))
        if layout.coupon_n:
            return CouponCode(code)
        item = self._plus.get(plain(layout.cut(code, layout.item_at, layout.item_n)))
        if item is None:
            return UnknownCode(text, "unknown_item")
        if layout.amount_n:
            amount = int(layout.cut(code, layout.amount_at, layout.amount_n))
            return PricedLabel(item, amount * layout.amount_factor)
        if layout.weight_n:
            weight = int(layout.cut(code, layout.weight_at, layout.weight_n))
            return WeighedLabel(item, weight * layout.weight_factor)
        return ItemCode(item)


cdef class Layout:
    """A label layout read from its pattern. Refused("layout_invalid") when it makes no sense."""

    cdef list parts  # (letter or digit, how many places)
    cdef str pattern
    cdef bytes shape  # one letter or digit a place
    cdef bint has_check
    cdef Py_ssize_t item_at, item_n, amount_at, amount_n, weight_at, weight_n
    cdef Py_ssize_t member_at, member_n, coupon_at, coupon_n
    cdef int64_t amount_factor, weight_factor

    def __init__(self, layout, currency_digits):
        if type(layout) is not LabelLayout:
            break_off("exact_layout", what=type(layout).__name__)
        self.pattern = layout.pattern
        self.parts = split_pattern(layout.pattern)
        self.shape = "".join(letter * n for letter, n in self.parts).encode("ascii")
        self.has_check = self.shape.endswith(b"C")
        self.item_at, self.item_n = self._place(b"I")
        self.amount_at, self.amount_n = self._place(b"A")
        self.weight_at, self.weight_n = self._place(b"W")
        self.member_at, self.member_n = self._place(b"M")
        self.coupon_at, self.coupon_n = self._place(b"K")
        decimals = take_int(layout.decimals, 0, 5, "decimals")
        # With both fields the amount is the truth, and decimals are the amount's.
        weight_decimals = 3 if self.amount_n else decimals
        if self.amount_n and decimals > currency_digits:
            self._refuse("decimals are more than the currency has")
        if self.weight_n and weight_decimals > 3:
            self._refuse("a weight finer than a gram")
        if self.item_n + self.member_n + self.coupon_n == 0:
            self._refuse("it names neither item, member nor coupon")
        if len(self.shape) > DIGITS_LIMIT:
            self._refuse(f"longer than {DIGITS_LIMIT} digits")
        self.amount_factor = 10 ** max(0, currency_digits - decimals)
        self.weight_factor = 10 ** max(0, 3 - weight_decimals)

    def _place(self, letter):
        return max(0, self.shape.find(letter)), self.shape.count(letter)

    def _refuse(self, why):
        raise Refused("layout_invalid", f"layout {self.pattern!r}: {why}")

    cdef str cut(self, str code, Py_ssize_t at, Py_ssize_t n):
        return code[at:at + n]

    cdef bint is_match(self, bytes digits):
        """Whether length and fixed digits agree; the check digit is looked at by the caller."""
        cdef const unsigned char* have = digits
        cdef const unsigned char* want = self.shape
        cdef Py_ssize_t i, n = len(digits)
        if n != len(self.shape):
            return False
        for i in range(n):
            if c"0" <= want[i] <= c"9" and want[i] != have[i]:
                return False
        return True

    cdef bint is_clash(self, Layout other):
        """Whether one code can match both: no place where both fix a different digit."""
        cdef const unsigned char* a = self.shape
        cdef const unsigned char* b = other.shape
        cdef Py_ssize_t i, n = len(self.shape)
        if n != len(other.shape):
            return False
        for i in range(n):
            if c"0" <= a[i] <= c"9" and c"0" <= b[i] <= c"9" and a[i] != b[i]:
                return False
        return True


cdef bytes take_digits(object digits):
    if type(digits) is not str:
        break_off("exact_str", what="digits")
    if not (0 < len(digits) <= DIGITS_LIMIT and digits.isascii() and digits.isdigit()):
        raise Refused("not_digits", f"{digits[:DIGITS_LIMIT]!r} is not 1 to {DIGITS_LIMIT} digits")
    return digits.encode("ascii")


cdef int check_of(bytes digits):
    cdef const unsigned char* at = digits
    cdef Py_ssize_t n = len(digits)
    return check_sum(at, n, 3)


cdef bint has_check(bytes digits):
    cdef const unsigned char* at = digits
    cdef Py_ssize_t n = len(digits)
    return check_sum(at, n, 1) == 0


cdef int check_sum(const unsigned char* digits, Py_ssize_t n, int weight) noexcept nogil:
    """What is missing to a multiple of ten; `weight` (1 or 3) is that of the last digit."""
    cdef int total = 0
    cdef Py_ssize_t i
    for i in range(n):
        total += (digits[n - 1 - i] - c"0") * weight
        weight = 4 - weight
    return (10 - total % 10) % 10


cdef str plain(str digits):
    """A number without its leading zeros, as a PLU or a member is known."""
    return digits.lstrip("0") or "0"


cdef list split_pattern(str pattern):
    text = pattern.replace(" ", "")
    found = list(PART.finditer(text))
    parts = [(one[1] or one[2] or one[4], int(one[3] or 1)) for one in found]
    letters = [letter for letter, _ in parts if not letter.isdigit()]
    if "".join(one[0] for one in found) != text or not parts:
        raise Refused("layout_invalid", f"layout {pattern!r} cannot be read")
    if len(set(letters)) != len(letters) or "C" in letters[:-1] or ("C", 1) in parts[:-1]:
        raise Refused("layout_invalid", f"layout {pattern!r}: each letter once, C at the end")
    return parts


cdef list read_layouts(object book, list problems):
    """The layouts of a book; what is wrong with each and between them goes to `problems`."""
    cdef list layouts = []
    cdef Layout one, other
    digits = Currency(code=book.currency).digits
    for layout in book.layouts:
        try:
            one = Layout(layout, digits)
        except Refused as exc:
            problems.append(exc.detail)
            continue
        for other in layouts:
            if one.is_clash(other):
                problems.append(f"layouts {other.pattern!r} and {one.pattern!r} match one code")
        layouts.append(one)
    return layouts


cdef int find_matches(
    list layouts, str code, str owner, list problems, bint coupon=False
) except -1:
    """Note every layout that could take `code`, as printed or with the zeros scanners add."""
    cdef Layout layout
    cdef bytes digits
    cdef Py_ssize_t n, code_n = len(code)
    cdef bint is_number = code_n in GTIN_LENGTHS
    if not layouts or not (code.isascii() and code.isdigit()):
        return 0
    for layout in layouts:
        n = len(layout.shape)
        # A coupon's own code may well lie inside the layout that says what a coupon looks like.
        if (coupon and layout.coupon_n) or code_n > n:
            continue
        if code_n < n and not (is_number and n in GTIN_LENGTHS):
            continue
        digits = code.zfill(n).encode("ascii")
        if layout.is_match(digits) and (not layout.has_check or has_check(digits)):
            problems.append(f"layout {layout.pattern!r} matches code {code} of {owner}")
    return 0


cdef int claim(dict owners, str key, str what, str owner, list problems) except -1:
    first = owners.setdefault(key, owner)
    if first != owner:
        problems.append(f"{what} {key!r} belongs to {first!r} and {owner!r}")
    return 0


cdef int find_one_number(dict owners, list problems) except -1:
    """GTINs are numbers: 036000291452 and 0036000291452 of two items are one code."""
    cdef str code, printed
    cdef Py_ssize_t more
    for code, owner in owners.items():
        if code[:1] != "0" or len(code) not in GTIN_LENGTHS or not code.isascii():
            continue
        for length in GTIN_LENGTHS:
            more = len(code) - length
            printed = code[max(0, more):]
            if more > 0 and not code[:more].strip("0") and owners.get(printed, owner) != owner:
                first = owners[printed]
                problems.append(
                    f"codes {printed} of {first!r} and {code} of {owner!r} are one number"
                )
    return 0


cdef int64_t unscale(object amount, int64_t factor, str name) except? -1:
    cdef int64_t number = take_int(amount, 0, 10**15, name)
    if number % factor:
        raise Refused("label_invalid", f"{name} {number} is not a multiple of {factor}")
    return number // factor


cdef str fill_part(tuple part, dict values):
    letter, n = part
    if letter.isdigit():
        return letter
    if letter == "C":
        return ""
    value = values[letter]
    text = str(value)
    if not (text.isascii() and text.isdigit()) or len(text) > n:
        raise Refused("label_invalid", f"{text!r} does not fit {letter}{{{n}}}")
    return text.zfill(n)
