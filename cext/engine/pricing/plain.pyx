"""What a plain basket comes to, found without writing down why: the short way of the bulk call.

A basket is plain where its sum is known without sharing anything out: there is one pass, no line is
in two deals or in a deal and an item row, deals have one slot, and what follows from the sum sees
and bears on all goods, so that one line stands for them all. Every step is the room's that takes
it on the whole way. Whatever is not plain, or has to be refused, is left to that.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memset

from cext.engine.pricing.lone cimport Pile, Uses, pile_up, sum_uses
from cext.engine.pricing.opening cimport add_cand, add_turn, find_state, price_line
from cext.engine.pricing.parts cimport Part, price_part
from cext.engine.pricing.passes cimport ask_rows
from cext.engine.pricing.plan cimport (
    A_CARD,
    ITEM_ROW,
    MORE,
    NONE,
    BookRecord,
    ItemRecord,
    RowRecord,
    SlotRecord,
    row_of,
)
from cext.engine.pricing.sheet cimport IS_OPEN, Line, Sheet, make_entries
from cext.engine.pricing.tiers cimport set_part
from cext.engine.rounding cimport scale_half_up
from cext.engine.tail.tail cimport tail_most, tail_run
from cext.engine.tail.tail_work cimport (
    is_plain,
    tail_close,
    tail_open,
    tail_prepare,
    tail_touch,
)

cdef enum:
    MILLION = 1_000_000
    PIECES_LIMIT = 1_000_000
    ENTRIES_LIMIT = 64  # of one item
    QUANTITY_LIMIT = 1_000_000_000
    NO_LIMIT = 1_000_000_000

cdef enum:
    NOBODY, MEMBER, COUPONS, TAILS_N


cdef int open_plain(Plain* plain, Sheet* sheet) except -1 nogil:
    """Ready for baskets of the sheet's book; `possible` where any of them can be plain."""
    cdef Py_ssize_t i
    memset(plain, 0, sizeof(Plain))
    plain.sheet = sheet
    # Where tax of several rates is put on top, lines have to know what they bear of each discount.
    plain.possible = sheet.book.tax_included or sheet.book.taxes_n <= 1
    make_entries(sheet, ENTRIES_LIMIT)
    if not sheet.has_tail:
        return 0
    plain.possible = plain.possible and sheet.tail.book.entries_n == 0
    for i in range(sheet.tail.book.rows_n):
        if not is_plain(&sheet.tail.book.rows[i]) or sheet.tail.book.rows[i].pieces_n:
            plain.possible = False
    if plain.possible:
        for i in range(TAILS_N):
            tail_open(&plain.tails[i].work, sheet.tail.book)
    return 0


cdef void close_plain(Plain* plain) noexcept nogil:
    """Give back what was opened; a zeroed room is left alone."""
    cdef Py_ssize_t i
    for i in range(TAILS_N):
        tail_close(&plain.tails[i].work)


# At most 500 lines of at most 10**11 each, here and below.
@cython.overflowcheck(False)
cdef bint sum_plain(Plain* plain, const Flat* flat, Py_ssize_t at) except -1 nogil:
    """Write down what a basket comes to; False, with nothing written, where it is not plain.

    The sheet knows the basket's member and scans.
    """
    cdef Sheet* sheet = plain.sheet
    cdef Py_ssize_t i
    cdef int64_t saved, net
    sheet.turns_n = 0
    plain.gross = plain.left = 0
    plain.goods_gross = plain.goods_left = plain.goods_quantity = 0
    plain.deals_n = plain.piles_n = 0
    if flat.offsets[at + 1] - flat.offsets[at] > LINES_LIMIT:
        return False
    for i in range(flat.offsets[at], flat.offsets[at + 1]):
        if not add_line(plain, flat.items[i], flat.quantities[i]):
            return False
    if sheet.turns_n > 1:
        return False
    saved = sum_deals(plain)
    if saved == NONE:
        return False
    net = plain.left - saved
    if sheet.has_tail:
        saved = sum_tail(plain, saved)
        if saved == NONE:
            return False
        net -= saved
    flat.discount[at] = plain.gross - net
    flat.payable[at] = net
    flat.gap[at] = 0
    if not sheet.book.tax_included:
        flat.payable[at] += scale_half_up(net, sheet.book.rates_ppm[0], MILLION)
    plain.baskets_n += 1
    return True


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef bint add_line(Plain* plain, int32_t number, int64_t quantity) noexcept nogil:
    """Add a line at its item price, or to its deal; False where it is not plain."""
    cdef Sheet* sheet = plain.sheet
    cdef const BookRecord* book = sheet.book
    cdef const ItemRecord* item
    cdef const RowRecord* row
    cdef Line line
    cdef Part part
    cdef int64_t uses_max, left
    cdef int32_t k
    cdef bint in_deal = False
    if not 0 <= number < book.items_n or not 0 < quantity <= QUANTITY_LIMIT:
        return False
    item = &book.items[number]
    if item.open_price or item.entries_n > ENTRIES_LIMIT:
        return False
    sheet.cands_n = sheet.members_n = 0
    line.item = number
    line.quantity = quantity
    line.label = line.amount = NONE
    line.overridden = False
    if price_line(sheet, &line):
        return False
    for k in range(item.first, item.first + item.entries_n):
        row = &book.rows[row_of(book.entries[k])]
        if not row.from_ms <= sheet.asked.at_ms < row.until_ms:
            continue
        uses_max = NO_LIMIT
        if row.asks == MORE:
            if find_state(sheet, row.offer, &uses_max) != IS_OPEN:
                continue
        elif row.asks == A_CARD and not sheet.asked.member:
            continue
        if row.shape == ITEM_ROW:
            add_cand(sheet, &line, row, <int32_t>(row - book.rows))
        elif in_deal or not row.lone:
            return False
        elif line.pieces:
            in_deal = True
            if not join_plain(plain, &line, row, uses_max):
                return False
    left = line.gross
    if line.cands_n:
        if in_deal:
            return False
        set_part(&line, line.pieces, &part)
        part.turn = sheet.turns[0]
        part.times = 1
        left -= price_part(sheet, &line, &part)
    plain.gross += line.gross
    plain.left += left
    if item.is_goods:
        plain.goods_gross += line.gross
        plain.goods_left += left
        plain.goods_quantity += quantity
        plain.goods = number
    return True


@cython.overflowcheck(False)
cdef bint join_plain(
    Plain* plain, const Line* line, const RowRecord* row, int64_t uses_max
) noexcept nogil:
    """Put the line's pieces to those of its deal; False where there is no room."""
    cdef Sheet* sheet = plain.sheet
    cdef int32_t number = <int32_t>(row - sheet.book.rows), place = sheet.row_place[number]
    cdef PlainDeal* deal
    cdef Pile* pile = &plain.piles[plain.piles_n]
    if place >= plain.deals_n or plain.deals[place].row != row:
        if plain.deals_n == DEALS_LIMIT:
            return False
        place = plain.deals_n
        sheet.row_place[number] = place
        plain.deals_n += 1
        deal = &plain.deals[place]
        deal.row = row
        deal.uses_max = uses_max
        deal.first = NONE
        deal.open_n = 0
        deal.piece = line.piece
        deal.level = True
        add_turn(sheet, row.turn)
    deal = &plain.deals[place]
    pile.piece = line.piece
    pile.open_n = line.pieces
    pile.at = deal.first
    deal.first = plain.piles_n
    deal.open_n += line.pieces
    deal.level = deal.level and deal.piece == line.piece
    plain.piles_n += 1
    return True


@cython.overflowcheck(False)
cdef int64_t sum_deals(Plain* plain) noexcept nogil:
    """What all deals save; NONE where only a search can tell, or there are too many pieces."""
    cdef Pile sorted_piles[LINES_LIMIT]
    cdef const SlotRecord* slot
    cdef PlainDeal* deal
    cdef Uses uses
    cdef int64_t saved = 0, pieces_n = 0
    cdef int32_t i, k, piles_n
    for i in range(plain.deals_n):
        deal = &plain.deals[i]
        slot = &plain.sheet.book.slots[deal.row.first]
        if deal.open_n < slot.pieces_n:
            continue
        k = deal.first
        piles_n = 0
        while k != NONE:
            if deal.level and piles_n:
                sorted_piles[0].open_n += plain.piles[k].open_n
            else:
                pile_up(sorted_piles, piles_n, plain.piles[k].piece, plain.piles[k].open_n, k)
                piles_n += 1
            k = plain.piles[k].at
        uses.open_n = deal.open_n
        uses.times_max = deal.uses_max
        if not sum_uses(deal.row, slot, sorted_piles, piles_n, &uses):
            return NONE
        pieces_n += deal.open_n
        saved += uses.saving
    return saved if pieces_n <= PIECES_LIMIT else NONE


@cython.overflowcheck(False)
cdef int64_t sum_tail(Plain* plain, int64_t saved) except -2 nogil:
    """What the tail takes off the goods when deals have `saved` so much; NONE: not plain.

    With deals it is plain where the tail takes as much as it could from any choice of them.
    """
    cdef Sheet* sheet = plain.sheet
    cdef PlainTail* tail
    cdef int64_t left = plain.goods_left - saved, taken
    if plain.goods_quantity == 0 or (saved and plain.goods_gross != plain.gross):
        return NONE
    tail = &plain.tails[MEMBER if sheet.asked.member else NOBODY]
    if sheet.scans_n:
        tail = &plain.tails[COUPONS]
        tail.ready = False
    if not tail.ready:
        tail.line.pieces = 0
        tail.line.item = plain.goods
        tail_touch(&tail.work, &tail.line, 1, sheet.scanned, sheet.scanned_n)
        ask_rows(sheet, &tail.work)
        if tail.work.touched_n:
            tail_prepare(&tail.work, 0, NULL, 0)
        tail.ready = True
    if tail.work.touched_n == 0:
        return 0
    set_sums(&tail.work, plain.goods_gross, plain.goods_quantity)
    taken = tail_run(&tail.work, &left, False)
    if saved and taken != tail_most(&tail.work, &plain.goods_left):
        return NONE
    return taken


@cython.overflowcheck(False)
cdef void set_sums(TailWork* work, int64_t gross, int64_t quantity) noexcept nogil:
    """Let every row see the sums of this basket: nothing else in a prepared tail is a basket's."""
    cdef int32_t k
    for k in range(work.slots_n):
        work.slots[k].gross = gross
        work.slots[k].quantity = quantity
