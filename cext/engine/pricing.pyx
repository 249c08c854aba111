"""Pricing: a basket and a price book make a quote, with a reason for every cent.

Quoting walks the lines of the basket and the rows of their items, never all offers. Steps, in this
order: gross, price set by hand, offers on single items, coupons, tax.
"""

cimport cython
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport int32_t, int64_t

from cext.engine.plan cimport (
    COUPON,
    EXCLUSIVE,
    MEMBER,
    RATE,
    STACK,
    UNIT_PRICE,
    ItemRecord,
    Plan,
    RowRecord,
)
from cext.engine.rounding cimport scale_half_up, share_into, take_int

from cext.errors import Refused, break_off, must
from cext.lang.basket import LINES_MAX_N, Basket
from cext.lang.quote import Adjustment, Loss, Quote, QuotedLine, TaxSum

cdef enum:
    LINES_LIMIT = 500
    COUPONS_LIMIT = 100
    MILLION = 1_000_000
    NOBODY = -1

cdef enum:
    BEATEN, OVERRIDDEN, NOT_APPLICABLE, USED_UP

COUPONS_MAX_N = COUPONS_LIMIT
must(LINES_MAX_N == LINES_LIMIT, "line_limits_agree")

cdef int64_t QUANTITY_LIMIT = 1_000_000_000
cdef int64_t AMOUNT_LIMIT = 100_000_000_000
cdef int64_t TIME_LIMIT = 2**62
cdef tuple WHYS = ("beaten", "overridden", "not_applicable", "used_up")

cdef struct Line:
    int64_t quantity
    int64_t label  # NOBODY: none
    int64_t amount  # set by hand; NOBODY: none
    int64_t manual  # taken off by hand
    int64_t gross
    int64_t left
    int64_t tax
    int32_t item
    bint overridden

cdef struct Taking:
    int64_t amount
    int32_t line  # index in the basket
    int32_t row  # NOBODY: by hand

cdef struct Lost:
    int32_t line  # index in the basket; NOBODY: the whole basket
    int32_t row
    int32_t why

# One quote's working room; the arrays behind the pointers are as long as the worst case.
cdef struct Work:
    Line* lines
    Taking* takings
    Lost* losses
    Py_ssize_t lines_n
    Py_ssize_t takings_n
    Py_ssize_t losses_n
    int64_t at_ms
    bint member


cdef class Pricer(Plan):
    """Prices baskets by one price book. Refused("price_book_invalid") lists all its faults."""

    def quote(self, basket, at_ms):
        """Price every line of `basket` under the offers in force at `at_ms`.

        One quoted line per basket line, in basket order. Refused: "basket_full" (over LINES_MAX_N
        lines or COUPONS_MAX_N coupons), "item_unknown", "amount_needed" (an item with an open
        price has none), "amount_too_large", "quantity_invalid", "amount_invalid".
        """
        cdef Work work
        cdef list uses
        cdef list unknown = []
        cdef Py_ssize_t bound
        if type(basket) is not Basket:
            break_off("exact_basket", what=type(basket).__name__)
        work.at_ms = take_int(at_ms, -TIME_LIMIT, TIME_LIMIT, "time")
        work.lines_n = len(basket.lines)
        if work.lines_n > LINES_LIMIT or len(basket.coupons) > COUPONS_LIMIT:
            raise Refused("basket_full", f"at most {LINES_LIMIT} lines, {COUPONS_LIMIT} coupons")
        work.takings_n = work.losses_n = 0
        work.member = basket.member is not None
        work.takings = NULL
        work.losses = NULL
        work.lines = <Line*>PyMem_Malloc((work.lines_n + 1) * sizeof(Line))
        if work.lines == NULL:
            raise MemoryError
        try:
            self._read_lines(&work, basket.lines)
            uses = self._read_coupons(basket.coupons, unknown)
            bound = self._count_outcomes(&work, uses)
            work.takings = <Taking*>PyMem_Malloc(bound * sizeof(Taking))
            work.losses = <Lost*>PyMem_Malloc(bound * sizeof(Lost))
            if work.takings == NULL or work.losses == NULL:
                raise MemoryError
            if self._price_lines(&work):
                raise Refused("amount_too_large", f"a line is above {AMOUNT_LIMIT}")
            for first, rows_n in uses:
                self._use_coupon(&work, first, rows_n)
            return self._sum_up(&work, basket.lines, unknown)
        finally:
            PyMem_Free(work.lines)
            PyMem_Free(work.takings)
            PyMem_Free(work.losses)

    # --- reading the basket

    cdef int _read_lines(self, Work* work, tuple lines) except -1:
        cdef Py_ssize_t i
        cdef Line* line
        cdef int64_t number, before = 0
        for i in range(work.lines_n):
            given = lines[i]
            line = &work.lines[i]
            number = take_int(given.line, 1, TIME_LIMIT, "line")
            if number <= before:
                break_off("basket_lines_rise", line=number)
            before = number
            index = self._index.get(given.item)
            if index is None:
                raise Refused("item_unknown", f"there is no item {given.item!r}", line=number)
            line.item = index
            line.quantity = take_int(given.quantity, 1, QUANTITY_LIMIT, "quantity")
            line.label = take_amount(given.label_minor)
            override = given.override
            line.overridden = override is not None
            line.amount = NOBODY
            line.manual = 0
            if line.overridden:
                line.amount = take_amount(override.amount_minor)
                line.manual = take_int(override.discount_minor, 0, AMOUNT_LIMIT, "amount")
            if self.items[line.item].open_price and line.label < 0 and line.amount < 0:
                raise Refused("amount_needed", f"{given.item} has no price", line=number)
        return 0

    cdef list _read_coupons(self, tuple coupons, list unknown):
        """The rows of each scan, in rank order so that the order of scanning decides nothing."""
        uses = []
        for coupon in coupons:
            found = self._coupons.get(coupon)
            if found is None:
                unknown.append(coupon)
            else:
                uses.append(found)
        uses.sort()
        unknown.sort()
        return uses

    cdef Py_ssize_t _count_outcomes(self, Work* work, list uses) except -1:
        """How many takings or losses there can be at most.

        A line: one by hand and one per row of its item. A coupon row: each taking ends either the
        row or the line, so one per row and one more per line in all; and one loss per coupon.
        """
        cdef Py_ssize_t total = 2 * work.lines_n + len(uses) + 1
        cdef Py_ssize_t i
        for i in range(work.lines_n):
            total += self.items[work.lines[i].item].rows_n
        for _, rows_n in uses:
            total += rows_n
        return total

    # --- the sums

    cdef bint _price_lines(self, Work* work) noexcept nogil:
        """Gross and offers of every line; True when an amount is beyond all reason."""
        cdef Py_ssize_t i
        cdef Line* line
        cdef ItemRecord* item
        for i in range(work.lines_n):
            line = &work.lines[i]
            item = &self.items[line.item]
            if line.amount >= 0:
                line.gross = line.amount
            elif line.label >= 0:
                line.gross = line.label
            else:
                line.gross = scale_half_up(item.price, line.quantity, item.per)
            if line.gross > AMOUNT_LIMIT:
                return True
            line.left = line.gross
            line.tax = 0
            if line.manual:
                take_off(work, <int32_t>i, NOBODY, line.manual)
            self._apply_offers(work, <int32_t>i)
        return False

    # At most 2**31 rows and the counts bounded by _count_outcomes: nothing here overflows.
    @cython.overflowcheck(False)
    cdef void _apply_offers(self, Work* work, int32_t at) noexcept nogil:
        """Let the rows of the line's item compete; every row is either taken or lost."""
        cdef Line* line = &work.lines[at]
        cdef ItemRecord* item = &self.items[line.item]
        cdef Py_ssize_t k, start = work.losses_n, end
        cdef int32_t row, winner = NOBODY
        cdef int64_t saving, winner_saving = 0
        cdef bint alone = False
        for k in range(item.first, item.first + item.rows_n):
            row = self.item_rows[k]
            if not self._is_in_force(work, row) or self.rows[row].audience == COUPON:
                continue
            if self.rows[row].audience == MEMBER and not work.member:
                lose(work, at, row, NOT_APPLICABLE)
                continue
            if line.overridden:
                lose(work, at, row, OVERRIDDEN)
                continue
            saving = self._get_saving(line, row)
            if saving == 0:
                lose(work, at, row, NOT_APPLICABLE)
                continue
            lose(work, at, row, BEATEN)
            if self._is_better(row, saving, winner, winner_saving):
                winner = row
                winner_saving = saving
                alone = self.rows[row].conflict == EXCLUSIVE
        if winner != NOBODY:
            take_off(work, at, winner, winner_saving)
        end = work.losses_n
        work.losses_n = start
        for k in range(start, end):
            row = work.losses[k].row
            if row == winner:
                continue
            if work.losses[k].why == BEATEN and self.rows[row].conflict == STACK and not alone:
                if take_off(work, at, row, self._get_saving(line, row)):
                    continue
                work.losses[k].why = USED_UP
            work.losses[work.losses_n] = work.losses[k]
            work.losses_n += 1

    cdef bint _is_in_force(self, Work* work, int32_t row) noexcept nogil:
        return self.rows[row].from_ms <= work.at_ms < self.rows[row].until_ms

    cdef bint _is_better(
        self, int32_t row, int64_t saving, int32_t winner, int64_t winner_saving
    ) noexcept nogil:
        """Exclusive rows win by priority, then saving; the best rows by saving; ties by rank."""
        cdef RowRecord* one = &self.rows[row]
        cdef RowRecord* other
        if one.conflict == STACK:
            return False
        if winner == NOBODY:
            return True
        other = &self.rows[winner]
        if one.conflict != other.conflict:
            return one.conflict == EXCLUSIVE
        if one.conflict == EXCLUSIVE and one.priority != other.priority:
            return one.priority > other.priority
        return saving > winner_saving

    # Prices are within 0..PRICE_LIMIT and amounts within 0..AMOUNT_LIMIT, checked on the way in,
    # so that no difference of two of them overflows.
    @cython.overflowcheck(False)
    cdef int64_t _get_saving(self, const Line* line, int32_t row) noexcept nogil:
        """What the row takes off what is left of the line, 0 where it does not lower it."""
        cdef ItemRecord* item = &self.items[line.item]
        cdef RowRecord* record = &self.rows[row]
        cdef int64_t saving
        if record.benefit == RATE:
            saving = scale_half_up(line.left, record.value, MILLION)
        elif record.benefit != UNIT_PRICE or item.open_price or record.value >= item.price:
            saving = 0
        elif line.label >= 0:
            # The label fixes the amount, at the list price; the offer lowers it in proportion.
            saving = scale_half_up(line.label, item.price - record.value, item.price)
        else:
            saving = line.gross - scale_half_up(record.value, line.quantity, item.per)
        return min(saving, line.left)

    @cython.overflowcheck(False)
    cdef void _use_coupon(self, Work* work, int32_t first, int32_t rows_n) noexcept nogil:
        """One scan: each row takes its amount once, from the first lines that have value left."""
        cdef int32_t row, i
        cdef int64_t rest
        cdef bint found = False, taken = False
        for row in range(first, first + rows_n):
            if not self._is_in_force(work, row):
                continue
            rest = self.rows[row].value
            for i in range(<int32_t>work.lines_n):
                if self._has_row(work.lines[i].item, row):
                    found = True
                    rest -= take_off(work, i, row, rest)
            taken = taken or rest < self.rows[row].value
        if not taken:
            lose(work, NOBODY, first, USED_UP if found else NOT_APPLICABLE)

    @cython.overflowcheck(False)
    cdef bint _has_row(self, int32_t item, int32_t row) noexcept nogil:
        cdef ItemRecord* record = &self.items[item]
        cdef Py_ssize_t k
        for k in range(record.first, record.first + record.rows_n):
            if self.item_rows[k] == row:
                return True
        return False

    # --- the quote

    cdef object _sum_up(self, Work* work, tuple lines, list unknown):
        cdef list adjustments = [()] * work.lines_n
        cdef int64_t gross = 0, discount = 0, net = 0, tax = 0
        cdef Py_ssize_t i
        taxes = self._make_taxes(work)
        for i in range(work.takings_n):
            discount += work.takings[i].amount
            at = work.takings[i].line
            adjustments[at] += (self._make_adjustment(lines[at], &work.takings[i]),)
        quoted = []
        for i in range(work.lines_n):
            gross += work.lines[i].gross
            net += work.lines[i].left
            tax += work.lines[i].tax
            quoted.append(self._make_line(lines[i], &work.lines[i], adjustments[i]))
        return Quote(
            book=self.book.version,
            lines=tuple(quoted),
            taxes=taxes,
            gross_minor=gross,
            discount_minor=discount,
            payable_minor=net if self.book.tax_included else net + tax,
            losses=self._make_losses(work, lines, unknown),
        )

    cdef tuple _make_taxes(self, Work* work):
        """Round once per rate group, then share the tax out to the lines of the group."""
        cdef int64_t weights[LINES_LIMIT]
        cdef int64_t parts[LINES_LIMIT]
        cdef int64_t total, net, rate
        cdef Py_ssize_t i, k
        cdef bint used
        cdef list sums = []
        for k in range(len(self._taxes)):
            total = 0
            used = False
            for i in range(work.lines_n):
                weights[i] = 0
                if self.items[work.lines[i].item].tax == k:
                    used = True
                    weights[i] = work.lines[i].left
                    total += weights[i]
            if not used:
                continue
            rate = self.taxes[k].rate_ppm
            if self.book.tax_included:
                net = scale_half_up(total, MILLION, MILLION + rate)
                tax = total - net
            else:
                net = total
                tax = scale_half_up(total, rate, MILLION)
            share_into(tax, weights, work.lines_n, parts)
            for i in range(work.lines_n):
                work.lines[i].tax += parts[i]
            sums.append(TaxSum(tax=self._taxes[k], rate_ppm=rate, net_minor=net, tax_minor=tax))
        return tuple(sums)

    cdef object _make_line(self, object given, Line* line, tuple adjustments):
        return QuotedLine(
            line=given.line,
            item=given.item,
            quantity=given.quantity,
            gross_minor=line.gross,
            net_minor=line.left,
            tax=self._taxes[self.items[line.item].tax],
            tax_minor=line.tax,
            adjustments=adjustments,
        )

    cdef object _make_adjustment(self, object given, Taking* taking):
        if taking.row == NOBODY:
            return Adjustment(
                line=given.line,
                rule="manual",
                kind="manual",
                reason=given.override.reason,
                amount_minor=taking.amount,
            )
        kind, reason, funded_by = self._rows[taking.row]
        return Adjustment(
            line=given.line,
            rule=self._offers[taking.row].offer,
            kind=kind,
            reason=reason,
            amount_minor=taking.amount,
            funded_by=funded_by,
        )

    cdef tuple _make_losses(self, Work* work, tuple lines, list unknown):
        cdef list losses = []
        cdef Lost* lost
        cdef Py_ssize_t i
        for i in range(work.losses_n):
            lost = &work.losses[i]
            line = 0 if lost.line == NOBODY else lines[lost.line].line
            losses.append(Loss(line=line, rule=self._offers[lost.row].offer, why=WHYS[lost.why]))
        for coupon in unknown:
            losses.append(Loss(line=0, rule=coupon, why="unknown_coupon"))
        return tuple(losses)


cdef int64_t take_amount(object amount) except? -2:
    """An amount, or NOBODY where there is none."""
    return NOBODY if amount is None else take_int(amount, 0, AMOUNT_LIMIT, "amount")


@cython.overflowcheck(False)
cdef int64_t take_off(Work* work, int32_t at, int32_t row, int64_t amount) noexcept nogil:
    """Take `amount` off a line, or what is left of it, and note it; what was taken."""
    cdef Line* line = &work.lines[at]
    cdef Taking* taking = &work.takings[work.takings_n]
    if amount > line.left:
        amount = line.left
    if amount == 0:
        return 0
    line.left -= amount
    taking.amount = amount
    taking.line = at
    taking.row = row
    work.takings_n += 1
    return amount


@cython.overflowcheck(False)
cdef void lose(Work* work, int32_t at, int32_t row, int32_t why) noexcept nogil:
    cdef Lost* lost = &work.losses[work.losses_n]
    lost.line = at
    lost.row = row
    lost.why = why
    work.losses_n += 1
