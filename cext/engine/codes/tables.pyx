"""Whose each code of a price book is, in flat tables; every clash is found while they are filled.

100,000 items with a code each take about 3 MB. Packed items are read in place.
"""

cimport cython
from libc.stddef cimport size_t
from libc.stdint cimport int32_t, uint8_t, uint64_t

from cext.engine.codes.digits cimport (
    ascii_of,
    are_digits,
    has_check,
    is_gtin_length,
    key_of,
    read_gtin,
    widen_upc_e,
    DIGITS_LIMIT,
    GTIN_DIGITS,
)
from cext.engine.codes.labels cimport Layout, leading_zeros, read_layouts
from cext.engine.codes.lookup cimport CodeTable, Names
from cext.engine.packed cimport UNIT, ItemView, PackedItems
from cext.engine.unpack cimport read_text
from cext.offers import list_coupons

cdef tuple LENGTHS = (14, 13, 12, 8)


def clashes(book):
    """Everything in `book` that makes a scanned code mean two things, or nothing; one line each.

    A code of two items, a PLU of two items, a coupon with an item's code, a layout that cannot be
    read, two layouts that can match one code, a layout that can match an item's or coupon's code.
    """
    cdef Tables tables = Tables(book)
    return tuple(tables.problems)


cdef class Tables:
    """The tables of one book; `problems` says in a line each what is wrong with its codes."""

    def __init__(self, book):
        self.codes = CodeTable()
        self.plus = CodeTable()
        self.names = Names()
        self.by_weight = bytearray()
        self.coupons = {}
        self.problems = []
        self.layouts = read_layouts(book, self.problems)
        self._load(book)

    def __sizeof__(self):
        parts = (self.codes, self.plus, self.names, self.by_weight)
        return object.__sizeof__(self) + sum([part.__sizeof__() for part in parts])

    cdef int32_t find_gtin(self, const unsigned char* gtin) noexcept nogil:
        """The item listed with these 14 digits in any of a GTIN's lengths, or -1."""
        cdef int32_t item = self.codes.get(key_of(gtin, 14))
        if item < 0 and gtin[0] == c"0":
            item = self.codes.get(key_of(gtin + 1, 13))
            if item < 0 and gtin[1] == c"0":
                item = self.codes.get(key_of(gtin + 2, 12))
                if item < 0 and leading_zeros(gtin, 14) >= 6:
                    item = self.codes.get(key_of(gtin + 6, 8))
        return item

    cdef int _load(self, object book) except -1:
        cdef int32_t index = 0
        cdef list shortened = []
        if type(book.items) is PackedItems:
            self._load_packed(book.items, shortened)
        else:
            for item in book.items:
                self._load_item(index, item, shortened)
                index += 1
        self._add_widened(shortened)
        self.names.shrink()
        self._note_one_number()
        for coupon, offer in list_coupons(book):
            self._load_coupon(coupon, f"offer {offer}")
        return 0

    cdef int _load_packed(self, PackedItems items, list shortened) except -1:
        cdef ItemView view
        cdef Py_ssize_t index
        cdef list grams = items.numbers_in({"g": 1})
        for index in range(len(items)):
            if items.view(index, &view) and not view.has_plu and self._is_usual(&view):
                self.names.add_raw(view.item, view.item_n)
                self.by_weight.append(grams[view.words[UNIT]] == 1)
                self._load_digits(<int32_t>index, &view)
            else:
                self._load_item(<int32_t>index, items[index], shortened)
        return 0

    cdef bint _is_usual(self, ItemView* view):
        """Are all its codes plain digits that are no UPC-E and that no layout takes?"""
        cdef const uint8_t* at = view.codes
        cdef const uint8_t* code = NULL
        cdef size_t i, n = 0
        cdef Layout layout
        for i in range(view.codes_n):
            at = read_text(at, &code, &n)
            if n == 8 or n > DIGITS_LIMIT or not key_of(code, n):
                return False
            for layout in self.layouts:
                if layout.claims(code, n):
                    return False
        return True

    cdef int _load_digits(self, int32_t index, ItemView* view) except -1:
        cdef const uint8_t* at = view.codes
        cdef const uint8_t* code = NULL
        cdef size_t i, n = 0
        cdef int32_t before
        for i in range(view.codes_n):
            at = read_text(at, &code, &n)
            before = self.codes.put(key_of(code, n), index)
            if before >= 0 and before != index:
                self._note_double(
                    "code", code[:n].decode(), self.names.get(before), self.names.get(index)
                )
        return 0

    cdef int _load_item(self, int32_t index, object item, list shortened) except -1:
        cdef str name = item.item
        cdef str plu = item.plu
        cdef str code
        cdef Py_ssize_t n = 0
        cdef const unsigned char* at
        cdef unsigned char upc[12]
        cdef int32_t before
        self.names.add(name)
        self.by_weight.append(item.unit == "g")
        if plu is not None:
            before = self.plus.add(plu.lstrip("0") or "0", index)
            if before >= 0:
                self._note_double("PLU", plu.lstrip("0") or "0", self.names.get(before), name)
            if not (plu.isascii() and plu.isdigit()):
                self.problems.append(f"item {name!r}: PLU {plu!r} is not digits")
        for code in item.codes:
            before = self.codes.add(code, index)
            if before >= 0 and before != index:
                self._note_double("code", code, self.names.get(before), name)
            if self.layouts:
                self._note_layouts(code, name, False)
            if len(code) == 8:
                at = ascii_of(code, &n)
                if at != NULL and widen_upc_e(at, n, upc) and not has_check(at, n):
                    shortened.append((upc[:12].decode("ascii"), code, index))
        return 0

    cdef int _add_widened(self, list shortened) except -1:
        """A UPC-E is found by its UPC-A as well: scanners send either."""
        cdef unsigned char gtin[GTIN_DIGITS]
        cdef Py_ssize_t n = 0
        cdef const unsigned char* at
        cdef int32_t before
        for upc, code, index in shortened:
            if self.layouts:
                self._note_layouts(upc, self.names.get(index), False)
            at = ascii_of(upc, &n)
            read_gtin(at, n, gtin)
            before = self.find_gtin(gtin)
            if before < 0:
                self.codes.add(upc, index)
            elif before != index:
                self._note_one(upc, self.names.get(before), code, self.names.get(index))
        return 0

    cdef int _load_coupon(self, str coupon, str offer) except -1:
        cdef unsigned char gtin[GTIN_DIGITS]
        cdef Py_ssize_t n = 0
        cdef const unsigned char* at = ascii_of(coupon, &n)
        cdef int32_t item = self.codes.find(coupon)
        before = self.coupons.setdefault(coupon, offer)
        self._note_double("code", coupon, before, offer)
        if item >= 0:
            self._note_double("code", coupon, self.names.get(item), offer)
        elif at != NULL and is_gtin_length(n) and read_gtin(at, n, gtin):
            item = self.find_gtin(gtin)
            if item >= 0:
                number = gtin[:GTIN_DIGITS].decode("ascii")
                self._note_one(number, self.names.get(item), coupon, offer)
        self._note_layouts(coupon, offer, True)
        return 0

    cdef int _note_double(self, str what, str key, str first, str second) except -1:
        if first != second:
            self.problems.append(f"{what} {key!r} belongs to {first!r} and {second!r}")
        return 0

    def _note_one(self, code, first, other, second):
        if first != second:
            self.problems.append(
                f"codes {code} of {first!r} and {other} of {second!r} are one number"
            )

    cdef int _note_layouts(self, str code, str owner, bint is_coupon) except -1:
        """Note every layout that could take `code`, as printed or with zeros more or less."""
        cdef Layout layout
        cdef Py_ssize_t n = 0
        cdef const unsigned char* at = ascii_of(code, &n)
        if at == NULL or n > DIGITS_LIMIT or not are_digits(at, n):
            return 0
        for layout in self.layouts:
            # A coupon's own code may well lie inside the layout that says what a coupon looks like.
            if layout.claims(at, n) and not (is_coupon and layout.coupon.n):
                what = repr(owner) if is_coupon else f"item {owner!r}"
                self.problems.append(f"layout {layout.pattern!r} matches code {code} of {what}")
        return 0

    @cython.overflowcheck(False)
    cdef int _note_one_number(self) except -1:
        """GTINs are numbers: 036000291452 and 0036000291452 of two items are one code."""
        cdef uint64_t i, key, ten, shorter
        cdef int n, m, k
        cdef int32_t other
        for n in LENGTHS[:3]:
            ten = 1
            for k in range(n):
                ten *= 10
            for i in range(self.codes.mask + 1):
                key = self.codes.slots[i].key
                # Its sentinel stands before n digits, the first of them a zero.
                if key < ten or (key - ten) * 10 >= ten or key - ten >= ten:
                    continue
                for m in LENGTHS[1:]:
                    shorter = 1
                    for k in range(m):
                        shorter *= 10
                    if m >= n or key - ten >= shorter:
                        continue
                    other = self.codes.get(shorter + key - ten)
                    if other >= 0 and other != self.codes.slots[i].value:
                        self._note_one(
                            str(key - ten).zfill(m),
                            self.names.get(other),
                            str(key - ten).zfill(n),
                            self.names.get(self.codes.slots[i].value),
                        )
        return 0
