"""In-store labels: layouts as data, and the codes printed under them.

GS1 leaves prefixes 20 to 29 (02 and 2 of a UPC-A) to the shop; what stands inside is its own.
"""

cimport cython
from libc.stdint cimport int64_t

import re

from cext.engine.codes.digits cimport (
    DIGITS_LIMIT,
    check_sum,
    has_check,
    is_gtin_length,
    verifier_of,
)
from cext.engine.rounding cimport take_int
from cext.errors import Refused, break_off
from cext.lang.code import QuantityRange
from cext.lang.item import LabelLayout
from cext.lang.money import Currency

LAYOUT_MAX_N = DIGITS_LIMIT
cdef enum:
    NUMBER_DIGITS = 12  # of an amount or a weight
cdef object PART = re.compile(r"([0-9x])|([IAWMKOL])\{([1-9][0-9]?)\}|([CV])")
cdef str NAMING = "IMKOL"


def make_code(
    layout, *, item="", amount_minor=0, weight_g=0, digits="", currency_digits=2
):
    """The code a scale or an office prints under `layout`.

    `item` is the PLU, `digits` what a member, coupon, order or location field holds,
    `currency_digits` the decimals of the store's currency. A place that may be any digit is 0.
    Refused("label_invalid") when a value does not fit its field.
    """
    cdef Layout shape = Layout(layout, currency_digits)
    for text in (item, digits):
        if type(text) is not str:
            break_off("exact_str", what="item or digits")
    values = {
        "I": item,
        "A": unscale(amount_minor, shape.amount_factor, "amount"),
        "W": unscale(weight_g, shape.weight_factor, "weight"),
        "M": digits,
        "K": digits,
        "O": digits,
        "L": digits,
    }
    code = "".join([fill_part(part, values) for part in shape.parts])
    raw = bytearray(code.encode("ascii"))
    cdef unsigned char* at = raw
    if shape.verifier.n:
        measured = shape.amount if shape.amount.n else shape.weight
        at[shape.verifier.at] = c"0" + verifier_of(at + measured.at, measured.n)
    if shape.has_check:
        at[shape.size - 1] = c"0" + check_sum(at, shape.size - 1, 3)
    return raw.decode("ascii")


def derive_range(amount_minor, *, price_minor, per):
    """Every quantity whose price rounds (half up) to a label's amount: a `QuantityRange`.

    `price_minor` (above 0) buys `per` of the item's unit. In thousandths of that unit, the ends
    rounded outwards so that the true quantity always lies inside: at 2.00 a kg a label of 2.47
    weighs 1,232,500 to 1,237,500 mg.
    """
    cdef int64_t amount = take_int(amount_minor, 0, 10**12, "amount")
    cdef int64_t price = take_int(price_minor, 1, 10**9, "price")
    cdef int64_t unit = take_int(per, 1, 10**6, "per")
    # Python's own integers: 10^12 times 10^6 times 1,000 is more than 63 bits.
    twice, milli = 2 * int(amount), int(unit) * 1000
    low = max(0, (twice - 1) * milli // (2 * price))
    return QuantityRange(low, -(-(twice + 1) * milli // (2 * price)))


cdef class Layout:
    """A label layout read from its pattern. Refused("layout_invalid") when it makes no sense."""

    def __init__(self, layout, currency_digits):
        if type(layout) is not LabelLayout:
            break_off("exact_layout", what=type(layout).__name__)
        self.pattern = layout.pattern
        self.parts = split_pattern(layout.pattern)
        shape = "".join([letter * n for letter, n in self.parts])
        if len(shape) > DIGITS_LIMIT:
            self._refuse(f"longer than {DIGITS_LIMIT} digits")
        self.size = len(shape)
        for i, letter in enumerate(shape.encode("ascii")):
            self.shape[i] = letter
        self.has_check = shape.endswith("C")
        self.item = self._place("I")
        self.amount = self._place("A")
        self.weight = self._place("W")
        self.verifier = self._place("V")
        self.member = self._place("M")
        self.coupon = self._place("K")
        self.order = self._place("O")
        self.location = self._place("L")
        self._check_fields(shape)
        decimals = take_int(layout.decimals, 0, 5, "decimals")
        # With both fields the amount is the truth, and decimals are the amount's.
        weight_decimals = 3 if self.amount.n else decimals
        if self.amount.n and decimals > currency_digits:
            self._refuse("decimals are more than the currency has")
        if self.weight.n and weight_decimals > 3:
            self._refuse("a weight finer than a gram")
        self.amount_factor = 10 ** max(0, currency_digits - decimals)
        self.weight_factor = 10 ** max(0, 3 - weight_decimals)

    def _check_fields(self, shape):
        naming = sum([letter in shape for letter in NAMING])
        if naming == 0:
            self._refuse("it names neither item, member nor coupon, order nor location")
        if naming > 1 or (self.item.n == 0 and self.amount.n + self.weight.n):
            self._refuse("it names two things, or an amount of nothing")
        if max(self.amount.n, self.weight.n) > NUMBER_DIGITS:
            self._refuse(f"an amount or weight of more than {NUMBER_DIGITS} digits")
        if self.verifier.n and (self.amount.n or self.weight.n) not in (4, 5):
            self._refuse("V verifies an amount or weight of four or five digits")

    cdef Field _place(self, str letter):
        cdef Field field
        cdef unsigned char wanted = ord(letter)
        cdef int i
        field.at = field.n = 0
        for i in range(self.size):
            if self.shape[i] == wanted:
                field.at = field.at if field.n else i
                field.n += 1
        return field

    def _refuse(self, why):
        raise Refused("layout_invalid", f"layout {self.pattern!r}: {why}")

    # `n` is at most DIGITS_LIMIT wherever it equals the size.
    @cython.overflowcheck(False)
    cdef bint fits(self, const unsigned char* digits, Py_ssize_t n) noexcept nogil:
        """Whether length and fixed digits agree; check digit and verifier are the caller's."""
        cdef Py_ssize_t i
        if n != self.size:
            return False
        for i in range(n):
            if self.shape[i] <= c"9" and self.shape[i] != digits[i]:
                return False
        return True

    # Counts places within one short text: far below what an int holds.
    @cython.overflowcheck(False)
    cdef bint is_verified(self, const unsigned char* digits) noexcept nogil:
        """Whether the verifier digit, if there is one, fits the amount (or the weight)."""
        cdef Field field = self.amount if self.amount.n else self.weight
        if self.verifier.n == 0:
            return True
        return digits[self.verifier.at] == c"0" + verifier_of(digits + field.at, field.n)

    @cython.overflowcheck(False)
    cdef bint claims(self, const unsigned char* digits, Py_ssize_t n) noexcept nogil:
        """Whether this layout would take `digits`, as printed or with zeros added or left out.

        GTINs are numbers: scanners send one of 12 digits as 13 or 14 as well.
        """
        cdef unsigned char wide[DIGITS_LIMIT]
        cdef Py_ssize_t i, more = self.size - n
        if more and not (is_gtin_length(self.size) and is_gtin_length(n)):
            return False
        for i in range(self.size):
            wide[i] = c"0" if i < more else digits[i - more]
        for i in range(-more):
            if digits[i] != c"0":
                return False
        if not self.fits(wide, self.size) or not self.is_verified(wide):
            return False
        return not self.has_check or has_check(wide, self.size)

    cdef bint clashes(self, Layout other):
        """Whether one text can fit both: no place where both fix a different digit.

        A layout of 12 digits is also read behind the 0 that makes a UPC-A an EAN-13.
        """
        cdef Layout wide = self if self.size > other.size else other
        cdef Layout narrow = other if self.size > other.size else self
        cdef int i, more = wide.size - narrow.size
        cdef unsigned char a, b
        if more and not (narrow.size == 12 and wide.size == 13):
            return False
        for i in range(wide.size):
            a = wide.shape[i]
            b = c"0" if i < more else narrow.shape[i - more]
            if a <= c"9" and b <= c"9" and a != b:
                return False
        return True


cdef list split_pattern(str pattern):
    text = pattern.replace(" ", "")
    found = list(PART.finditer(text))
    parts = [(one[1] or one[2] or one[4], int(one[3] or 1)) for one in found]
    letters = [letter for letter, _ in parts if letter.isupper()]
    if "".join([one[0] for one in found]) != text or not parts:
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
            if one.clashes(other):
                problems.append(f"layouts {other.pattern!r} and {one.pattern!r} match one code")
        layouts.append(one)
    return layouts


# Counts places within one short text: far below what an int holds.
@cython.overflowcheck(False)
cdef Py_ssize_t leading_zeros(const unsigned char* digits, Py_ssize_t n) noexcept nogil:
    """How many zeros a number does without; the last digit always stays."""
    cdef Py_ssize_t i = 0
    while i < n - 1 and digits[i] == c"0":
        i += 1
    return i


cdef int64_t unscale(object amount, int64_t factor, str name) except? -1:
    cdef int64_t number = take_int(amount, 0, 10**15, name)
    if number % factor:
        raise Refused("label_invalid", f"{name} {number} is not a multiple of {factor}")
    return number // factor


cdef str fill_part(tuple part, dict values):
    letter, n = part
    if letter.isdigit():
        return letter
    if letter in "CVx":
        return "0"
    value = values[letter]
    text = str(value)
    if not (text.isascii() and text.isdigit()) or len(text) > n:
        raise Refused("label_invalid", f"{text!r} does not fit {letter}{{{n}}}")
    return text.zfill(n)
