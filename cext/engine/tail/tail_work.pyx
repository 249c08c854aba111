"""A basket laid out for the tail: its rows, and for each the lines it sees and bears on.

Done once for a basket, so that the sums can be made a thousand times without asking for memory.
Rows are at most 2**26, lines 500 and scans 2**30: no count here and no size in bytes overflows.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport bsearch, calloc, free, malloc, qsort
from libc.string cimport memset

from cext.engine.rounding cimport Share
from cext.engine.tail.tail_plan cimport (
    BEARS,
    FLAGS,
    NOT_BEARS,
    NOT_SEEN,
    SEEN,
    UNIT_PRICE,
    TailBook,
    TailRow,
)

cdef enum:
    NO_SLOT = -1
    NO_ITEM = -1
    FEW_ROWS = 32

cdef int64_t UNBOUNDED = 2**62
cdef int64_t PLENTY = 2**63 - 1  # of a gift whose stock nobody knows: more than any sum asks for


@cython.overflowcheck(False)
cdef int tail_open(TailWork* work, const TailBook* book) except -1 nogil:
    """An empty `work` for baskets of `book`, which must outlive it; end it with `tail_close`."""
    cdef size_t rows_n = <size_t>book.rows_n + 1
    memset(work, 0, sizeof(TailWork))
    work.book = book
    work.touched = <TailTouched*>malloc(rows_n * sizeof(TailTouched))
    work.place = <int32_t*>calloc(rows_n, sizeof(int32_t))
    work.order = <int32_t*>malloc(rows_n * sizeof(int32_t))
    if work.touched == NULL or work.place == NULL or work.order == NULL:
        tail_close(work)
        with gil:
            raise MemoryError
    return 0


cdef void tail_close(TailWork* work) noexcept nogil:
    """Give back what a `tail_open` took; a zeroed `work` is left alone."""
    free(work.touched)
    free(work.place)
    free(work.order)
    free(work.room)
    memset(work, 0, sizeof(TailWork))


@cython.overflowcheck(False)
cdef int tail_touch(
    TailWork* work,
    const TailLine* lines,
    Py_ssize_t lines_n,
    const int32_t* scanned,
    Py_ssize_t scanned_n,
) except -1 nogil:
    """Find the rows of a basket; `lines` must stay until its last run."""
    cdef const TailBook* book = work.book
    cdef Py_ssize_t i, count = 0
    cdef int32_t k, at
    cdef bint goods = False
    cdef TailTouched* touched
    for i in range(work.touched_n):
        work.place[work.touched[i].at] = 0
    work.lines = lines
    work.lines_n = lines_n
    for i in range(lines_n):
        goods |= book.is_goods[lines[i].item]
        if book.entries_n == 0:
            continue
        for k in range(book.first[lines[i].item], book.first[lines[i].item + 1]):
            at = book.entries[k] >> 4
            if book.entries[k] & (SEEN | BEARS) and not book.rows[at].by_coupon:
                count += mark_row(work, at, count)
    for k in range(book.goods_rows_n if lines_n else 0):
        if goods or book.rows[book.goods_rows[k]].all_seen:
            count += mark_row(work, book.goods_rows[k], count)
    for i in range(scanned_n):
        at = find_row(book, scanned[i])
        if at >= 0:
            count += mark_row(work, at, count)
    sort_rows(work.order, count)
    for i in range(count):
        touched = &work.touched[i]
        touched.at = work.order[i]
        touched.row = book.rows[touched.at].number
        touched.uses_max = UNBOUNDED
        touched.scans = 0
        touched.slot = NO_SLOT
        touched.closed = TAIL_OPEN
        work.place[touched.at] = <int32_t>i + 1
    work.touched_n = count
    return 0


@cython.overflowcheck(False)
cdef int mark_row(TailWork* work, int32_t at, Py_ssize_t count) noexcept nogil:
    """Put a row into `order` unless it is there; how many that made."""
    if work.place[at]:
        return 0
    work.place[at] = 1
    work.order[count] = at
    return 1


@cython.overflowcheck(False)
cdef void sort_rows(int32_t* rows, Py_ssize_t rows_n) noexcept nogil:
    """By insertion where there are few: most come in order."""
    cdef Py_ssize_t i, k
    cdef int32_t row
    if rows_n > FEW_ROWS:
        qsort(rows, rows_n, sizeof(int32_t), compare_numbers)
        return
    for i in range(1, rows_n):
        row = rows[i]
        k = i
        while k > 0 and rows[k - 1] > row:
            rows[k] = rows[k - 1]
            k -= 1
        rows[k] = row


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int32_t find_row(const TailBook* book, int32_t number) noexcept nogil:
    """The record with the caller's number, or -1."""
    cdef int32_t low = 0, high = book.rows_n, middle
    while low < high:
        middle = (low + high) // 2
        if book.rows[middle].number < number:
            low = middle + 1
        else:
            high = middle
    return low if low < book.rows_n and book.rows[low].number == number else -1


cdef int compare_numbers(const void* left, const void* right) noexcept nogil:
    cdef int32_t a = (<const int32_t*>left)[0], b = (<const int32_t*>right)[0]
    if a == b:
        return 0
    return -1 if a < b else 1


@cython.overflowcheck(False)
cdef int tail_prepare(
    TailWork* work, int64_t points_max, const TailStock* stock, Py_ssize_t stock_n
) except -1 nogil:
    """Lay out the open rows for runs, with at most `points_max` points to spend."""
    cdef Room need
    cdef Py_ssize_t i
    cdef TailTouched* touched
    cdef const TailRow* row
    memset(&need, 0, sizeof(Room))
    need.lines_n = work.lines_n
    need.touched_n = work.touched_n
    work.points_max = points_max
    for i in range(work.touched_n):
        touched = &work.touched[i]
        touched.slot = NO_SLOT
        if touched.closed == TAIL_OPEN and touched.uses_max <= 0:
            touched.closed = TAIL_LIMIT_REACHED
        if touched.closed == TAIL_OPEN:
            need.slots_n += 1
            row = &work.book.rows[touched.at]
            if row.gift:
                need.gifts_n += max(1, touched.scans)
                need.steps_n += row.steps_n
    make_room(work, &need)
    mark_lines(work)
    make_rivals(work, stock, stock_n)
    return 0


cdef int make_room(TailWork* work, const Room* need) except -1 nogil:
    """Cut the room anew unless all of this basket fits into what an earlier one needed."""
    cdef Room* room = &work.cut
    cdef size_t size
    if (
        work.room != NULL and need.lines_n <= room.lines_n and need.slots_n <= room.slots_n
        and need.touched_n <= room.touched_n and need.gifts_n <= room.gifts_n
        and need.steps_n <= room.steps_n
    ):
        return 0
    room.lines_n = max(room.lines_n, need.lines_n)
    room.slots_n = max(room.slots_n, need.slots_n)
    room.touched_n = max(room.touched_n, need.touched_n)
    room.gifts_n = max(room.gifts_n, need.gifts_n)
    room.steps_n = max(room.steps_n, need.steps_n)
    free(work.room)
    work.room = NULL
    size = cut_room(work)
    work.room = <char*>malloc(size)
    if work.room == NULL:
        with gil:
            raise MemoryError
    cut_room(work)
    return 0


@cython.overflowcheck(False)
cdef size_t cut_room(TailWork* work) noexcept nogil:
    """One block for everything; its size. Most is only touched where a basket needs it."""
    cdef size_t lines_n = <size_t>work.cut.lines_n + 1, rows_n = <size_t>work.cut.slots_n + 1
    cdef size_t cells_n = lines_n * rows_n, touched_n = <size_t>work.cut.touched_n + 1, at = 0
    cdef char* room = work.room
    work.slots = <TailSlot*>cut(room, &at, rows_n * sizeof(TailSlot))
    work.rivals = <TailRival*>cut(room, &at, rows_n * sizeof(TailRival))
    work.takings = <TailTaking*>cut(room, &at, cells_n * sizeof(TailTaking))
    work.losses = <TailLoss*>cut(room, &at, touched_n * sizeof(TailLoss))
    work.uses = <TailUse*>cut(room, &at, rows_n * sizeof(TailUse))
    work.gifts = <TailGift*>cut(room, &at, (work.cut.gifts_n + 1) * sizeof(TailGift))
    work.lefts_n = <int64_t*>cut(room, &at, (work.cut.steps_n + 1) * sizeof(int64_t))
    work.members = <int32_t*>cut(room, &at, 2 * cells_n * sizeof(int32_t))
    work.goods = <int32_t*>cut(room, &at, lines_n * sizeof(int32_t))
    work.group_best = <int32_t*>cut(room, &at, (work.book.groups_n + 1) * sizeof(int32_t))
    work.now = <int64_t*>cut(room, &at, lines_n * sizeof(int64_t))
    work.spread = <int64_t*>cut(room, &at, lines_n * sizeof(int64_t))
    work.alone = <int64_t*>cut(room, &at, lines_n * sizeof(int64_t))
    work.weights = <int64_t*>cut(room, &at, lines_n * sizeof(int64_t))
    work.lumps = <int64_t*>cut(room, &at, lines_n * sizeof(int64_t))
    work.parts = <int64_t*>cut(room, &at, lines_n * sizeof(int64_t))
    work.counts = <int64_t*>cut(room, &at, lines_n * sizeof(int64_t))
    work.shares = <Share*>cut(room, &at, lines_n * sizeof(Share))
    work.taken = <int64_t*>cut(room, &at, cells_n * sizeof(int64_t))
    work.took = <int64_t*>cut(room, &at, cells_n * sizeof(int64_t))
    work.marks = cut(room, &at, lines_n * touched_n)
    return at


@cython.overflowcheck(False)
cdef char* cut(char* room, size_t* at, size_t size) noexcept nogil:
    """The next piece of `room`, aligned; with room NULL only its place is counted."""
    cdef size_t start = at[0]
    at[0] = start + ((size + 15) & ~<size_t>15)
    return room + start if room != NULL else NULL


@cython.overflowcheck(False)
cdef void make_rivals(
    TailWork* work, const TailStock* stock, Py_ssize_t stock_n
) noexcept nogil:
    """A slot for each open row that sees a line, and a rival for each offer, stage by stage."""
    cdef Py_ssize_t i
    cdef int32_t stage, slots_n = 0, rivals_n = 0, last, stages = 0
    cdef TailTouched* touched
    cdef TailSlot* slot
    cdef const TailRow* row
    cdef int64_t* lefts_n = work.lefts_n
    for i in range(work.touched_n):
        stages |= 1 << work.book.rows[work.touched[i].at].stage
    for stage in range(STAGES_N):
        work.stages[stage] = rivals_n
        last = -1
        if not stages >> stage & 1:
            continue
        for i in range(work.touched_n):
            touched = &work.touched[i]
            row = &work.book.rows[touched.at]
            if row.stage != stage or touched.closed != TAIL_OPEN:
                continue
            slot = &work.slots[slots_n]
            slot.row = row
            slot.uses_max = touched.uses_max
            slot.seen = work.members + 2 * slots_n * work.lines_n
            fill_slot(work, slot, work.marks + i * work.lines_n)
            if slot.seen_n == 0:
                continue
            if row.gift:
                slot.lefts_n = lefts_n
                lefts_n += row.steps_n
                count_gifts(work, slot, stock, stock_n)
            touched.slot = slots_n
            slots_n += 1
            if row.offer == last:
                work.rivals[rivals_n - 1].slots_n += 1
                work.rivals[rivals_n - 1].once = False
                continue
            last = row.offer
            work.rivals[rivals_n].slots = slot
            work.rivals[rivals_n].slots_n = 1
            work.rivals[rivals_n].scans = max(1, touched.scans)
            work.rivals[rivals_n].once = touched.scans <= 1 and row.pieces_n == 0
            rivals_n += 1
    work.stages[STAGES_N] = rivals_n
    work.slots_n = slots_n
    fold(work)


@cython.overflowcheck(False)
cdef void fold(TailWork* work) noexcept nogil:
    """Let all rows see one line that stands for all goods, where every row sees all of them.

    What is shared out over all goods and seen by all rows together changes only their sum.
    """
    cdef int32_t i
    cdef TailSlot* slot
    work.folded = False
    for i in range(work.slots_n):
        if work.slots[i].seen != work.goods or work.slots[i].bears != work.goods:
            return
    work.folded = work.slots_n > 0
    for i in range(work.slots_n):
        slot = &work.slots[i]
        slot.seen = slot.bears = &work.zero
        slot.seen_n = slot.bears_n = 1


# Stock is below 2**30 an item.
@cython.overflowcheck(False)
cdef void count_gifts(
    const TailWork* work, TailSlot* slot, const TailStock* stock, Py_ssize_t stock_n
) noexcept nogil:
    """How many pieces of all its items together a gift row may offer at the price of each step."""
    cdef const TailRow* row = slot.row
    cdef const TailStock* known
    cdef int64_t price, left_n
    cdef int32_t k, i
    for k in range(row.steps_n):
        price = row.steps[k].value if row.benefit == UNIT_PRICE else 0
        left_n = NONE_OFFERED
        for i in range(row.gifts_n):
            if price and work.price_piece != NULL:
                if work.price_piece(work.asker, row.gifts[i]) <= price:
                    continue
            known = NULL
            if stock_n:
                # The item is the first field: a stock compares like a number.
                known = <const TailStock*>bsearch(
                    &row.gifts[i], stock, stock_n, sizeof(TailStock), compare_numbers
                )
            if known == NULL:
                left_n = PLENTY
                break
            left_n = max(left_n, <int64_t>0) + known.left_n
        slot.lefts_n[k] = left_n


cdef bint is_plain(const TailRow* row) noexcept nogil:
    """All goods see it and bear it: it needs no list of its own."""
    return row.all_seen and row.all_bear and not row.seen_has_but and not row.bears_has_but


# Quantities are below 2**30 and amounts below 2**37 each, 500 at most, here and further down.
@cython.overflowcheck(False)
cdef void mark_lines(TailWork* work) noexcept nogil:
    """Note for each open row and line what the line's item is to it."""
    cdef Py_ssize_t i
    cdef int32_t k, place, before = NO_ITEM
    cdef const TailBook* book = work.book
    work.goods_n = 0
    work.goods_quantity = work.goods_gross = 0
    work.doubled = False
    for i in range(work.touched_n):
        if work.touched[i].closed == TAIL_OPEN and not is_plain(&book.rows[work.touched[i].at]):
            memset(work.marks + i * work.lines_n, 0, work.lines_n)
    for i in range(work.lines_n):
        work.doubled |= work.lines[i].item == before
        before = work.lines[i].item
        if book.is_goods[work.lines[i].item]:
            work.goods[work.goods_n] = <int32_t>i
            work.goods_n += 1
            work.goods_quantity += work.lines[i].quantity
            work.goods_gross += work.lines[i].gross
        if book.entries_n == 0:
            continue
        for k in range(book.first[work.lines[i].item], book.first[work.lines[i].item + 1]):
            place = work.place[book.entries[k] >> 4]
            if place:
                work.marks[(place - 1) * work.lines_n + i] |= book.entries[k] & (FLAGS - 1)


@cython.overflowcheck(False)
cdef void fill_slot(TailWork* work, TailSlot* slot, const char* marks) noexcept nogil:
    """The lines that a row sees and bears on, and what of their sums no run changes."""
    cdef const TailRow* row = slot.row
    cdef Py_ssize_t i
    slot.used = slot.missing_minor = slot.missing_n = slot.why = 0
    if is_plain(row) and not row.pieces_n:
        slot.seen = slot.bears = work.goods
        slot.seen_n = slot.bears_n = work.goods_n
        slot.bearing = True
        slot.quantity = work.goods_quantity
        slot.gross = work.goods_gross
        return
    slot.bears = slot.seen + work.lines_n
    slot.quantity = slot.gross = slot.seen_n = slot.bears_n = 0
    slot.bearing = False
    find_members(work, slot, marks)
    for i in range(slot.seen_n):
        slot.quantity += work.lines[slot.seen[i]].quantity
        slot.gross += work.lines[slot.seen[i]].gross


@cython.overflowcheck(False)
cdef void find_members(TailWork* work, TailSlot* slot, const char* marks) noexcept nogil:
    cdef const TailRow* row = slot.row
    cdef Py_ssize_t i
    cdef char mark
    for i in range(work.lines_n):
        mark = work.book.is_goods[work.lines[i].item] * FLAGS
        if not is_plain(row):
            mark |= marks[i]
        if mark & (FLAGS | NOT_SEEN) == FLAGS if row.all_seen else mark & SEEN != 0:
            slot.seen[slot.seen_n] = <int32_t>i
            slot.seen_n += 1
        if mark & (FLAGS | NOT_BEARS) == FLAGS if row.all_bear else mark & BEARS != 0:
            slot.bearing = True
            if work.lines[i].pieces or not row.pieces_n:
                slot.bears[slot.bears_n] = <int32_t>i
                slot.bears_n += 1
