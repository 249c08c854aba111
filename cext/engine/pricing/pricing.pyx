"""Pricing: a basket and a price book make a quote, with a reason for every cent.

Steps, in this order: price, by hand, offers on single items in passes, what follows from the sum,
tax. README.md of this folder is the rule; each step has its own room.
"""

cimport cython
from cpython.object cimport PyObject
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memset

from cext.engine.pricing.batch cimport price_all
from cext.engine.pricing.intake cimport (
    GIFTS_AT,
    LINES_AT,
    forget,
    get_slot,
    prepare_sheet,
    prepare_tail,
    read_basket,
    read_rights,
)
from cext.engine.pricing.opening cimport open_lines
from cext.engine.pricing.passes cimport settle, touch_tail
from cext.engine.pricing.plan cimport NONE, Plan, RowRecord
from cext.engine.pricing.priced cimport Priced, make_priced
from cext.engine.rounding cimport take_int
from cext.engine.pricing.sheet cimport (
    WHY_NOT_APPLICABLE,
    Sheet,
    close_sheet,
    lose,
    make_losses,
)

from cext.engine.pricing.intake import COUPONS_MAX_N
from cext.engine.search.search import WORK_MAX_N
from cext.errors import Refused
from cext.lang.rights import NO_RIGHTS

cdef int64_t TIME_LIMIT = 2**62
cdef int64_t WORK_LIMIT = 1_000_000_000
cdef int64_t AMOUNT_LIMIT = 100_000_000_000

PIECES_MAX_N = 1_000_000


cdef class Pricer(Plan):
    """Prices baskets by one price book. Refused("price_book_invalid") lists all its faults.

    `work_max_n`: steps that the search for the best deals may take for one basket.
    """

    def __init__(self, book, *, work_max_n=WORK_MAX_N):
        self.work_max_n = take_int(work_max_n, 0, WORK_LIMIT, "work_max_n")
        Plan.__init__(self, book)

    def __dealloc__(self):
        close_sheet(&self.sheet)
        forget(self.known)

    def quote(self, basket, at_ms, rights=NO_RIGHTS):
        """Price every line of `basket` under the offers in force at `at_ms`, and say why.

        One quoted line per basket line, in basket order. Refused: "basket_full" (over LINES_MAX_N
        lines or COUPONS_MAX_N coupons), "item_unknown", "amount_needed" (an item with an open
        price has none), "amount_too_large", "pieces_too_many" (over PIECES_MAX_N pieces that deals
        cover), "quantity_invalid", "amount_invalid".
        """
        return self.price(basket, at_ms, rights).to_quote()

    def price(self, basket, at_ms, rights=NO_RIGHTS):
        """As `quote`, but flat: totals at once, the quote when `to_quote` asks for it."""
        cdef Sheet fresh
        cdef Priced priced
        if not self.busy:
            # One sheet is kept, for it costs more to make than a basket to price.
            self.busy = True
            try:
                if self.sheet.book == NULL:
                    prepare_sheet(self, &self.sheet, self.work_max_n)
                priced = price_on(self, &self.sheet, basket, at_ms, rights)
            finally:
                self.busy = False
            return priced
        # Somebody is at work on it: another thread, or a finalizer that prices a basket.
        memset(&fresh, 0, sizeof(Sheet))
        try:
            prepare_sheet(self, &fresh, self.work_max_n)
            return price_on(self, &fresh, basket, at_ms, rights)
        finally:
            close_sheet(&fresh)

    def price_many(self, batch):
        """Price all baskets of a `Batch` without the GIL; a `BatchResult`.

        To the bit what `price` says of each. Refused as there, with the basket's number.
        """
        return price_all(self, batch, self.work_max_n)


cdef Priced price_on(Pricer pricer, Sheet* sheet, object basket, object at_ms, object rights):
    cdef object unknown
    sheet.asked.at_ms = take_int(at_ms, -TIME_LIMIT, TIME_LIMIT, "time")
    unknown = read_basket(pricer, pricer.known, sheet, basket)
    read_rights(pricer, sheet, rights)
    if open_lines(sheet):
        refuse_amount(sheet, basket)
    if sheet.has_tail:
        touch_tail(sheet)
        if sheet.tail.touched_n:
            prepare_tail(pricer, sheet, rights)
    if settle(sheet):
        refuse_pieces(sheet, basket)
    if sheet.scans_n:
        lose_coupons(pricer, sheet)
    return make_priced(
        pricer,
        sheet,
        <tuple>get_slot(<PyObject*>basket, LINES_AT),
        unknown,
        <object>get_slot(<PyObject*>rights, GIFTS_AT),
    )


cdef int lose_coupons(Pricer pricer, Sheet* sheet) except -1:
    """A scanned coupon whose offers on single items say nothing at all found none of its items."""
    cdef Py_ssize_t i, said_n = sheet.losses_n
    for i in range(sheet.scans_n):
        for offer, row in <list>pricer._coupon_offers[sheet.scans[i].coupon]:
            if not is_said(sheet, offer, said_n):
                make_losses(sheet, sheet.losses_n + 1)
                lose(sheet, NONE, row, WHY_NOT_APPLICABLE)
    return 0


@cython.overflowcheck(False)
cdef bint is_said(const Sheet* sheet, int32_t offer, Py_ssize_t losses_n) noexcept nogil:
    """Whether a row of the offer took something, was used, or is among the first losses."""
    cdef const RowRecord* rows = sheet.book.rows
    cdef Py_ssize_t i
    for i in range(sheet.takings_n):
        if sheet.takings[i].row != NONE and rows[sheet.takings[i].row].offer == offer:
            return True
    for i in range(losses_n):
        if rows[sheet.losses[i].row].offer == offer:
            return True
    for i in range(sheet.uses_n):
        if rows[sheet.uses[i].row].offer == offer:
            return True
    return False


# --- what it refuses


cdef object name_line(Sheet* sheet, Py_ssize_t at, object basket):
    """The number of a line of the sheet in the basket it came from."""
    return basket.lines[sheet.lines[at].given].line


cdef int refuse_amount(Sheet* sheet, object basket) except -1:
    """The line at which opening stopped; those before it are within bounds."""
    cdef Py_ssize_t at = 0
    while at + 1 < sheet.lines_n and sheet.lines[at].gross <= AMOUNT_LIMIT:
        at += 1
    line = name_line(sheet, at, basket)
    raise Refused(
        "amount_too_large",
        f"line {line} comes to more than {AMOUNT_LIMIT:,} minor units; "
        f"check the quantity of line {line}, or split the sale",
        line=line,
    )


cdef int refuse_pieces(Sheet* sheet, object basket) except -1:
    """The line with the most pieces is the likeliest slip."""
    cdef Py_ssize_t i, at = 0
    for i in range(sheet.lines_n):
        if sheet.lines[i].pieces > sheet.lines[at].pieces:
            at = i
    line = name_line(sheet, at, basket)
    raise Refused(
        "pieces_too_many",
        f"deals cover more than {PIECES_MAX_N:,} pieces of this basket; "
        f"check the quantity of line {line}, or split the sale",
        line=line,
    )
