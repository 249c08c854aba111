"""The rows of a book that follow from a sum, compiled flat.

One record a row, its steps side by side, and for each item the rows that see it, bear on it or
leave it out. A basket finds its rows through its items and never walks the book's.
"""

from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.stdint cimport int32_t, int64_t

from array import array

from cext.engine.packed cimport ItemView, PackedItems
from cext.engine.rounding cimport take_int

from cext.errors import Refused, must

STEPS_MAX_N = 16
PIECES_MAX_N = 100_000  # of one use: with as many uses as a basket has cents it still fits 63 bits

cdef int64_t AMOUNT_LIMIT = 100_000_000_000
cdef int64_t SUM_LIMIT = 100_000_000_000_000
cdef int64_t COUNT_LIMIT = 1_000_000_000
cdef int64_t ROWS_LIMIT = 2**26
cdef int64_t PRIORITY_LIMIT = 1_000_000
cdef int64_t MILLION = 1_000_000
cdef tuple STAGE_NAMES = ("reward", "threshold", "coupon", "points", "delivery")
cdef tuple BENEFIT_NAMES = ("amount", "rate", "unit_price", "points")
cdef tuple CONFLICT_NAMES = ("exclusive", "best", "stack")


cdef class TailPlan:
    """Compiled from (number, BasketRow, Offer), in rank order; `index` gives an item's position.

    The rows of an offer stand together and the numbers rise. Refused("offer_invalid") says which
    offer, and why.
    """

    def __cinit__(self, rows, index, items):
        cdef Py_ssize_t rows_n = len(rows), items_n = len(items), i, total = 0
        take_int(rows_n, 0, ROWS_LIMIT, "rows")
        for _, row, offer in rows:
            check_row(row, offer)
            total += len(row.steps)
        self.book.rows_n = <int32_t>rows_n
        self.book.items_n = <int32_t>items_n
        self.book.rows = <TailRow*>reserve(rows_n, sizeof(TailRow))
        self.book.steps = <TailStep*>reserve(total, sizeof(TailStep))
        self.book.is_goods = <char*>reserve(items_n, sizeof(char))
        if rows_n:
            mark_goods(&self.book, items)
        fill_rows(&self.book, rows)
        fill_gifts(&self.book, rows, index)
        fill_entries(&self.book, rows, index)

    def __dealloc__(self):
        PyMem_Free(self.book.rows)
        PyMem_Free(self.book.steps)
        PyMem_Free(self.book.gifts)
        PyMem_Free(self.book.first)
        PyMem_Free(self.book.entries)
        PyMem_Free(self.book.goods_rows)
        PyMem_Free(self.book.is_goods)


cdef int mark_goods(TailBook* book, object items) except -1:
    cdef ItemView view
    cdef Py_ssize_t i
    cdef PackedItems packed = items if type(items) is PackedItems else None
    for i in range(book.items_n):
        if packed is not None and packed.view(i, &view):
            book.is_goods[i] = view.is_goods
        else:
            book.is_goods[i] = items[i].role == "goods"
    return 0


cdef void* reserve(Py_ssize_t records_n, size_t size) except NULL:
    cdef void* room = PyMem_Calloc(records_n + 1, size)
    if room == NULL:
        raise MemoryError
    return room


cdef int check_row(object row, object offer) except -1:
    """Refused for what has no meaning; the numbers' bounds keep every sum within 63 bits."""
    def refuse(why):
        raise Refused("offer_invalid", f"offer {offer.offer!r}: {why}", offer=offer.offer)

    try:
        for step in row.steps:
            take_int(step.min_minor, 0, SUM_LIMIT, "minimum")
            take_int(step.min_quantity, 0, SUM_LIMIT, "minimum")
            take_int(step.value, 0, MILLION if row.benefit == "rate" else AMOUNT_LIMIT, "value")
        take_int(row.pieces_n, 0, PIECES_MAX_N, "pieces")
        take_int(row.points_n, 0, COUNT_LIMIT, "points")
        take_int(row.cap_minor, 0, AMOUNT_LIMIT, "cap")
        take_int(row.cap_ppm, 0, MILLION, "cap")
        take_int(row.instead_minor, 0, AMOUNT_LIMIT, "amount")
        take_int(offer.priority, -PRIORITY_LIMIT, PRIORITY_LIMIT, "priority")
    except Refused as exc:
        refuse(exc.detail)
    if not 1 <= len(row.steps) <= STEPS_MAX_N:
        refuse(f"give 1 to {STEPS_MAX_N} steps")
    if row.repeat and (len(row.steps) > 1 or not (row.steps[0].min_minor or
                                                  row.steps[0].min_quantity)):
        refuse("what repeats has one step, and a minimum")
    if row.benefit == "points" and not (row.points_n and all(step.value for step in row.steps)):
        refuse("say what how many points are worth")
    if row.benefit == "unit_price" and not row.pieces_n:
        refuse("a price for a piece needs a number of pieces")
    if row.pieces_n and (row.cap_minor or row.cap_ppm < MILLION or row.benefit == "points"):
        refuse("a benefit for pieces has no cap, and is not paid in points")
    if row.gift and (row.bears is None or not row.pieces_n):
        refuse("a gift needs items and a number of pieces")
    if row.instead_minor and not row.gift:
        refuse("only a gift can be replaced by an amount")
    return 0


cdef int fill_rows(TailBook* book, object rows) except -1:
    cdef dict offers = {}, groups = {}
    cdef TailRow* record
    cdef TailStep* steps = book.steps
    cdef Py_ssize_t i
    cdef int64_t before = -1
    for i, (number, row, offer) in enumerate(rows):
        record = &book.rows[i]
        must(number > before and (offer.offer not in offers or offers[offer.offer] ==
                                  book.rows[i - 1].offer), "rows_in_rank_order", number=number)
        before = number
        record.number = <int32_t>take_int(number, 0, 2**31 - 1, "row")
        record.offer = offers.setdefault(offer.offer, len(offers))
        record.stage = STAGE_NAMES.index(row.stage)
        record.benefit = BENEFIT_NAMES.index(row.benefit)
        record.conflict = CONFLICT_NAMES.index(offer.conflict)
        # All thresholds without a group compete; what else has none competes with nobody.
        if offer.group or row.stage == "threshold":
            key = (row.stage, offer.group)
            record.group = groups.setdefault(key, len(groups) + 1)
        record.priority = offer.priority
        record.points_n = row.points_n
        record.cap_minor = row.cap_minor
        record.cap_ppm = row.cap_ppm
        record.instead_minor = row.instead_minor
        record.pieces_n = row.pieces_n
        record.all_seen = row.seen is None
        record.all_bear = row.bears is None
        record.seen_has_but = bool(row.seen_but)
        record.bears_has_but = bool(row.bears_but)
        record.before = row.sees == "before"
        record.repeat = row.repeat
        record.fair = row.fair
        record.gift = row.gift
        record.by_coupon = offer.when.coupon != ""
        record.steps = steps
        record.steps_n = len(row.steps)
        for step in row.steps:
            steps.min_minor = step.min_minor
            steps.min_quantity = step.min_quantity
            steps.value = step.value
            steps += 1
    book.groups_n = len(groups)
    return 0


cdef int fill_gifts(TailBook* book, object rows, dict index) except -1:
    """The items of each gift side by side, to ask whether any of them is there."""
    cdef Py_ssize_t i, total = 0
    cdef int32_t* gift
    for _, row, _ in rows:
        total += len(row.bears) if row.gift else 0
    book.gifts = gift = <int32_t*>reserve(total, sizeof(int32_t))
    for i, (_, row, _) in enumerate(rows):
        if row.gift:
            book.rows[i].gifts = gift
            book.rows[i].gifts_n = len(row.bears)
            for item in row.bears:
                gift[0] = index[item]
                gift += 1
    return 0


cdef int fill_entries(TailBook* book, object rows, dict index) except -1:
    """What each item means to which rows, by item (a counting sort)."""
    cdef Py_ssize_t i
    cdef int32_t item, total = 0, count
    cdef int[::1] pairs
    targets = array("i")  # item, entry, item, entry, …
    everywhere = array("i")
    for i, (_, row, _) in enumerate(rows):
        if (row.seen is None or row.bears is None) and not book.rows[i].by_coupon:
            everywhere.append(i)
        if row.seen is not None and row.seen == row.bears:
            note(targets, row.seen, index, <int32_t>i * FLAGS + SEEN + BEARS)
        else:
            note(targets, row.seen or (), index, <int32_t>i * FLAGS + SEEN)
            note(targets, row.bears or (), index, <int32_t>i * FLAGS + BEARS)
        note(targets, row.seen_but, index, <int32_t>i * FLAGS + NOT_SEEN)
        note(targets, row.bears_but, index, <int32_t>i * FLAGS + NOT_BEARS)
    book.goods_rows_n = <int32_t>len(everywhere)
    book.goods_rows = <int32_t*>reserve(len(everywhere), sizeof(int32_t))
    for i in range(len(everywhere)):
        book.goods_rows[i] = everywhere[i]
    book.first = <int32_t*>reserve(book.items_n + 1, sizeof(int32_t))
    book.entries = <int32_t*>reserve(len(targets) // 2, sizeof(int32_t))
    book.entries_n = <int32_t>(len(targets) // 2)
    if not len(targets):
        return 0
    pairs = targets
    for i in range(0, pairs.shape[0], 2):
        book.first[pairs[i]] += 1
    for item in range(book.items_n + 1):
        count = book.first[item]
        book.first[item] = total
        total += count
    for i in range(0, pairs.shape[0], 2):
        book.entries[book.first[pairs[i]]] = pairs[i + 1]
        book.first[pairs[i]] += 1
    # Each start has moved on to the next item's: one place back they are right again.
    for item in range(book.items_n, 0, -1):
        book.first[item] = book.first[item - 1]
    book.first[0] = 0
    return 0


cdef int note(object targets, tuple items, dict index, int32_t entry) except -1:
    for item in items:
        targets.append(index[item])
        targets.append(entry)
    return 0
