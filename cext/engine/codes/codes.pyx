"""What a scanned text is: the door of all rooms that read codes."""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memchr, memcpy

from cext.engine.codes.carrier cimport (
    ANY,
    EAN,
    EIGHT,
    GS1,
    GS_BYTE,
    PLAIN,
    Family,
    family_of,
    is_aim,
    is_element_text,
    is_printable,
    is_worded,
    put_separators,
    take_separators,
)
from cext.engine.codes.digits cimport (
    DIGITS_LIMIT,
    GTIN_DIGITS,
    are_digits,
    ascii_of,
    check_sum,
    has_check,
    is_gtin_length,
    key_of,
    read_book_number,
    read_gtin,
    widen_upc_e,
)
from cext.engine.codes.gs1 cimport (
    MESSAGE_LIMIT,
    Locale,
    Message,
    check_message,
    describe,
    explain,
    find_element,
    has_measure,
    read_bracketed,
    read_elements,
    value_at,
)
from cext.engine.codes.identifiers cimport (
    BAD_CHECK,
    BAD_PAIR,
    BAD_VALUE,
    DOUBLED,
    FINE,
    NO_KEY,
    check_value,
    row_at,
)
from cext.engine.codes.labels cimport Layout, leading_zeros
from cext.engine.codes.link cimport is_link, read_link
from cext.engine.rounding cimport take_int
from cext.engine.codes.tables cimport Tables
from cext.engine.codes.carrier import SEPARATORS
from cext.engine.codes.iso import CURRENCIES
from cext.errors import Refused, break_off
from cext.lang.code import (
    CouponCode,
    ItemCode,
    LocationCode,
    MemberCard,
    OrderCode,
    PricedLabel,
    ShippingUnit,
    UnknownCode,
    WeighedLabel,
)
from cext.lang.item import PriceBook
from cext.lang.money import Currency

cdef enum:
    TEXT_LIMIT = 512  # a GS1 link with all its parts is about 300
    SHORTEST_MESSAGE = 16  # a GTIN behind its AI

TEXT_MAX_N = TEXT_LIMIT
# 2025 reads the years 1976 to 2075; see `full_year` for the rule that moves with it.
YEAR = 2025
cdef str GS = "\x1d"
cdef str BLANKS = " \t\r\n"  # what a plain strip takes off besides may be a GS
cdef str IN_STORE = "an in-store code that no layout of this shop reads"


cdef class Codes:
    """What every code of one price book means.

    `year` decides which century two digits of a date mean: at most 50 ahead, 49 back. `separators`
    are what this shop's scanners send for FNC1 besides GS (0x1D), at most SEPARATORS_MAX_N.
    Refused("price_book_invalid") when codes clash, "separator_invalid".
    """

    cdef Tables _tables
    cdef tuple _separators
    cdef bint _has_worded  # a separator that letters of a value could spell
    cdef Locale _locale

    def __init__(self, book, *, year=YEAR, separators=SEPARATORS):
        if type(book) is not PriceBook:
            break_off("exact_book", what=type(book).__name__)
        self._locale.year = take_int(year, 1950, 2950, "year")
        self._locale.money_digits = Currency(code=book.currency).digits
        self._locale.currency = currency_number(book.currency)
        self._separators = take_separators(separators)
        self._has_worded = any([is_worded(separator) for separator in separators])
        self._tables = Tables(book)
        problems = tuple(self._tables.problems)
        if problems:
            raise Refused("price_book_invalid", "\n".join(problems), problems=problems)

    def __sizeof__(self):
        return object.__sizeof__(self) + self._tables.__sizeof__()

    def decode(self, text, aim=""):
        """What the scanned `text` is; never raises for any text.

        `aim` is the AIM symbology identifier when the scanner sends one ("]E0"), and then decides
        the family; it may also stand in front of the text. An item's code as printed comes first
        of all, then coupons, label layouts, the same GTIN in another length, GS1 element strings
        and links. Blanks around the text are dropped. A code whose check digit is wrong is
        refused unless the book has it so.
        """
        cdef Py_ssize_t n = 0
        cdef const unsigned char* at
        cdef uint64_t key
        cdef int32_t item
        if type(text) is not str:
            break_off("exact_str", what="text")
        if type(aim) is not str:
            break_off("exact_str", what="aim")
        at = ascii_of(text, &n)
        if at != NULL:
            key = key_of(at, n)
            if key:
                item = self._tables.codes.get(key)
                if item >= 0:
                    return ItemCode(self._tables.names.get(item))
        return self._decode(text, aim)

    cdef object _decode(self, str text, str aim):
        """All of `decode` but what is printed on most goods."""
        cdef str code = text
        cdef int32_t item
        cdef Family family
        if len(self._tables.codes.others):
            item = self._tables.codes.find(text)
            if item >= 0:
                return ItemCode(self._tables.names.get(item))
        if not code or code[0] in BLANKS or code[-1] in BLANKS:
            code = code.strip(BLANKS)
        if not code:
            return UnknownCode("", "empty")
        if len(code) > TEXT_LIMIT:
            return unknown(text, "too_long", hint=f"longer than {TEXT_LIMIT} characters")
        family = family_of(aim)
        if code[0] == "]" and is_aim(code[:3]):
            if family == ANY:
                family = family_of(code[:3])
            code = code[3:]
            if not code:
                return UnknownCode(text, "empty")
        if code is not text:
            item = self._tables.codes.find(code)
            if item >= 0:
                return ItemCode(self._tables.names.get(item))
        if code in self._tables.coupons:
            return CouponCode(code)
        return self._decode_family(code, text, family)

    cdef object _decode_family(self, str code, str text, Family family):
        cdef Py_ssize_t n = 0
        cdef const unsigned char* at = ascii_of(code, &n)
        cdef object found
        cdef bint has_gs
        if at != NULL and family != GS1 and n <= DIGITS_LIMIT and are_digits(at, n):
            found = self._decode_digits(code, text, family)
            return unknown(text, "unknown_item") if found is None else found
        if family == EAN or family == EIGHT:
            return unknown(text, "not_a_code", hint="an EAN holds digits only")
        if family != PLAIN and (self._has_worded or at == NULL or not is_element_text(at, n)):
            code = put_separators(code, self._separators)
            at = ascii_of(code, &n)
        if at == NULL or not is_printable(at, n):
            is_shown = at == NULL and code.replace(GS, "").isprintable()
            return unknown(text, "not_a_code" if is_shown else "not_printable")
        if is_link(at, n):
            return self._decode_gs1(code, text, "digital_link")
        if at[0] == c"(":
            return self._decode_gs1(code, text, "bracketed")
        has_gs = memchr(at, GS_BYTE, n) != NULL
        if family == GS1 or has_gs:
            return self._decode_gs1(code, text, "element_string")
        found = self._decode_book(at, n, text)
        if found is None and family == ANY and n >= SHORTEST_MESSAGE:
            found = self._decode_bare(code, text)
        return unknown(text, "not_a_code") if found is None else found

    cdef object _decode_digits(self, str code, str text, Family family):
        """What digits are; None when they are nothing we know the form of."""
        cdef Py_ssize_t n = 0
        cdef const unsigned char* at = ascii_of(code, &n)
        cdef unsigned char gtin[GTIN_DIGITS]
        cdef Layout layout
        cdef object found
        if family == EAN and (n == 15 or n == 18):
            n = 13  # a magazine's two or five digits beside its EAN
        for layout in self._tables.layouts:
            if layout.fits(at, n):
                return self._read_label(layout, at, text)
            if n == 13 and at[0] == c"0" and layout.size == 12 and layout.fits(at + 1, 12):
                return self._read_label(layout, at + 1, text)
        if family == EIGHT and not has_check(at, n):
            return unknown(text, "bad_check_digit")
        if read_gtin(at, n, gtin):
            found = self._find_short(at, n, gtin, family)
            return self._decode_gtin(gtin, text) if found is None else found
        if is_gtin_length(n):
            return unknown(text, "bad_check_digit")
        if family == EAN and widen_upc_e(at, n, gtin + 2):
            gtin[0] = gtin[1] = c"0"
            return self._decode_gtin(gtin, text)
        if n == 18 and has_check(at, n):
            return ShippingUnit(code)
        found = self._decode_book(at, n, text)
        if found is None and family == ANY and n >= SHORTEST_MESSAGE:
            found = self._decode_bare(code, text)
        return found

    cdef object _find_short(
        self, const unsigned char* at, Py_ssize_t n, const unsigned char* gtin, Family family
    ):
        """Eight digits that are a GTIN-8 nobody has may be the UPC-E of an item."""
        cdef unsigned char wide[GTIN_DIGITS]
        cdef int32_t item
        if n != 8 or family == EIGHT or self._tables.find_gtin(gtin) >= 0:
            return None
        wide[0] = wide[1] = c"0"
        if not widen_upc_e(at, n, wide + 2):
            return None
        item = self._tables.find_gtin(wide)
        return ItemCode(self._tables.names.get(item)) if item >= 0 else None

    cdef object _decode_book(self, const unsigned char* at, Py_ssize_t n, str text):
        cdef unsigned char gtin[GTIN_DIGITS]
        if not read_book_number(at, n, gtin):
            return None
        return self._decode_gtin(gtin, text)

    cdef object _decode_gtin(self, const unsigned char* gtin, str text):
        """The item of a sound GTIN, a coupon by its prefix, or why there is none."""
        cdef int32_t item = self._tables.find_gtin(gtin)
        if item >= 0:
            return ItemCode(self._tables.names.get(item))
        # 99 and 981 to 984 are coupons in every country (GS1 prefixes).
        if gtin[0] == c"0" and gtin[1] == c"9" and (
            gtin[2] == c"9" or (gtin[2] == c"8" and c"1" <= gtin[3] <= c"4")
        ):
            return CouponCode(gtin[1:GTIN_DIGITS].decode("ascii"))
        return self._unknown_gtin(gtin, text, None)

    cdef object _unknown_gtin(self, const unsigned char* gtin, str text, object gs1):
        cdef unsigned char inner[GTIN_DIGITS]
        cdef int32_t item = -1
        cdef str digits = gtin[:GTIN_DIGITS].decode("ascii")
        cdef str hint = ""
        if c"1" <= gtin[0] <= c"8":
            memcpy(inner, gtin, GTIN_DIGITS)
            inner[0] = c"0"
            inner[13] = c"0" + check_sum(inner, 13, 3)
            item = self._tables.find_gtin(inner)
        elif gtin[1] == c"2" or (gtin[1] == c"0" and gtin[2] in b"24"):
            hint = IN_STORE
        if item >= 0:
            name = self._tables.names.get(item)
            printed = inner[1:GTIN_DIGITS].decode("ascii")
            return unknown(
                text,
                "unknown_pack",
                hint=f"a pack of {printed}, which is item {name}; the pack itself has no price",
                gtin=digits,
                item=name,
                gs1=gs1,
            )
        return unknown(text, "unknown_item", hint=hint, gtin=digits, gs1=gs1)

    cdef object _read_label(self, Layout layout, const unsigned char* at, str text):
        cdef int32_t item
        cdef object weight = None
        if layout.has_check and not has_check(at, layout.size):
            return unknown(text, "bad_check_digit")
        if not layout.is_verified(at):
            return unknown(text, "bad_verifier")
        if layout.member.n:
            return MemberCard(plain(at + layout.member.at, layout.member.n))
        if layout.order.n:
            return OrderCode(plain(at + layout.order.at, layout.order.n))
        if layout.location.n:
            return LocationCode(plain(at + layout.location.at, layout.location.n))
        if layout.coupon.n:
            return CouponCode(at[:layout.size].decode("ascii"))
        item = self._tables.plus.find(plain(at + layout.item.at, layout.item.n))
        if item < 0:
            return unknown(text, "unknown_item", hint="no item has the number on this label")
        name = self._tables.names.get(item)
        if layout.weight.n:
            weight = number_at(at + layout.weight.at, layout.weight.n) * layout.weight_factor
        if layout.amount.n:
            amount = number_at(at + layout.amount.at, layout.amount.n) * layout.amount_factor
            return PricedLabel(name, amount, weight)
        return ItemCode(name) if weight is None else WeighedLabel(name, weight)

    cdef object _decode_bare(self, str code, str text):
        """A GS1 element string without any sign that it is one; None when it is not sound.

        A wrong part behind a sound GTIN or SSCC is told as what it is.
        """
        cdef Message message
        fill(&message, code)
        if read_elements(&message) and check_message(&message, self._locale.year):
            if row_at(message.rows[0]).is_key:
                return self._resolve(&message, "element_string", text)
            return None
        if message.elements_n and row_at(message.rows[0]).code in (0x00FF, 0x01FF):
            if check_value(
                row_at(message.rows[0]), message.text + message.at[0], message.sizes[0], 0
            ) == FINE:
                return refuse(&message, text)
        return None

    cdef object _decode_gs1(self, str code, str text, str form):
        cdef Message message
        cdef bint is_read
        fill(&message, code)
        if form == "digital_link":
            is_read = read_link(&message)
        elif form == "bracketed":
            is_read = read_bracketed(&message)
        else:
            is_read = read_elements(&message)
        if is_read and check_message(&message, self._locale.year):
            return self._resolve(&message, form, text)
        return refuse(&message, text)

    cdef object _resolve(self, Message* message, str form, str text):
        """What a sound message means in this shop: its most telling key decides."""
        cdef int at = find_element(message, 0x01FF)
        cdef object gs1 = describe(message, form, &self._locale)
        if gs1 is None:
            return unknown(text, "price_too_fine" if message.fault else "foreign_currency")
        if at < 0:
            at = find_element(message, 0x8006)
        if at < 0:
            at = find_element(message, 0x03FF)
        if at >= 0:
            return self._resolve_item(message, message.text + message.at[at], gs1, text)
        at = find_element(message, 0x00FF)
        if at >= 0:
            return ShippingUnit(value_at(message, at), gs1)
        at = find_element(message, 0x255F)
        if at >= 0:
            coupon = value_at(message, at)
            known = coupon[:13]  # without the number of this one print
            return CouponCode(known if known in self._tables.coupons else coupon)
        for key in (0x8110, 0x8112):
            at = find_element(message, key)
            if at >= 0:
                return CouponCode(value_at(message, at))
        at = find_element(message, 0x8018)
        if at >= 0:
            return MemberCard(value_at(message, at))
        at = find_element(message, 0x414F)
        if at >= 0:
            return LocationCode(value_at(message, at), gs1)
        at = find_element(message, 0x400F)
        if at >= 0:
            return OrderCode(value_at(message, at))
        return unknown(text, "gs1_nothing", gs1=gs1)

    cdef object _resolve_item(
        self, Message* message, const unsigned char* gtin, object gs1, str text
    ):
        cdef int32_t item = self._tables.find_gtin(gtin)
        if item < 0:
            return self._unknown_gtin(gtin, text, gs1)
        if gtin[0] == c"9" and not has_measure(message):
            return unknown(
                text, "measure_missing", gtin=gs1.gtin, item=self._tables.names.get(item), gs1=gs1
            )
        name = self._tables.names.get(item)
        if gs1.amount_minor is not None:
            return PricedLabel(name, gs1.amount_minor, gs1.weight_g, gs1)
        if gs1.weight_g is not None and self._tables.by_weight[item]:
            return WeighedLabel(name, gs1.weight_g, gs1)
        return ItemCode(name, gs1)


cdef object refuse(const Message* message, str text):
    """A message that is not sound: unreadable, a wrong check digit, a value, a pair."""
    reason = "gs1_unreadable"
    if message.fault == NO_KEY:
        return unknown(text, "not_a_code", hint="a web address without a GS1 key")
    if message.fault == BAD_CHECK:
        reason = "bad_check_digit"
    elif message.fault == BAD_VALUE:
        reason = "gs1_value"
    elif message.fault == BAD_PAIR or message.fault == DOUBLED:
        reason = "gs1_pairs"
    return unknown(text, reason, hint=explain(message))


cdef int fill(Message* message, str code) except -1:
    """Begin a message with the text of `code`, which is ASCII and at most TEXT_LIMIT long."""
    cdef Py_ssize_t n = 0
    cdef const unsigned char* at = ascii_of(code, &n)
    if at == NULL or n > MESSAGE_LIMIT:
        break_off("message_fits", length=len(code))
    memcpy(message.text, at, n)
    message.text_n = <int>n
    message.elements_n = 0
    message.fault = FINE
    message.fault_row = -1
    message.fault_at = 0
    return 0


def unknown(text, reason, *, hint="", gtin="", item="", gs1=None):
    """An UnknownCode whose text is cut to TEXT_LIMIT and can be sent on as UTF-8."""
    kept = text[:TEXT_LIMIT].encode("utf-8", "backslashreplace").decode("utf-8")
    return UnknownCode(kept, reason, hint, gtin, item, gs1)


# Labels hold at most NUMBER_DIGITS digits in a field.
@cython.overflowcheck(False)
cdef int64_t number_at(const unsigned char* digits, int n) noexcept nogil:
    cdef int64_t number = 0
    cdef int i
    for i in range(n):
        number = number * 10 + digits[i] - c"0"
    return number


cdef str plain(const unsigned char* digits, Py_ssize_t n):
    """A number without its leading zeros, as a PLU or a member is known."""
    return digits[leading_zeros(digits, n):n].decode("ascii")


cdef int currency_number(str code) except -2:
    """The ISO 4217 number of a currency, or -1."""
    at = f" {CURRENCIES}".replace("\n", " ").find(f" {code}") if len(code) == 3 else -1
    return int(CURRENCIES[at + 3:at + 6]) if at >= 0 and code.isalpha() else -1
