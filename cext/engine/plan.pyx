"""A price book compiled once into flat arrays, so that quoting never walks all offers.

One record an item, one a row of an offer, and for each item the rows it is in, side by side.
"""

from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.stdint cimport int32_t, int64_t

from array import array

from cext.engine.rounding cimport take_int

from cext.engine.book import TAXES_MAX_N, find_problems
from cext.errors import Refused, break_off, must
from cext.lang.item import PriceBook
from cext.offers import BasketRow, ItemRow, lower_offers

must(TAXES_MAX_N == TAXES_LIMIT, "tax_limits_agree")

cdef int64_t PRICE_LIMIT = 1_000_000_000
cdef int64_t PER_LIMIT = 1_000_000
cdef int64_t RATE_LIMIT = 2_000_000
cdef int64_t TIME_LIMIT = 2**62
cdef tuple BENEFITS = ("unit_price", "rate", "amount")
cdef tuple CONFLICTS = ("exclusive", "best", "stack")


cdef class Plan:
    """What one price book decides, compiled. Refused("price_book_invalid") lists its faults."""

    def __init__(self, book):
        if type(book) is not PriceBook:
            break_off("exact_book", what=type(book).__name__)
        problems = find_problems(book)
        if not problems:
            self.book = book
            self._load_items(problems)
            self._load_offers(problems)
        if problems:
            raise Refused("price_book_invalid", "\n".join(problems), problems=tuple(problems))

    def __dealloc__(self):
        PyMem_Free(self.items)
        PyMem_Free(self.rows)
        PyMem_Free(self.item_rows)

    def get_item(self, item):
        """The `Item` with this id; Refused("item_unknown")."""
        index = self._index.get(item)
        if index is None:
            raise Refused("item_unknown", f"there is no item {item!r}", item=str(item))
        return self.book.items[index]

    cdef int _load_items(self, list problems) except -1:
        cdef Py_ssize_t i
        cdef TaxRecord* tax
        cdef dict tax_index
        book = self.book
        self._taxes = sorted(book.taxes)
        tax_index = {key: i for i, key in enumerate(self._taxes)}
        for i, key in enumerate(self._taxes):
            tax = &self.taxes[i]
            try:
                tax.rate_ppm = take_int(book.taxes[key].rate_ppm, 0, RATE_LIMIT, "rate")
            except Refused as exc:
                problems.append(f"tax {key!r}: {exc.detail}")
        self._index = {item.item: i for i, item in enumerate(book.items)}
        self.items = <ItemRecord*>PyMem_Calloc(len(book.items) + 1, sizeof(ItemRecord))
        if self.items == NULL:
            raise MemoryError
        for i, item in enumerate(book.items):
            try:
                self.items[i].price = take_int(item.price_minor, 0, PRICE_LIMIT, "price")
                self.items[i].per = <int32_t>take_int(item.per, 1, PER_LIMIT, "per")
            except Refused as exc:
                problems.append(f"item {item.item!r}: {exc.detail}")
            self.items[i].tax = tax_index[item.tax]
            self.items[i].open_price = item.open_price
        return 0

    cdef int _load_offers(self, list problems) except -1:
        targets = array("i")  # item, row, item, row, …
        records = []
        self._offers = []
        self._rows = []
        self._coupons = {}
        for lowered in lower_offers(self.book):
            if lowered.problem:
                problems.append(lowered.problem)
                continue
            for row in lowered.rows:
                number = len(self._offers)
                self._offers.append(lowered.offer)
                self._rows.append((row.kind, lowered.reason, row.funded_by))
                records.append(row_numbers(row, lowered.offer))
                for item in row.items if type(row) is ItemRow else row.bears:
                    targets.append(self._index[item])
                    targets.append(number)
                coupon = lowered.offer.when.coupon
                if coupon:
                    first, rows_n = self._coupons.get(coupon, (number, 0))
                    self._coupons[coupon] = (first, rows_n + 1)
        self._fill_rows(records)
        self._index_rows(targets)
        return 0

    cdef int _fill_rows(self, list records) except -1:
        cdef Py_ssize_t i
        cdef RowRecord* row
        self.rows = <RowRecord*>PyMem_Calloc(len(records) + 1, sizeof(RowRecord))
        if self.rows == NULL:
            raise MemoryError
        for i in range(len(records)):
            row = &self.rows[i]
            (row.value, row.from_ms, row.until_ms, row.priority,
             row.benefit, row.audience, row.conflict) = records[i]
        return 0

    cdef int _index_rows(self, object targets) except -1:
        """Group the rows by item, keeping their rank within each item (a counting sort)."""
        cdef int[::1] pairs
        cdef Py_ssize_t i, pairs_n = len(targets) // 2
        cdef int32_t total = 0
        cdef ItemRecord* item
        self.item_rows = <int32_t*>PyMem_Calloc(pairs_n + 1, sizeof(int32_t))
        if self.item_rows == NULL:
            raise MemoryError
        if not pairs_n:
            return 0
        pairs = targets
        for i in range(pairs_n):
            self.items[pairs[2 * i]].rows_n += 1
        for i in range(len(self._index)):
            self.items[i].first = total
            total += self.items[i].rows_n
            self.items[i].rows_n = 0
        for i in range(pairs_n):
            item = &self.items[pairs[2 * i]]
            self.item_rows[item.first + item.rows_n] = pairs[2 * i + 1]
            item.rows_n += 1
        return 0


cdef tuple row_numbers(object row, object offer):
    """A row as the numbers of its record."""
    if type(row) is BasketRow and offer.when.coupon:
        audience, value = COUPON, row.steps[0].value
    elif type(row) is ItemRow:
        audience, value = MEMBER if offer.when.member else ALL, row.value
    else:
        break_off("row_known", what=type(row).__name__)
    return (
        take_int(value, 0, PRICE_LIMIT, "value"),
        take_int(offer.from_ms, -TIME_LIMIT, TIME_LIMIT, "time"),
        take_int(offer.until_ms, -TIME_LIMIT, TIME_LIMIT, "time"),
        take_int(offer.priority, -1_000_000, 1_000_000, "priority"),
        BENEFITS.index(row.benefit),
        audience,
        CONFLICTS.index(offer.conflict),
    )
