"""The working room of one basket. It grows to the largest basket it has seen and is kept."""

cimport cython
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcpy, memset

from cext.engine.pricing.plan cimport NONE, BookRecord
from cext.engine.tail.tail_work cimport TailLine, tail_close

cdef enum:
    FEW = 24  # up to so many lines, moving them one by one is quicker than merging


@cython.overflowcheck(False)
cdef int open_sheet(Sheet* sheet, const BookRecord* book) except -1 nogil:
    """An empty sheet for baskets of one book; the caller opens its tail."""
    memset(sheet, 0, sizeof(Sheet))
    sheet.book = book
    sheet.offer_place = <int32_t*>calloc(book.offers_n + 1, sizeof(int32_t))
    sheet.row_place = <int32_t*>calloc(book.rows_n + 1, sizeof(int32_t))
    if sheet.offer_place == NULL or sheet.row_place == NULL:
        with gil:
            raise MemoryError
    return 0


cdef void close_sheet(Sheet* sheet) noexcept nogil:
    """Give everything back; a sheet that was never opened, or only half, is no matter."""
    if sheet.has_tail:
        tail_close(&sheet.tail)
    free(sheet.lines)
    free(sheet.sorting)
    free(sheet.cands)
    free(sheet.deals)
    free(sheet.ranked)
    free(sheet.members)
    free(sheet.touched)
    free(sheet.takings)
    free(sheet.deal_takings)
    free(sheet.losses)
    free(sheet.uses)
    free(sheet.pieces)
    free(sheet.turns)
    free(sheet.lefts)
    free(sheet.bases)
    free(sheet.weights)
    free(sheet.parts)
    free(sheet.tail_lines)
    free(sheet.scanned)
    free(sheet.scans)
    free(sheet.caps)
    free(sheet.offer_place)
    free(sheet.row_place)
    free(sheet.room)
    free(sheet.arena.bytes)
    memset(sheet, 0, sizeof(Sheet))


@cython.overflowcheck(False)
cdef int grow(void** block, Py_ssize_t count, size_t size) except -1 nogil:
    room = realloc(block[0], (count + 1) * size)
    if room == NULL:
        with gil:
            raise MemoryError
    block[0] = room
    return 0


@cython.overflowcheck(False)
cdef int make_lines(Sheet* sheet, Py_ssize_t lines_n) except -1 nogil:
    """Room for so many lines, and everything there is one of for each."""
    if lines_n <= sheet.lines_max and sheet.lines != NULL:
        return 0
    lines_n = max(lines_n, 2 * sheet.lines_max, 16)
    grow(<void**>&sheet.lines, lines_n, sizeof(Line))
    grow(<void**>&sheet.sorting, lines_n, sizeof(Line))
    grow(<void**>&sheet.lefts, lines_n, sizeof(int64_t))
    grow(<void**>&sheet.bases, lines_n, sizeof(int64_t))
    grow(<void**>&sheet.weights, lines_n, sizeof(int64_t))
    grow(<void**>&sheet.parts, lines_n, sizeof(int64_t))
    grow(<void**>&sheet.tail_lines, lines_n, sizeof(TailLine))
    sheet.lines_max = lines_n
    sheet.entries_max = 0  # takings and losses are counted from both
    return 0


@cython.overflowcheck(False)
cdef int make_entries(Sheet* sheet, Py_ssize_t entries_n) except -1 nogil:
    """Room for so many (line, row) pairs, after `make_lines`.

    A line is taken from by hand once, and by each of its rows once as an item price or as a deal.
    A pair is lost once at most, and so is each of the deals and offers, of which there are no more.
    """
    if entries_n <= sheet.entries_max and sheet.cands != NULL and sheet.entries_max:
        return 0
    entries_n = max(entries_n, 2 * sheet.entries_max, 64)
    grow(<void**>&sheet.cands, entries_n, sizeof(Cand))
    grow(<void**>&sheet.deals, entries_n, sizeof(Deal))
    grow(<void**>&sheet.ranked, entries_n, sizeof(int32_t))
    grow(<void**>&sheet.members, entries_n, sizeof(Member))
    grow(<void**>&sheet.touched, entries_n, sizeof(Touched))
    grow(<void**>&sheet.takings, 2 * entries_n + sheet.lines_max, sizeof(Taking))
    grow(<void**>&sheet.deal_takings, entries_n, sizeof(Taking))
    make_losses(sheet, 3 * entries_n)
    grow(<void**>&sheet.uses, entries_n, sizeof(Used))
    grow(<void**>&sheet.pieces, entries_n, sizeof(Piece))
    grow(<void**>&sheet.turns, entries_n, sizeof(int64_t))
    sheet.entries_max = entries_n
    return 0


@cython.overflowcheck(False)
cdef int make_losses(Sheet* sheet, Py_ssize_t losses_n) except -1 nogil:
    """Room for so many losses; those written down stay."""
    if losses_n > sheet.losses_max:
        losses_n = max(losses_n, 2 * sheet.losses_max)
        grow(<void**>&sheet.losses, losses_n, sizeof(Lost))
        sheet.losses_max = losses_n
    return 0


@cython.overflowcheck(False)
cdef int make_scanned(Sheet* sheet, Py_ssize_t scanned_n) except -1 nogil:
    """Room for so many scanned coupons and basket rows of theirs."""
    if scanned_n <= sheet.scanned_max and sheet.scanned != NULL:
        return 0
    scanned_n = max(scanned_n, 2 * sheet.scanned_max, 16)
    grow(<void**>&sheet.scanned, scanned_n, sizeof(int32_t))
    grow(<void**>&sheet.scans, scanned_n, sizeof(Scan))
    sheet.scanned_max = scanned_n
    return 0


cdef int make_caps(Sheet* sheet, Py_ssize_t caps_n) except -1 nogil:
    """Room for what is left of so many offers."""
    if caps_n > sheet.caps_max:
        grow(<void**>&sheet.caps, caps_n, sizeof(Cap))
        sheet.caps_max = caps_n
    return 0


cdef int make_room(Sheet* sheet, Py_ssize_t size_n) except -1 nogil:
    """Room for the problem of one pass; what was in it is gone."""
    if size_n > sheet.room_n:
        grow(<void**>&sheet.room, size_n, 1)
        sheet.room_n = size_n
    return 0


# At most LINES_LIMIT lines.
@cython.overflowcheck(False)
cdef void sort_lines(Sheet* sheet) noexcept nogil:
    """Bring the lines into canonical order: one by one where they are few, else by merging."""
    cdef Py_ssize_t i, k, width, n = sheet.lines_n
    cdef Line* lines = sheet.lines
    cdef Line held
    if n <= FEW:
        for i in range(1, n):
            if not is_before(&lines[i], &lines[i - 1]):
                continue
            held = lines[i]
            k = i
            while k > 0 and is_before(&held, &lines[k - 1]):
                lines[k] = lines[k - 1]
                k -= 1
            lines[k] = held
        return
    width = 1
    while width < n:
        i = 0
        while i < n:
            merge(lines, sheet.sorting, i, min(i + width, n), min(i + 2 * width, n))
            i += 2 * width
        memcpy(lines, sheet.sorting, n * sizeof(Line))
        width *= 2


@cython.overflowcheck(False)
cdef void merge(
    Line* lines, Line* merged, Py_ssize_t first, Py_ssize_t middle, Py_ssize_t last
) noexcept nogil:
    cdef Py_ssize_t left = first, right = middle, at = first
    while at < last:
        if left < middle and (right >= last or not is_before(&lines[right], &lines[left])):
            merged[at] = lines[left]
            left += 1
        else:
            merged[at] = lines[right]
            right += 1
        at += 1


cdef bint is_before(const Line* one, const Line* other) noexcept nogil:
    if one.item != other.item:
        return one.item < other.item
    if one.label != other.label:
        return one.label < other.label
    if one.quantity != other.quantity:
        return one.quantity < other.quantity
    if one.overridden != other.overridden:
        return other.overridden
    if one.amount != other.amount:
        return one.amount < other.amount
    if one.manual != other.manual:
        return one.manual < other.manual
    return one.number < other.number
