"""From the lines of a basket to what competes for them: prices in force, open rows, deals.

Only the rows of the basket's own items are looked at, however many offers the book has.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t

from cext.engine.memory cimport fetch
from cext.engine.pricing.plan cimport (
    A_CARD,
    DEAL_ROW,
    ITEM_ROW,
    MORE,
    NONE,
    SLOTS_LIMIT,
    BookRecord,
    ItemRecord,
    OfferRecord,
    PriceRecord,
    RowRecord,
    WhenRecord,
    row_of,
)
from cext.engine.pricing.sheet cimport (
    IS_OPEN,
    IS_SHUT,
    IS_SILENT,
    IS_USED_UP,
    WHY_LIMIT_REACHED,
    WHY_NOT_APPLICABLE,
    WHY_OVERRIDDEN,
    Asked,
    Deal,
    Line,
    Member,
    Sheet,
    Taking,
    Touched,
    lose,
    make_entries,
    sort_lines,
)

cdef enum:
    MINUTE_MS = 60_000
    MINUTES = 1440
    EPOCH_DAY = 3  # 1970-01-01 was a Thursday, days counted from Monday as 0

cdef int64_t NO_LIMIT = 1_000_000_000


@cython.overflowcheck(False)
cdef int open_lines(Sheet* sheet) except -2 nogil:
    """Everything before the first sum of an offer; 1 when a line is beyond all reason."""
    cdef Py_ssize_t i, entries_n
    cdef Line* line
    sheet.cands_n = sheet.deals_n = sheet.members_n = sheet.touched_n = 0
    sheet.takings_n = sheet.deal_takings_n = sheet.losses_n = sheet.uses_n = 0
    sheet.pieces_n = sheet.turns_n = 0
    sheet.gap = 0
    sheet.proven = True
    sort_lines(sheet)
    entries_n = fetch_rows(sheet)
    make_entries(sheet, entries_n)
    for i in range(sheet.lines_n):
        line = &sheet.lines[i]
        if price_line(sheet, line):
            return 1
        if line.manual:
            take_by_hand(sheet, <int32_t>i)
        if sheet.book.items[line.item].entries_n:
            open_rows(sheet, <int32_t>i)
    return 0


@cython.overflowcheck(False)
cdef Py_ssize_t fetch_rows(Sheet* sheet) noexcept nogil:
    """Count the entries of all lines, and ask for them and their rows all at once.

    A large book lies outside the nearer caches: one after the other each line would wait twice.
    """
    cdef const BookRecord* book = sheet.book
    cdef const ItemRecord* item
    cdef Py_ssize_t i, entries_n = 0
    cdef int32_t k
    for i in range(sheet.lines_n):
        item = &book.items[sheet.lines[i].item]
        entries_n += item.entries_n
        fetch(&book.entries[item.first])
    for i in range(sheet.lines_n):
        item = &book.items[sheet.lines[i].item]
        for k in range(item.first, item.first + item.entries_n):
            fetch(&book.rows[row_of(book.entries[k])])
    return entries_n


cdef int32_t find_price(
    const BookRecord* book, const Asked* asked, const ItemRecord* item
) noexcept nogil:
    """The price that asks for the most, then began last, then is lowest; else the item's own."""
    cdef const PriceRecord* one = &book.prices[item.first_price]
    cdef const PriceRecord* best = NULL
    while True:
        if (
            one.from_ms <= asked.at_ms < one.until_ms
            and one.channel in (NONE, asked.channel)
            and one.tier in (NONE, asked.tier)
            and (best == NULL or is_nearer(one, best))
        ):
            best = one
        if one.last:
            return item.price if best == NULL else best.price
        one += 1


cdef bint is_nearer(const PriceRecord* one, const PriceRecord* best) noexcept nogil:
    if one.named_n != best.named_n:
        return one.named_n > best.named_n
    if one.from_ms != best.from_ms:
        return one.from_ms > best.from_ms
    return one.price < best.price


@cython.overflowcheck(False)
cdef void take_by_hand(Sheet* sheet, int32_t at) noexcept nogil:
    cdef Line* line = &sheet.lines[at]
    cdef Taking* taking = &sheet.takings[sheet.takings_n]
    taking.amount = min(line.manual, line.left)
    taking.line = at
    taking.row = NONE
    line.left -= taking.amount
    if taking.amount:
        sheet.takings_n += 1


# --- rows

# Entries were counted, and room made for them, before the first line.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef void open_rows(Sheet* sheet, int32_t at) noexcept nogil:
    cdef Line* line = &sheet.lines[at]
    cdef const BookRecord* book = sheet.book
    cdef const ItemRecord* item = &book.items[line.item]
    cdef const RowRecord* row
    cdef int32_t k, number
    cdef int64_t uses_max
    cdef char state
    for k in range(item.first, item.first + item.entries_n):
        number = row_of(book.entries[k])
        row = &book.rows[number]
        if not row.from_ms <= sheet.asked.at_ms < row.until_ms:
            continue
        state = IS_OPEN
        uses_max = NO_LIMIT
        if row.shape != ITEM_ROW:
            state = join_deal(sheet, at, number, book.entries[k] % SLOTS_LIMIT)
        elif sheet.caps_n or row.asks == MORE:
            state = touch(sheet, number, &uses_max)
        elif row.asks == A_CARD and not sheet.asked.member:
            state = IS_SHUT
        if state == IS_SHUT:
            lose(sheet, at, number, WHY_NOT_APPLICABLE)
        elif state == IS_OPEN and line.overridden:
            lose(sheet, at, number, WHY_OVERRIDDEN)
        elif state == IS_OPEN and row.shape == ITEM_ROW:
            add_cand(sheet, line, row, number)


@cython.overflowcheck(False)
cdef char join_deal(Sheet* sheet, int32_t at, int32_t number, int32_t slot) noexcept nogil:
    """Give the line a place in a deal or tier; the state of its offer."""
    cdef Line* line = &sheet.lines[at]
    cdef Member* member = &sheet.members[sheet.members_n]
    cdef int32_t place = sheet.row_place[number]
    cdef Deal* deal
    if place >= sheet.deals_n or sheet.deals[place].row != number:
        place = add_deal(sheet, number)
    deal = &sheet.deals[place]
    if deal.state != IS_OPEN or line.overridden:
        return deal.state
    if sheet.book.rows[number].shape == DEAL_ROW and line.pieces == 0:
        return IS_SILENT
    member.line = at
    member.deal = place
    member.next = NONE
    member.slot = slot
    if deal.first == NONE:
        deal.first = <int32_t>sheet.members_n
    else:
        sheet.members[deal.last].next = <int32_t>sheet.members_n
    deal.last = <int32_t>sheet.members_n
    sheet.members_n += 1
    line.members_n += 1
    return IS_OPEN


@cython.overflowcheck(False)
cdef int32_t add_deal(Sheet* sheet, int32_t number) noexcept nogil:
    cdef int32_t place = <int32_t>sheet.deals_n
    cdef Deal* deal = &sheet.deals[place]
    cdef const RowRecord* row = &sheet.book.rows[number]
    sheet.row_place[number] = place
    sheet.deals_n += 1
    deal.row = number
    deal.shape = row.shape
    deal.turn = row.turn
    deal.group = row.group
    deal.conflict = row.conflict
    deal.first = deal.last = NONE
    deal.times = deal.saving = 0
    deal.possible = False
    deal.state = touch(sheet, number, &deal.uses_max)
    if deal.state == IS_OPEN:
        add_turn(sheet, row.turn)
    return place


@cython.overflowcheck(False)
cdef void insert_turn(Sheet* sheet, int64_t turn) noexcept nogil:
    """Put a turn among the others, unless it is there."""
    cdef Py_ssize_t k = sheet.turns_n
    while k > 0 and sheet.turns[k - 1] > turn:
        k -= 1
    if k > 0 and sheet.turns[k - 1] == turn:
        return
    k = sheet.turns_n
    while k > 0 and sheet.turns[k - 1] > turn:
        sheet.turns[k] = sheet.turns[k - 1]
        k -= 1
    sheet.turns[k] = turn
    sheet.turns_n += 1


# --- offers

@cython.overflowcheck(False)
cdef char touch(Sheet* sheet, int32_t row, int64_t* uses_max) noexcept nogil:
    """The state of a row's offer, found out once for the basket."""
    cdef int32_t offer = sheet.book.rows[row].offer
    cdef int32_t place = sheet.offer_place[offer]
    cdef Touched* touched
    if place >= sheet.touched_n or sheet.touched[place].offer != offer:
        place = <int32_t>sheet.touched_n
        sheet.offer_place[offer] = place
        sheet.touched_n += 1
        touched = &sheet.touched[place]
        touched.offer = offer
        touched.state = find_state(sheet, offer, &touched.uses_max)
        if touched.state == IS_USED_UP:
            lose(sheet, NONE, row, WHY_LIMIT_REACHED)
    touched = &sheet.touched[place]
    uses_max[0] = touched.uses_max
    return touched.state


@cython.overflowcheck(False)
cdef char find_state(Sheet* sheet, int32_t offer, int64_t* uses_max) noexcept nogil:
    """Whether an offer is open, and how often it may be used."""
    cdef const OfferRecord* record = &sheet.book.offers[offer]
    cdef int32_t scans_n = NONE
    cdef Py_ssize_t i
    uses_max[0] = NO_LIMIT
    if record.coupon != NONE:
        scans_n = count_scans(sheet, record.coupon)
    if not record.from_ms <= sheet.asked.at_ms < record.until_ms:
        return IS_SHUT if scans_n > 0 else IS_SILENT
    if scans_n == 0:
        return IS_SILENT
    if record.when != NONE and not fits(sheet, &sheet.book.whens[record.when]):
        return IS_SHUT
    if record.basket_n != NONE:
        uses_max[0] = min(uses_max[0], record.basket_n)
    if record.customer_n != NONE:
        uses_max[0] = min(uses_max[0], record.customer_n)
    if record.total_n != NONE:
        uses_max[0] = min(uses_max[0], record.total_n)
    if scans_n != NONE:
        uses_max[0] = min(uses_max[0], scans_n)
    for i in range(sheet.caps_n):
        if sheet.caps[i].offer == offer:
            uses_max[0] = min(uses_max[0], sheet.caps[i].left_n)
    return IS_OPEN if uses_max[0] else IS_USED_UP


cdef int32_t count_scans(Sheet* sheet, int32_t coupon) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(sheet.scans_n):
        if sheet.scans[i].coupon == coupon:
            return sheet.scans[i].scans_n
    return 0


# Times lie within 2**62 ms and offsets within a day.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef bint fits(Sheet* sheet, const WhenRecord* when) noexcept nogil:
    """Whether everything an offer asks of the sale is true of it."""
    cdef const Asked* asked = &sheet.asked
    cdef int64_t minutes, days, weekday
    cdef int32_t minute
    if when.elsewhere or (when.member and not asked.member):
        return False
    if when.first_order and not asked.first_order:
        return False
    if when.tiers_n and not (
        asked.member and is_among(sheet.book, when.tiers_first, when.tiers_n, asked.tier)
    ):
        return False
    if when.channels_n and not is_among(
        sheet.book, when.channels_first, when.channels_n, asked.channel
    ):
        return False
    if when.weekdays or when.from_minute or when.until_minute != MINUTES:
        minutes = floor_of(asked.at_ms, MINUTE_MS) + asked.utc_offset_min
        days = floor_of(minutes, MINUTES)
        minute = <int32_t>(minutes - days * MINUTES)
        weekday = days + EPOCH_DAY - 7 * floor_of(days + EPOCH_DAY, 7) + 1
        if when.weekdays and not (when.weekdays >> weekday) & 1:
            return False
        if when.from_minute < when.until_minute:
            return when.from_minute <= minute < when.until_minute
        return minute >= when.from_minute or minute < when.until_minute
    return True


@cython.overflowcheck(False)
cdef bint is_among(
    const BookRecord* book, int32_t first, int32_t words_n, int32_t word
) noexcept nogil:
    cdef int32_t i
    for i in range(first, first + words_n):
        if book.words[i] == word and word != NONE:
            return True
    return False


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int64_t floor_of(int64_t value, int64_t divisor) noexcept nogil:
    """Towards minus infinity, where C rounds towards zero."""
    return value // divisor - (value % divisor < 0)
