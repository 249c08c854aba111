"""Many baskets in one call: flat arrays in, flat arrays out, no GIL in between.

The same sums as `Pricer.price` with nobody's rights in particular; for a chain's year re-priced
over lunch, where making a struct for each line would cost more than pricing it.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memset

from array import array

from cext.engine.memory cimport fetch
from cext.engine.pricing.intake cimport prepare_sheet
from cext.engine.pricing.opening cimport open_lines
from cext.engine.pricing.passes cimport settle, touch_tail
from cext.engine.pricing.plain cimport (
    LINES_LIMIT,
    Flat,
    Plain,
    close_plain,
    open_plain,
    sum_plain,
)
from cext.engine.pricing.plan cimport NONE, BookRecord, ItemRecord, Plan, row_of
from cext.engine.pricing.priced cimport Sums, sum_up
from cext.engine.rounding cimport take_int
from cext.engine.pricing.sheet cimport Line, Sheet, close_sheet, make_lines, make_scanned
from cext.engine.tail.tail_work cimport tail_prepare

from cext.errors import Refused, break_off

cdef enum:
    COUPONS_LIMIT = 100
    PLACES = 512  # of lines; a power of two
    FEW = 24  # up to so many lines are put in order as they are read

cdef enum Refusal:
    FINE, FULL, UNKNOWN, WRONG_QUANTITY, NEEDS_AMOUNT, TOO_LARGE, TOO_MANY_PIECES

cdef int64_t QUANTITY_LIMIT = 1_000_000_000
cdef int64_t TIME_LIMIT = 2**62
cdef tuple CODES = (
    "", "basket_full", "item_unknown", "quantity_invalid", "amount_needed", "amount_too_large",
    "pieces_too_many",
)


cdef class Batch:
    """Baskets as flat buffers, for `Pricer.price_many`.

    `offsets` (int32) has one number more than there are baskets: where the lines of each begin.
    `items` (int32, `Pricer.index_of`) and `quantities` (int64) stand side by side; `members`
    (uint8) says who showed a card. `coupon_offsets` and `coupons` (int32, `Pricer.coupon_index`)
    give the scans of each basket. All are priced at `at_ms`.
    """

    def __init__(
        self, *, offsets, items, quantities, members, coupon_offsets, coupons, at_ms
    ):
        self.at_ms = take_int(at_ms, -TIME_LIMIT, TIME_LIMIT, "time")
        self.offsets = offsets
        self.items = items
        self.quantities = quantities
        self.members = members
        self.coupon_offsets = coupon_offsets
        self.coupons = coupons


class BatchResult:
    """What each basket costs: `payable`, `discount` and `gap` in minor units, as int64 arrays.

    `plain_n`: of how many the sum was known without sharing anything out (see `plain.pyx`).
    """

    def __init__(self, baskets_n):
        zeros = bytes(8 * baskets_n)
        self.payable = array("q", zeros)
        self.discount = array("q", zeros)
        self.gap = array("q", zeros)
        self.plain_n = 0

    def __len__(self):
        return len(self.payable)


cdef object price_all(Plan plan, object batch, int64_t work_max_n):
    """Price a batch; Refused says which basket, Broken that the arrays do not fit each other."""
    cdef Sheet sheet
    cdef Plain plain
    cdef Flat flat
    cdef Py_ssize_t baskets_n, at = 0
    cdef int refusal
    if type(batch) is not Batch:
        break_off("exact_batch", what=type(batch).__name__)
    baskets_n = len(batch.offsets) - 1
    check_offsets(batch, baskets_n)
    row_offsets, rows = array("i", [0]), array("i", [])
    for named in plan._coupon_rows:
        rows.extend(named)
        row_offsets.append(len(rows))
    result = BatchResult(baskets_n)
    if baskets_n == 0:
        return result
    # One more of each, so that an empty array has an address too; the views keep them alive.
    cdef const int32_t[::1] offsets = batch.offsets
    cdef const uint8_t[::1] members = batch.members
    cdef const int32_t[::1] coupon_offsets = batch.coupon_offsets
    cdef const int32_t[::1] first_rows = row_offsets
    cdef const int32_t[::1] items = batch.items
    cdef const int64_t[::1] quantities = batch.quantities
    cdef const int32_t[::1] coupons = batch.coupons
    cdef const int32_t[::1] all_rows = rows
    cdef int64_t[::1] payable = result.payable
    cdef int64_t[::1] discount = result.discount
    cdef int64_t[::1] gap = result.gap
    flat.offsets = &offsets[0]
    flat.members = &members[0]
    flat.coupon_offsets = &coupon_offsets[0]
    flat.row_offsets = &first_rows[0]
    flat.items = &items[0] if len(items) else NULL
    flat.quantities = &quantities[0] if len(quantities) else NULL
    flat.coupons = &coupons[0] if len(coupons) else NULL
    flat.rows = &all_rows[0] if len(all_rows) else NULL
    flat.payable = &payable[0]
    flat.discount = &discount[0]
    flat.gap = &gap[0]
    flat.coupons_n = len(plan._coupon_rows)
    memset(&sheet, 0, sizeof(Sheet))
    memset(&plain, 0, sizeof(Plain))
    try:
        prepare_sheet(plan, &sheet, work_max_n)
        make_lines(&sheet, LINES_LIMIT)
        make_scanned(&sheet, COUPONS_LIMIT + len(rows))
        open_plain(&plain, &sheet)
        sheet.asked.at_ms = batch.at_ms
        sheet.asked.channel = plan.flat.counter
        sheet.asked.tier = NONE
        with nogil:
            refusal = run_all(&plain, &flat, baskets_n, &at)
    finally:
        close_plain(&plain)
        close_sheet(&sheet)
    if refusal:
        raise Refused(
            CODES[refusal], f"basket {at} cannot be priced; its own quote says why", basket=at
        )
    result.plain_n = plain.baskets_n
    return result


cdef int check_offsets(object batch, Py_ssize_t baskets_n) except -1:
    """Broken unless every offset lies within the arrays, in order."""
    for offsets, arrays in (
        (batch.offsets, (batch.items, batch.quantities)),
        (batch.coupon_offsets, (batch.coupons,)),
    ):
        if (
            len(offsets) != baskets_n + 1 or not is_rising(offsets)
            or any(len(one) != offsets[-1] for one in arrays)
        ):
            break_off("batch_arrays_fit")
    if len(batch.members) != baskets_n:
        break_off("batch_arrays_fit")
    return 0


cdef bint is_rising(const int32_t[::1] offsets):
    """Whether they begin at 0 and none is below the one before it."""
    cdef Py_ssize_t i
    if offsets.shape[0] == 0 or offsets[0] != 0:
        return False
    for i in range(1, offsets.shape[0]):
        if offsets[i] < offsets[i - 1]:
            return False
    return True


# Offsets were checked to lie within the arrays.
@cython.overflowcheck(False)
cdef int run_all(
    Plain* plain, const Flat* flat, Py_ssize_t baskets_n, Py_ssize_t* at
) except -1 nogil:
    """Price basket after basket; stops at the first that is refused."""
    cdef Sheet* sheet = plain.sheet
    cdef Sums sums
    cdef int refusal
    for at[0] in range(baskets_n):
        fetch_ahead(sheet, flat, at[0], baskets_n)
        sheet.asked.member = flat.members[at[0]] != 0
        if plain.possible and read_scans(sheet, flat, at[0]) == FINE:
            if sum_plain(plain, flat, at[0]):
                continue
        refusal = read_flat(sheet, flat, at[0])
        if refusal:
            return refusal
        if open_lines(sheet):
            return TOO_LARGE
        if sheet.has_tail:
            touch_tail(sheet)
            if sheet.tail.touched_n:
                tail_prepare(&sheet.tail, 0, NULL, 0)
        if settle(sheet):
            return TOO_MANY_PIECES
        sum_up(sheet, &sums)
        flat.payable[at[0]] = sums.payable
        flat.discount[at[0]] = sums.gross - sums.net
        flat.gap[at[0]] = sheet.gap
    return FINE


@cython.overflowcheck(False)
cdef void fetch_ahead(
    Sheet* sheet, const Flat* flat, Py_ssize_t at, Py_ssize_t baskets_n
) noexcept nogil:
    """Ask for the items of a basket ahead, then their entries, then their rows.

    A large book lies outside the nearer caches; each step waits for the one before it.
    """
    cdef const BookRecord* book = sheet.book
    cdef const ItemRecord* item
    cdef int32_t i, k
    if at + 3 < baskets_n:
        for i in range(flat.offsets[at + 3], flat.offsets[at + 4]):
            if 0 <= flat.items[i] < book.items_n:
                fetch(&book.items[flat.items[i]])
    if at + 2 < baskets_n:
        for i in range(flat.offsets[at + 2], flat.offsets[at + 3]):
            if 0 <= flat.items[i] < book.items_n:
                fetch(&book.entries[book.items[flat.items[i]].first])
    if at + 1 < baskets_n:
        for i in range(flat.offsets[at + 1], flat.offsets[at + 2]):
            if 0 <= flat.items[i] < book.items_n:
                item = &book.items[flat.items[i]]
                for k in range(item.first, item.first + item.entries_n):
                    fetch(&book.rows[row_of(book.entries[k])])


# An item's number is below 2**31 and a place below 512.
@cython.overflowcheck(False)
cdef int read_flat(Sheet* sheet, const Flat* flat, Py_ssize_t at) noexcept nogil:
    cdef int64_t order[LINES_LIMIT]
    cdef int64_t key
    cdef int32_t first = flat.offsets[at]
    cdef int32_t i, k, item
    sheet.lines_n = flat.offsets[at + 1] - first
    if sheet.lines_n > LINES_LIMIT:
        return FULL
    for i in range(<int32_t>sheet.lines_n):
        item = flat.items[first + i]
        if not 0 <= item < sheet.book.items_n:
            return UNKNOWN
        if not 0 < flat.quantities[first + i] <= QUANTITY_LIMIT:
            return WRONG_QUANTITY
        if sheet.book.items[item].open_price:
            return NEEDS_AMOUNT
        key = <int64_t>item * PLACES + i
        k = i
        if sheet.lines_n <= FEW:
            while k > 0 and order[k - 1] > key:
                order[k] = order[k - 1]
                k -= 1
        order[k] = key
    for k in range(<int32_t>sheet.lines_n):
        i = <int32_t>(order[k] & (PLACES - 1))
        write_line(&sheet.lines[k], i, flat.items[first + i], flat.quantities[first + i])
    return read_scans(sheet, flat, at)


@cython.overflowcheck(False)
cdef void write_line(Line* line, int32_t given, int32_t item, int64_t quantity) noexcept nogil:
    line.item = item
    line.quantity = quantity
    line.number = given + 1
    line.given = given
    line.label = line.amount = NONE
    line.manual = 0
    line.overridden = False


@cython.overflowcheck(False)
cdef int read_scans(Sheet* sheet, const Flat* flat, Py_ssize_t at) noexcept nogil:
    """Count the scans of each coupon; their basket rows in order of rank."""
    cdef int32_t i, k, coupon
    cdef Py_ssize_t place
    sheet.scans_n = sheet.scanned_n = 0
    if flat.coupon_offsets[at + 1] - flat.coupon_offsets[at] > COUPONS_LIMIT:
        return FULL
    for i in range(flat.coupon_offsets[at], flat.coupon_offsets[at + 1]):
        coupon = flat.coupons[i]
        if not 0 <= coupon < flat.coupons_n:
            return UNKNOWN
        for place in range(sheet.scans_n):
            if sheet.scans[place].coupon == coupon:
                sheet.scans[place].scans_n += 1
                break
        else:
            sheet.scans[sheet.scans_n].coupon = coupon
            sheet.scans[sheet.scans_n].scans_n = 1
            sheet.scans_n += 1
            for k in range(flat.row_offsets[coupon], flat.row_offsets[coupon + 1]):
                place = sheet.scanned_n
                while place > 0 and sheet.scanned[place - 1] > flat.rows[k]:
                    sheet.scanned[place] = sheet.scanned[place - 1]
                    place -= 1
                sheet.scanned[place] = flat.rows[k]
                sheet.scanned_n += 1
    return FINE
