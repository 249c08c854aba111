"""A priced basket: every taking, loss and use side by side in one block of memory.

Dressing it as a quote makes a Python object for each line and reason, which costs many times what
the sums cost; who only needs totals never pays for it.
"""

cimport cython
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy

from cext.engine.pricing.plan cimport NONE, BookRecord, Plan, RowRecord
from cext.engine.rounding cimport scale_half_up, share_few
from cext.engine.pricing.sheet cimport Line, Lost, Piece, Sheet, Taking, Used
from cext.engine.tail.tail_work cimport TailGift, TailLoss, TailTaking, TailUse

from cext.errors import break_off
from cext.lang.quote import Adjustment, Gift, Loss, Quote, QuotedLine, TaxSum, Use

cdef enum:
    MILLION = 1_000_000
    LINES_LIMIT = 500

cdef tuple WHYS = (
    "beaten", "not_applicable", "not_reached", "limit_reached", "used_up", "overridden",
)


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
        taxes = []
        lines = self._dress_lines(self._share_taxes(taxes))
        return Quote(
            book=self.plan.book.version,
            lines=tuple(lines),
            taxes=tuple(taxes),
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

    cdef list _share_taxes(self, list taxes):
        """The tax of each line in canonical order; fills the sums of the groups."""
        cdef int64_t weights[LINES_LIMIT]
        cdef int64_t parts[LINES_LIMIT]
        cdef int64_t total, net, tax, rate
        cdef const BookRecord* book = &self.plan.flat
        cdef Py_ssize_t i, k
        cdef bint used
        cdef list shares = [0] * self.lines_n
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
            taxes.append(
                TaxSum(tax=self.plan._taxes[k], rate_ppm=rate, net_minor=net, tax_minor=tax)
            )
        return shares

    cdef list _dress_lines(self, list taxes):
        cdef list quoted = [None] * self.lines_n
        cdef list adjustments = self._dress_adjustments()
        cdef const BookRecord* book = &self.plan.flat
        cdef const PricedLine* line
        cdef Py_ssize_t i
        for i in range(self.lines_n):
            line = &self.lines[i]
            given = self.given[line.given]
            taken = adjustments[i]
            quoted[line.given] = QuotedLine(
                line=given.line,
                item=given.item,
                quantity=given.quantity,
                gross_minor=line.gross,
                net_minor=line.left,
                tax=self.plan._taxes[book.items[line.item].tax],
                tax_minor=taxes[i],
                adjustments=() if taken is None else tuple(taken),
                price_minor=line.price,
                per=book.items[line.item].per,
            )
        return quoted

    cdef list _dress_adjustments(self):
        """Of each line, in canonical order, what was taken from it; None: nothing."""
        cdef list adjustments = [None] * self.lines_n
        cdef const Taking* taking
        cdef Py_ssize_t i
        for i in range(self.takings_n):
            taking = &self.takings[i]
            given = self.given[self.lines[taking.line].given]
            if taking.row == NONE:
                rule = kind = "manual"
                reason, funded_by = given.override.reason, "store"
            else:
                rule, kind, reason, funded_by, _ = self.plan._rows[taking.row]
            adjustment = Adjustment(
                line=given.line,
                rule=rule,
                kind=kind,
                reason=reason,
                amount_minor=taking.amount,
                funded_by=funded_by,
            )
            if adjustments[taking.line] is None:
                adjustments[taking.line] = [adjustment]
            else:
                adjustments[taking.line].append(adjustment)
        return adjustments

    cdef tuple _dress_losses(self):
        cdef list losses = []
        cdef const Lost* lost
        cdef Py_ssize_t i
        for i in range(self.losses_n):
            lost = &self.losses[i]
            losses.append(
                Loss(
                    line=0 if lost.line == NONE else self.given[self.lines[lost.line].given].line,
                    rule=self.plan._rows[lost.row][0],
                    why=WHYS[lost.why],
                    missing_minor=lost.missing_minor,
                    missing_n=lost.missing_n,
                )
            )
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
                line = self.given[self.lines[piece.line].given].line
                pieces.append((line, piece.pieces_n))
            pieces.sort()
            rule = self.plan._rows[used.row][0]
            uses.append(Use(rule=rule, times=used.times, pieces=tuple(pieces)))
        return tuple(uses)

    cdef tuple _dress_gifts(self):
        cdef list gifts = []
        cdef Py_ssize_t i
        gone = {item for item, left_n in self.stock.items() if left_n == 0}
        for i in range(self.gifts_n):
            rule, _, reason, _, items = self.plan._rows[self.gifts[i].row]
            gifts.append(
                Gift(
                    rule=rule,
                    reason=reason,
                    items=tuple([item for item in items if item not in gone]),
                    pieces_n=self.gifts[i].pieces_n,
                    price_minor=self.gifts[i].price_minor,
                )
            )
        return tuple(gifts)


cdef Priced make_priced(
    Plan plan, const Sheet* sheet, tuple given, object unknown, object stock
):
    """A settled sheet as a result of its own; the sheet is free for the next basket."""
    cdef Priced priced = Priced.__new__(Priced)
    priced.plan = plan
    priced.given = given
    priced.unknown = unknown
    priced.stock = stock
    priced.record(sheet)
    return priced
