"""A priced basket: every taking, loss and use side by side in one block of memory.

Dressing it as a quote makes a Python object for each line and reason, which costs many times what
the sums cost; who only needs totals never pays for it.
"""

cimport cython
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_New, PyTuple_SET_ITEM
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy

from cext.engine.pricing.gifts cimport list_offered
from cext.engine.pricing.intake cimport ITEM_AT, LINE_AT, QUANTITY_AT, get_slot
from cext.engine.pricing.plan cimport NONE, BookRecord, Plan, RowRecord
from cext.engine.rounding cimport scale_half_up, share_few
from cext.engine.pricing.sheet cimport Line, Lost, Piece, Sheet, Taking, Used
from cext.engine.tail.tail_work cimport TailGift, TailLoss, TailTaking, TailUse

from cext.errors import break_off, must
from cext.lang.quote import Adjustment, Gift, Loss, Quote, QuotedLine, TaxSum, Use

cdef extern from "Python.h":
    object make "PyObject_Vectorcall" (object kind, PyObject** values, size_t n, PyObject* names)
    PyObject* borrow_item "PyTuple_GET_ITEM" (PyObject* whole, Py_ssize_t at)
    PyObject* borrow_entry "PyList_GET_ITEM" (PyObject* whole, Py_ssize_t at)

cdef enum:
    MILLION = 1_000_000
    LINES_LIMIT = 500

cdef tuple WHYS = (
    "beaten", "not_applicable", "not_reached", "limit_reached", "used_up", "overridden",
)

# Structs are made from arrays of values in the order of their fields: a dict of keywords for
# each would cost more than all the rest.
cdef object LINE = QuotedLine
cdef object ADJUSTMENT = Adjustment
cdef object LOSS = Loss
cdef tuple LINE_NAMES = QuotedLine.__struct_fields__
cdef tuple ADJUSTMENT_NAMES = Adjustment.__struct_fields__
cdef tuple LOSS_NAMES = Loss.__struct_fields__
must(
    LINE_NAMES == (
        "line", "item", "quantity", "gross_minor", "net_minor", "tax", "tax_minor", "adjustments",
        "price_minor", "per",
    )
    and ADJUSTMENT_NAMES == ("line", "rule", "kind", "reason", "amount_minor", "funded_by")
    and LOSS_NAMES == ("line", "rule", "why", "missing_minor", "missing_n"),
    "quote_fields_agree",
)
cdef tuple BY_HAND = ("manual", "manual", "", "store", None)
cdef object NOBODY = 0  # the line of what concerns the whole basket


# At most 500 lines of at most 10**11 each.
@cython.overflowcheck(False)
cdef int sum_up(const Sheet* sheet, Sums* sums) noexcept nogil:
    """Totals of a settled sheet; tax is added where prices are without it."""
    cdef int64_t groups[TAXES_LIMIT]
    cdef const BookRecord* book = sheet.book
    cdef Py_ssize_t i
    sums.gross = sums.net = 0
    for i in range(sheet.lines_n):
        sums.gross += sheet.lines[i].gross
        sums.net += sheet.lines[i].left
    sums.payable = sums.net
    if book.tax_included:
        return 0
    for i in range(book.taxes_n):
        groups[i] = 0
    for i in range(sheet.lines_n):
        groups[book.items[sheet.lines[i].item].tax] += sheet.lines[i].left
    for i in range(book.taxes_n):
        sums.payable += scale_half_up(groups[i], book.rates_ppm[i], MILLION)
    return 0


# Nothing a result holds ever leads back to it, so the collector need not look at it.
@cython.final
@cython.no_gc
@cython.freelist(16)
cdef class Priced:
    """What a basket costs, and why; made by `Pricer.price` alone. Amounts in minor units."""

    def __init__(self):
        break_off("priced_by_pricer")

    def __dealloc__(self):
        PyMem_Free(self.block)

    @property
    def proof(self):
        """ "optimal" when no other choice of offers costs less, else "bounded" by `gap_minor`."""
        return "bounded" if self.gap_minor else "optimal"

    def to_quote(self):
        """The same as structs: lines in basket order with adjustments, losses, uses, gifts."""
        cdef int64_t taxes[LINES_LIMIT]
        sums = self._share_taxes(taxes)
        return Quote(
            book=self.plan.book.version,
            lines=self._dress_lines(taxes),
            taxes=sums,
            gross_minor=self.gross_minor,
            discount_minor=self.discount_minor,
            payable_minor=self.payable_minor,
            losses=self._dress_losses(),
            proof=self.proof,
            gap_minor=self.gap_minor,
            uses=self._dress_uses(),
            gifts=self._dress_gifts(),
            points_n=self.points_n,
        )

    # --- recording

    cdef int record(self, const Sheet* sheet) except -1:
        """Copy what a settled sheet holds."""
        cdef Sums sums
        cdef char* at
        cdef Py_ssize_t size
        self.lines_n = <int32_t>sheet.lines_n
        self.takings_n = <int32_t>(sheet.takings_n + sheet.tail.takings_n)
        self.losses_n = <int32_t>(sheet.losses_n + sheet.tail.losses_n)
        self.uses_n = <int32_t>(sheet.uses_n + sheet.tail.uses_n)
        self.pieces_n = <int32_t>(sheet.pieces_n + sheet.tail.takings_n)
        self.gifts_n = <int32_t>sheet.tail.gifts_n
        # Records of 8-byte fields come first, so that each array is aligned.
        size = self.lines_n * sizeof(PricedLine) + self.takings_n * sizeof(Taking)
        size += self.losses_n * sizeof(Lost) + self.uses_n * sizeof(Used)
        size += self.gifts_n * sizeof(TailGift) + self.pieces_n * sizeof(Piece)
        self.block = at = <char*>PyMem_Malloc(size + 1)
        if at == NULL:
            raise MemoryError
        self.lines = <PricedLine*>at
        at += self.lines_n * sizeof(PricedLine)
        self.takings = <Taking*>at
        at += self.takings_n * sizeof(Taking)
        self.losses = <Lost*>at
        at += self.losses_n * sizeof(Lost)
        self.uses = <Used*>at
        at += self.uses_n * sizeof(Used)
        self.gifts = <TailGift*>at
        at += self.gifts_n * sizeof(TailGift)
        self.pieces = <Piece*>at
        self._copy(sheet)
        if sheet.tail.touched_n:
            self._copy_tail(sheet)
        sum_up(sheet, &sums)
        self.gross_minor = sums.gross
        self.discount_minor = sums.gross - sums.net
        self.payable_minor = sums.payable
        self.gap_minor = sheet.gap
        return 0

    cdef int _copy(self, const Sheet* sheet) except -1:
        cdef Py_ssize_t i
        cdef const Line* line
        for i in range(self.lines_n):
            line = &sheet.lines[i]
            self.lines[i].gross = line.gross
            self.lines[i].left = line.left
            self.lines[i].item = line.item
            self.lines[i].given = line.given
            self.lines[i].price = line.price
        memcpy(self.takings, sheet.takings, sheet.takings_n * sizeof(Taking))
        memcpy(self.losses, sheet.losses, sheet.losses_n * sizeof(Lost))
        memcpy(self.uses, sheet.uses, sheet.uses_n * sizeof(Used))
        memcpy(self.pieces, sheet.pieces, sheet.pieces_n * sizeof(Piece))
        return 0

    @cython.overflowcheck(False)  # counts of what one basket holds
    cdef int _copy_tail(self, const Sheet* sheet) except -1:
        cdef Py_ssize_t i, k
        cdef int32_t pieces_n = <int32_t>sheet.pieces_n
        cdef const TailTaking* taken
        cdef const TailLoss* missed
        cdef Taking* taking = self.takings + sheet.takings_n
        cdef Lost* lost = self.losses + sheet.losses_n
        cdef Used* used
        cdef const RowRecord* rows = sheet.book.rows
        self.points_n = sheet.tail.points_n
        self.uses_n = <int32_t>sheet.uses_n
        for i in range(sheet.tail.takings_n):
            taken = &sheet.tail.takings[i]
            taking[i].amount = taken.amount
            taking[i].line = taken.line
            taking[i].row = taken.row
        for i in range(sheet.tail.losses_n):
            missed = &sheet.tail.losses[i]
            lost[i].missing_minor = missed.missing_minor
            lost[i].missing_n = missed.missing_n
            lost[i].line = NONE
            lost[i].row = missed.row
            lost[i].why = missed.why
        for i in range(sheet.tail.uses_n):
            used = &self.uses[self.uses_n]
            used.times = sheet.tail.uses[i].times
            used.row = sheet.tail.uses[i].row
            used.first = pieces_n
            for k in range(sheet.tail.takings_n):
                taken = &sheet.tail.takings[k]
                if taken.row == used.row and taken.pieces_n:
                    self.pieces[pieces_n].line = taken.line
                    self.pieces[pieces_n].pieces_n = <int32_t>taken.pieces_n
                    pieces_n += 1
            used.pieces_n = pieces_n - used.first
            if i and rows[used.row].offer == rows[self.uses[self.uses_n - 1].row].offer:
                # Two rows of one offer, such as a coupon's face and match: it was used once.
                used = &self.uses[self.uses_n - 1]
                used.times = max(used.times, sheet.tail.uses[i].times)
                used.pieces_n = pieces_n - used.first
            else:
                self.uses_n += 1
        for i in range(self.gifts_n):
            self.gifts[i] = sheet.tail.gifts[i]
        return 0

    # --- dressing

    cdef tuple _share_taxes(self, int64_t* shares):
        """The sums of the groups; fills in the tax of each line in canonical order."""
        cdef int64_t weights[LINES_LIMIT]
        cdef int64_t parts[LINES_LIMIT]
        cdef int64_t total, net, tax, rate
        cdef const BookRecord* book = &self.plan.flat
        cdef Py_ssize_t i, k
        cdef bint used
        cdef list sums = []
        for i in range(self.lines_n):
            shares[i] = 0
        for k in range(book.taxes_n):
            total = 0
            used = False
            for i in range(self.lines_n):
                weights[i] = 0
                if book.items[self.lines[i].item].tax == k:
                    used = True
                    weights[i] = self.lines[i].left
                    total += weights[i]
            if not used:
                continue
            rate = book.rates_ppm[k]
            if book.tax_included:
                net = scale_half_up(total, MILLION, MILLION + rate)
                tax = total - net
            else:
                net = total
                tax = scale_half_up(total, rate, MILLION)
            if tax:
                share_few(tax, weights, self.lines_n, parts)
                for i in range(self.lines_n):
                    if weights[i]:
                        shares[i] = parts[i]
            sums.append(
                TaxSum(tax=self.plan._taxes[k], rate_ppm=rate, net_minor=net, tax_minor=tax)
            )
        return tuple(sums)

    cdef PyObject* _given(self, int32_t line) noexcept:
        """The basket's line at a place of the canonical order; borrowed."""
        return borrow_item(<PyObject*>self.given, self.lines[line].given)

    cdef tuple _dress_lines(self, const int64_t* taxes):
        cdef list quoted = [None] * self.lines_n
        cdef list adjustments = self._dress_adjustments()
        cdef const BookRecord* book = &self.plan.flat
        cdef const PricedLine* line
        cdef PyObject* given
        cdef PyObject* values[10]
        cdef object gross, net, tax, price, per
        cdef Py_ssize_t i
        for i in range(self.lines_n):
            line = &self.lines[i]
            given = self._given(<int32_t>i)
            gross, net, tax, price = line.gross, line.left, taxes[i], line.price
            per = book.items[line.item].per
            values[0] = get_slot(given, LINE_AT)
            values[1] = get_slot(given, ITEM_AT)
            values[2] = get_slot(given, QUANTITY_AT)
            values[3] = <PyObject*>gross
            values[4] = <PyObject*>net
            values[5] = borrow_item(<PyObject*>self.plan._taxes, book.items[line.item].tax)
            values[6] = <PyObject*>tax
            values[7] = borrow_entry(<PyObject*>adjustments, i)
            values[8] = <PyObject*>price
            values[9] = <PyObject*>per
            quoted[line.given] = make(LINE, values, 0, <PyObject*>LINE_NAMES)
        return tuple(quoted)

    @cython.overflowcheck(False)  # counts of what one basket holds
    cdef list _dress_adjustments(self):
        """Of each line, in canonical order, what was taken from it."""
        cdef list adjustments = [()] * self.lines_n
        cdef int32_t counts[LINES_LIMIT]
        cdef const Taking* taking
        cdef Py_ssize_t i
        for i in range(self.lines_n):
            counts[i] = 0
        for i in range(self.takings_n):
            counts[self.takings[i].line] += 1
        for i in range(self.lines_n):
            if counts[i]:
                adjustments[i] = PyTuple_New(counts[i])
        for i in range(self.takings_n - 1, -1, -1):
            taking = &self.takings[i]
            adjustment = self._dress_taking(taking)
            counts[taking.line] -= 1
            Py_INCREF(adjustment)  # the tuple takes one over
            PyTuple_SET_ITEM(
                <object>borrow_entry(<PyObject*>adjustments, taking.line),
                counts[taking.line],
                adjustment,
            )
        return adjustments

    cdef object _dress_taking(self, const Taking* taking):
        cdef PyObject* given = self._given(taking.line)
        cdef PyObject* words = <PyObject*>BY_HAND
        cdef PyObject* values[6]
        cdef object amount = taking.amount
        cdef object reason
        if taking.row == NONE:
            reason = (<object>given).override.reason
        else:
            words = borrow_entry(<PyObject*>self.plan._rows, taking.row)
            reason = <object>borrow_item(words, 2)
        values[0] = get_slot(given, LINE_AT)
        values[1] = borrow_item(words, 0)
        values[2] = borrow_item(words, 1)
        values[3] = <PyObject*>reason
        values[4] = <PyObject*>amount
        values[5] = borrow_item(words, 3)
        return make(ADJUSTMENT, values, 0, <PyObject*>ADJUSTMENT_NAMES)

    cdef tuple _dress_losses(self):
        cdef list losses = []
        cdef const Lost* lost
        cdef PyObject* values[5]
        cdef object minor, pieces
        cdef Py_ssize_t i
        for i in range(self.losses_n):
            lost = &self.losses[i]
            minor, pieces = lost.missing_minor, lost.missing_n
            values[0] = <PyObject*>NOBODY
            if lost.line != NONE:
                values[0] = get_slot(self._given(lost.line), LINE_AT)
            values[1] = borrow_item(borrow_entry(<PyObject*>self.plan._rows, lost.row), 0)
            values[2] = borrow_item(<PyObject*>WHYS, lost.why)
            values[3] = <PyObject*>minor
            values[4] = <PyObject*>pieces
            losses.append(make(LOSS, values, 0, <PyObject*>LOSS_NAMES))
        for coupon in self.unknown or ():
            losses.append(Loss(line=0, rule=coupon, why="unknown_coupon"))
        return tuple(losses)

    cdef tuple _dress_uses(self):
        cdef list uses = [], pieces
        cdef const Used* used
        cdef const Piece* piece
        cdef Py_ssize_t i, k
        for i in range(self.uses_n):
            used = &self.uses[i]
            pieces = []
            for k in range(used.first, used.first + used.pieces_n):
                piece = &self.pieces[k]
                line = <object>get_slot(self._given(piece.line), LINE_AT)
                pieces.append((line, piece.pieces_n))
            if len(pieces) > 1:
                pieces.sort()
            rule = self.plan._rows[used.row][0]
            uses.append(Use(rule=rule, times=used.times, pieces=tuple(pieces)))
        return tuple(uses)

    cdef tuple _dress_gifts(self):
        cdef list gifts = []
        cdef Py_ssize_t i
        for i in range(self.gifts_n):
            rule, _, reason, _, _ = self.plan._rows[self.gifts[i].row]
            gifts.append(
                Gift(
                    rule=rule,
                    reason=reason,
                    items=self.offered[i],
                    pieces_n=self.gifts[i].pieces_n,
                    price_minor=self.gifts[i].price_minor,
                )
            )
        return tuple(gifts)


cdef Priced make_priced(
    Plan plan, const Sheet* sheet, tuple given, object unknown, object left
):
    """A settled sheet as a result of its own; the sheet is free for the next basket."""
    cdef Priced priced = Priced.__new__(Priced)
    priced.plan = plan
    priced.given = given
    priced.unknown = unknown
    priced.record(sheet)
    if priced.gifts_n:
        priced.offered = list_offered(plan, sheet, left)
    return priced
