"""What a plain basket comes to, found without writing down why: the short way of the bulk call.

A basket is plain where its sum is known without sharing anything out:

- There is one pass, and no line has both an item row and a deal or tier.
- Deals have one slot, tiers one step. A deal has its lines for itself, or two deals have the same
  lines of one price, which is nearly all that competes in a shop: "2 for 10.00" and "3 for 14.00".
- What follows from the sum sees and bears on all goods, so that one line stands for them all.

Every step is the room's that takes it on the whole way. Whatever is not plain, or has to be
refused, is left to that.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memset

from cext.engine.pricing.lone cimport Pile, Uses, pile_up, save_use, sum_uses
from cext.engine.pricing.opening cimport add_cand, add_turn, find_state, price_line
from cext.engine.pricing.parts cimport Part, price_part
from cext.engine.pricing.passes cimport ask_rows
from cext.engine.pricing.plan cimport (
    A_CARD,
    DEAL_ROW,
    ITEM_ROW,
    MORE,
    NONE,
    TIER_ROW,
    BookRecord,
    ItemRecord,
    RowRecord,
    SlotRecord,
    row_of,
)
from cext.engine.pricing.sheet cimport IS_OPEN, Line, Sheet, make_entries
from cext.engine.pricing.tiers cimport save_step, set_part
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
    RIVAL_PIECES_LIMIT = 100
    QUANTITY_LIMIT = 1_000_000_000
    NO_LIMIT = 1_000_000_000


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
            plain.tails[i].key = NONE
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
cdef bint add_line(Plain* plain, int32_t number, int64_t quantity) noexcept nogil:
    """Add a line at its item price, or to its deals; False where it is not plain."""
    cdef Sheet* sheet = plain.sheet
    cdef const BookRecord* book = sheet.book
    cdef const ItemRecord* item
    cdef Line line
    cdef Part part
    cdef int64_t left
    cdef int32_t in_deals
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
    left = line.gross
    if item.entries_n:
        in_deals = open_entries(plain, &line, item)
        if in_deals == NONE or (in_deals and line.cands_n):
            return False
        if line.cands_n:
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
cdef int32_t open_entries(Plain* plain, Line* line, const ItemRecord* item) noexcept nogil:
    """Note the item rows open on a line, and join its deals; how many, or NONE: not plain."""
    cdef Sheet* sheet = plain.sheet
    cdef const BookRecord* book = sheet.book
    cdef const RowRecord* row
    cdef int64_t uses_max
    cdef int32_t k, deal, in_deals = 0, other = NONE
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
            add_cand(sheet, line, row, <int32_t>(row - book.rows))
            if sheet.turns_n > 1:
                return NONE
            continue
        if row.shape == DEAL_ROW and not line.pieces:
            continue
        deal = find_deal(plain, row, uses_max)
        if deal == NONE or in_deals == 2 or sheet.turns_n > 1:
            return NONE
        in_deals += 1
        if row.shape == TIER_ROW:
            join_tier(&plain.deals[deal], book, line)
        elif not join_deal(plain, &plain.deals[deal], line):
            return NONE
        if in_deals == 2 and not share_line(plain, deal, other):
            return NONE
        other = deal
    return in_deals


@cython.overflowcheck(False)
cdef int32_t find_deal(Plain* plain, const RowRecord* row, int64_t uses_max) noexcept nogil:
    """Where the deal or tier of a row stands, now at least; NONE where it is not plain."""
    cdef int32_t* place = &plain.sheet.row_place[row - plain.sheet.book.rows]
    cdef PlainDeal* deal
    if place[0] < plain.deals_n and plain.deals[place[0]].row == row:
        return place[0]
    if plain.deals_n == DEALS_LIMIT:
        return NONE
    if not row.lone and (row.shape != TIER_ROW or row.parts_n != 1 or row.marginal):
        return NONE
    place[0] = plain.deals_n
    plain.deals_n += 1
    deal = &plain.deals[place[0]]
    deal.row = row
    deal.uses_max = uses_max
    deal.quantity = deal.saving = 0
    deal.first = deal.rival = NONE
    deal.open_n = deal.lines_n = deal.shared_n = 0
    deal.level = True
    add_turn(plain.sheet, row.turn)
    return place[0]


@cython.overflowcheck(False)
cdef bint join_deal(Plain* plain, PlainDeal* deal, const Line* line) noexcept nogil:
    """Put the line's pieces to those of a deal; False where there is no room."""
    cdef Pile* pile = &plain.piles[plain.piles_n]
    if plain.piles_n == PILES_LIMIT:
        return False
    if deal.first == NONE:
        deal.piece = line.piece
    pile.piece = line.piece
    pile.open_n = line.pieces
    pile.at = deal.first
    deal.first = plain.piles_n
    deal.open_n += line.pieces
    deal.lines_n += 1
    deal.level = deal.level and deal.piece == line.piece
    plain.piles_n += 1
    return True


@cython.overflowcheck(False)
cdef void join_tier(PlainDeal* deal, const BookRecord* book, const Line* line) noexcept nogil:
    """Note what the only step of a tier saves on a line, should all of them reach it."""
    cdef Part part
    set_part(line, line.pieces, &part)
    deal.quantity += part.quantity
    deal.saving += save_step(
        line, deal.row, book.steps[deal.row.first].value, &part, part.gross
    )


@cython.overflowcheck(False)
cdef bint share_line(Plain* plain, int32_t one, int32_t other) noexcept nogil:
    """Note that two deals have a line in common; False where one of them has so with a third."""
    cdef PlainDeal* mine = &plain.deals[one]
    cdef PlainDeal* yours = &plain.deals[other]
    if mine.row.shape == TIER_ROW or yours.row.shape == TIER_ROW:
        return False
    if mine.rival != NONE and mine.rival != other:
        return False
    if yours.rival != NONE and yours.rival != one:
        return False
    mine.rival = other
    yours.rival = one
    mine.shared_n += 1
    yours.shared_n += 1
    return True


# --- sums

@cython.overflowcheck(False)
cdef int64_t sum_deals(Plain* plain) noexcept nogil:
    """What all deals save; NONE where only a search can tell, or there are too many pieces."""
    cdef PlainDeal* deal
    cdef int64_t saved = 0, saving, pieces_n = 0
    cdef int32_t i
    for i in range(plain.deals_n):
        deal = &plain.deals[i]
        if deal.row.shape == TIER_ROW:
            saved += deal.saving if deal.quantity >= deal.row.value else 0
            continue
        pieces_n += deal.open_n
        if deal.rival == NONE:
            saving = sum_alone(plain, deal)
        elif deal.rival < i:
            saving = sum_rivals(plain, &plain.deals[deal.rival], deal)
        else:
            continue
        if saving == NONE:
            return NONE
        saved += saving
    return saved if pieces_n <= PIECES_LIMIT else NONE


@cython.overflowcheck(False)
cdef int64_t sum_alone(Plain* plain, const PlainDeal* deal) noexcept nogil:
    """What a deal saves that has its lines for itself."""
    cdef Pile piles[LINES_LIMIT]
    cdef const SlotRecord* slot = &plain.sheet.book.slots[deal.row.first]
    cdef Uses uses
    cdef int32_t k = deal.first, piles_n = 0
    if deal.open_n < slot.pieces_n:
        return 0
    uses.open_n = deal.open_n
    uses.times_max = deal.uses_max
    if deal.level:
        piles[0].piece = deal.piece
        piles[0].open_n = deal.open_n
        piles_n = 1
        k = NONE
    while k != NONE:
        pile_up(piles, piles_n, plain.piles[k].piece, plain.piles[k].open_n, k)
        piles_n += 1
        k = plain.piles[k].at
    return uses.saving if sum_uses(deal.row, slot, piles, piles_n, &uses) else NONE


# A slot has 1 to 1,000 pieces.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int64_t sum_rivals(
    Plain* plain, const PlainDeal* one, const PlainDeal* other
) noexcept nogil:
    """The most that two deals save on the same lines of one price, each number of uses tried."""
    cdef const SlotRecord* slots = plain.sheet.book.slots
    cdef int64_t size_n = slots[one.row.first].pieces_n
    cdef int64_t other_size_n = slots[other.row.first].pieces_n
    cdef int64_t saving, other_saving, times, most, other_times, best = 0
    if one.shared_n != one.lines_n or other.shared_n != other.lines_n or not one.level:
        return NONE
    if one.open_n > RIVAL_PIECES_LIMIT:
        return NONE
    saving = save_use(one.row, size_n, one.piece)
    other_saving = save_use(other.row, other_size_n, one.piece)
    most = min(one.uses_max, one.open_n // size_n)
    for times in range(most + 1):
        other_times = min(other.uses_max, (one.open_n - times * size_n) // other_size_n)
        best = max(best, times * saving + other_times * other_saving)
    return best


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
    tail = get_tail(plain)
    if tail.work.touched_n == 0:
        return 0
    set_sums(&tail.work, plain.goods_gross, plain.goods_quantity)
    taken = tail_run(&tail.work, &left, False)
    if saved and taken != tail_most(&tail.work, &plain.goods_left):
        return NONE
    return taken


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef PlainTail* get_tail(Plain* plain) except NULL nogil:
    """The tail of a buyer and coupon like this basket's, prepared once for as many as come."""
    cdef Sheet* sheet = plain.sheet
    cdef PlainTail* tail = &plain.tails[TAILS_N - 1]
    cdef int64_t key = sheet.asked.member
    if sheet.scans_n == 1 and sheet.scans[0].scans_n == 1:
        key += 2 * (1 + <int64_t>sheet.scans[0].coupon)
    elif sheet.scans_n:
        key = NONE
    if key != NONE:
        tail = &plain.tails[key % (TAILS_N - 1)]
        if tail.key == key:
            return tail
    tail.key = key
    tail.line.pieces = 0
    tail.line.item = plain.goods
    tail_touch(&tail.work, &tail.line, 1, sheet.scanned, sheet.scanned_n)
    ask_rows(sheet, &tail.work)
    if tail.work.touched_n:
        tail_prepare(&tail.work, 0, NULL, 0)
    return tail


@cython.overflowcheck(False)
cdef void set_sums(TailWork* work, int64_t gross, int64_t quantity) noexcept nogil:
    """Let every row see the sums of this basket: nothing else in a prepared tail is a basket's."""
    cdef int32_t k
    for k in range(work.slots_n):
        work.slots[k].gross = gross
        work.slots[k].quantity = quantity
