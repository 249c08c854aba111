"""The deals and tiers of one pass: which are used, how often, and on which pieces.

A deal alone on its lines is settled by its sum. The others are put to the search, those that share
no line apart from each other. Only where what follows from the sum of the basket could turn the
scale, all of them are put to it at once, with the sum to be paid in the end as the measure.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t

from cext.engine.pricing.lone cimport (
    LONE_USED,
    NOT_LONE,
    mark_lone,
    save_use,
    settle_lone,
)
from cext.engine.pricing.parts cimport Part, price_part
from cext.engine.pricing.plan cimport (
    NONE,
    SLOTS_LIMIT,
    TIER_ROW,
    RowRecord,
    SlotRecord,
)
from cext.engine.pricing.posing cimport search_deals, sum_lefts
from cext.engine.pricing.sheet cimport (
    IS_OPEN,
    WHY_BEATEN,
    WHY_NOT_REACHED,
    Deal,
    Line,
    Member,
    Sheet,
    lose,
)
from cext.engine.tail.tail cimport tail_most, tail_run
from cext.engine.pricing.tiers cimport price_tier, set_part
from cext.engine.pricing.uses cimport (
    find_lefts,
    hold_choice,
    record_deals,
    restore_choice,
    save_free,
)

cdef enum:
    PIECE = 1000
    PIECES_LIMIT = 1_000_000


# Every sum below is over at most 500 lines of at most 10**11 each, and of 10**6 pieces in all.
@cython.overflowcheck(False)
cdef int settle_deals(Sheet* sheet, int64_t turn) except -2 nogil:
    """Choose and write down the uses of a pass; item prices of free pieces come afterwards.

    TOO_MANY_PIECES when there are more to choose from than any search should see; TAIL_RAN when
    the tail has been run, and written down, on what this pass, the last, leaves of the lines.
    """
    cdef Py_ssize_t i
    cdef int64_t pieces_n = 0
    cdef bint any_possible = False, any_posed = False, ran = False
    cdef Deal* deal
    cdef char found
    if turn == sheet.turns[0]:
        sheet.work_left = sheet.work_max_n
    for i in range(sheet.deals_n):
        deal = &sheet.deals[sheet.ranked[i]]
        deal.possible = deal.posed = False
        if deal.turn != turn or deal.state != IS_OPEN:
            continue
        found = settle_lone(sheet, deal, &pieces_n)
        deal.possible = found == LONE_USED
        if found == NOT_LONE:
            deal.possible = deal.posed = weigh_deal(sheet, deal)
            any_posed = any_posed or deal.posed
        any_possible = any_possible or deal.possible
    if any_posed:
        pieces_n = look_at_lines(sheet, turn)
    if pieces_n > PIECES_LIMIT:
        return TOO_MANY_PIECES
    if not any_possible:
        return SETTLED
    sheet.objective = sheet.bound = 0
    if any_posed or sheet.tail.touched_n:
        mark_all_lone(sheet, any_posed)
    if any_posed and settle_alone(sheet):
        search_deals(sheet, turn, False, 0)
    if sheet.tail.touched_n:
        ran = weigh_tail(sheet, turn)
    sheet.gap += sheet.objective - sheet.bound
    record_deals(sheet)
    return TAIL_RAN if ran else SETTLED


@cython.overflowcheck(False)
cdef void mark_all_lone(Sheet* sheet, bint looked) noexcept nogil:
    """Tell lines what the deals settled by themselves take, and the rest that no deal does."""
    cdef Py_ssize_t i
    cdef Deal* deal
    if not looked:
        for i in range(sheet.lines_n):
            sheet.lines[i].deals_n = sheet.lines[i].taken_n = 0
    for i in range(sheet.deals_n):
        deal = &sheet.deals[i]
        if deal.possible and not deal.posed:
            mark_lone(sheet, deal)


# --- which deals are possible

@cython.overflowcheck(False)
@cython.cdivision(True)
cdef bint weigh_deal(Sheet* sheet, Deal* deal) noexcept nogil:
    """Whether the untouched pieces suffice for one use; if not, the deal is lost.

    It says what is missing to one use of all the pieces there are; if nothing, an earlier pass
    took them, and the deal is beaten.
    """
    cdef const RowRecord* row = &sheet.book.rows[deal.row]
    cdef const SlotRecord* slots = &sheet.book.slots[row.first]
    cdef int64_t open_n[SLOTS_LIMIT]
    cdef int64_t there_n[SLOTS_LIMIT]
    cdef int64_t missing = 0
    cdef int32_t k = deal.first, slot
    cdef bint possible = True
    cdef Member* member
    cdef Line* line
    deal.times = deal.saving = 0
    if deal.first == NONE:
        return False
    for slot in range(SLOTS_LIMIT):
        open_n[slot] = there_n[slot] = 0
    while k != NONE:
        member = &sheet.members[k]
        member.taken = 0
        member.along = 0
        line = &sheet.lines[member.line]
        if deal.shape != TIER_ROW:
            open_n[member.slot] += line.open_n
            there_n[member.slot] += line.pieces
        else:
            there_n[0] += line.quantity
            if line.open_n:
                open_n[0] += line.open_n * PIECE if line.pieces else line.quantity
        k = member.next
    if deal.shape == TIER_ROW:
        missing = (max(row.value - there_n[0], 0) + PIECE - 1) // PIECE
        possible = open_n[0] > 0 and open_n[0] >= row.value
    else:
        for slot in range(row.parts_n):
            missing += max(slots[slot].pieces_n - there_n[slot], 0)
            possible = possible and open_n[slot] >= slots[slot].pieces_n
    if not possible:
        lose(sheet, NONE, deal.row, WHY_NOT_REACHED if missing else WHY_BEATEN)
        sheet.losses[sheet.losses_n - 1].missing_n = missing
        return False
    if deal.shape == TIER_ROW:
        price_tier(sheet, deal)
        if deal.value == 0:
            lose(sheet, NONE, deal.row, WHY_BEATEN)
            return False
    return True


@cython.overflowcheck(False)
cdef int64_t look_at_lines(Sheet* sheet, int64_t turn) noexcept nogil:
    """What a free piece of each line saves, and a piece in each deal; the pieces there are."""
    cdef Py_ssize_t i, k
    cdef int64_t pieces_n = 0
    cdef Line* line
    cdef Deal* deal
    cdef Part part
    for i in range(sheet.lines_n):
        line = &sheet.lines[i]
        line.deals_n = line.taken_n = 0
        line.free_saving = NULL
        if line.open_n == 0:
            continue
        for k in range(line.first_member, line.first_member + line.members_n):
            deal = &sheet.deals[sheet.members[k].deal]
            if not deal.possible:
                continue
            line.deals_n += 1
            if deal.shape != TIER_ROW and line.cands_n:
                set_part(line, 1, &part)
                part.turn = turn
                part.beside = deal
                sheet.members[k].along = price_part(sheet, line, &part)
        if line.deals_n == 0:
            continue
        pieces_n += line.open_n
        line.even = True
        line.free_each = 0
        if line.cands_n:
            set_part(line, 1, &part)
            part.turn = turn
            line.free_each = price_part(sheet, line, &part)
            line.even = part.even or line.open_n == 1
    return pieces_n


# --- deals alone on lines that are alike

@cython.overflowcheck(False)
cdef Py_ssize_t settle_alone(Sheet* sheet) noexcept nogil:
    """Settle each deal that shares no line and whose lines are alike; how many are left."""
    cdef Py_ssize_t i, posed_n = 0
    cdef Deal* deal
    for i in range(sheet.deals_n):
        deal = &sheet.deals[i]
        if deal.posed:
            deal.posed = not is_settled(sheet, deal)
            posed_n += deal.posed
    return posed_n


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef bint is_settled(Sheet* sheet, Deal* deal) noexcept nogil:
    """As often as there are pieces, if one use saves more than its pieces would free.

    Where rounding makes pieces uneven that holds only with a margin: k free pieces save the k-th
    part of all to within half a unit a row, so each use counts the same to within 1.5 units a row.
    """
    cdef const RowRecord* row = &sheet.book.rows[deal.row]
    cdef Member* only = NULL
    cdef Line* line
    cdef int64_t pieces_n, saving, gain, margin, open_n = 0
    cdef int32_t k = deal.first
    if deal.shape == TIER_ROW or row.parts_n != 1:
        return False
    while k != NONE:
        line = &sheet.lines[sheet.members[k].line]
        if line.open_n:
            if line.deals_n != 1:
                return False
            if only == NULL:
                only = &sheet.members[k]
            elif not are_alike(sheet, only, &sheet.members[k]):
                return False
            open_n += line.open_n
        k = sheet.members[k].next
    line = &sheet.lines[only.line]
    pieces_n = sheet.book.slots[row.first].pieces_n
    saving = save_use(row, pieces_n, line.piece - only.along)
    if line.even:
        gain = saving + pieces_n * (only.along - line.free_each)
        margin = 1
    else:
        gain = saving + pieces_n * only.along
        gain -= save_free(sheet, line, <int32_t>pieces_n, deal.turn)
        margin = 2 * line.cands_n + 2
    if saving and gain >= margin:
        deal.times = min(open_n // pieces_n, deal.uses_max)
        deal.saving = deal.times * saving
        hand_out(sheet, deal, deal.times * pieces_n)
        return True
    return saving == 0 or line.even or gain <= -margin


cdef bint are_alike(Sheet* sheet, const Member* one, const Member* other) noexcept nogil:
    """Whether it makes no difference which of two lines gives a piece."""
    cdef const Line* mine = &sheet.lines[one.line]
    cdef const Line* yours = &sheet.lines[other.line]
    return (
        mine.even and yours.even and mine.piece == yours.piece and one.along == other.along
        and mine.free_each == yours.free_each
    )


@cython.overflowcheck(False)
cdef void hand_out(Sheet* sheet, Deal* deal, int64_t rest) noexcept nogil:
    """Take so many pieces from the lines of a deal in canonical order."""
    cdef Member* member
    cdef Line* line
    cdef int32_t k = deal.first
    while k != NONE and rest:
        member = &sheet.members[k]
        line = &sheet.lines[member.line]
        member.taken = <int32_t>min(rest, line.open_n)
        line.taken_n = member.taken
        rest -= member.taken
        k = member.next


# --- with what follows from the sum of the basket

@cython.overflowcheck(False)
cdef int weigh_tail(Sheet* sheet, int64_t turn) except -1 nogil:
    """Search again with the tail, unless it takes as much as it could from any choice.

    1 when it does and this pass is the last: then the run that showed it is also written down.
    """
    cdef Py_ssize_t i
    cdef Line* line
    cdef int64_t before, most
    cdef bint last = turn == sheet.turns[sheet.turns_n - 1]
    for i in range(sheet.lines_n):
        line = &sheet.lines[i]
        sheet.bases[i] = line.left
        if line.cands_n and line.deals_n == 0 and line.open_n:
            sheet.bases[i] -= save_free(sheet, line, line.open_n, turn)
        sheet.lefts[i] = sheet.bases[i]
        if line.deals_n and line.even:
            sheet.lefts[i] -= line.open_n * find_least(sheet, line)
    most = tail_most(&sheet.tail, sheet.lefts)
    find_lefts(sheet, turn)
    if tail_run(&sheet.tail, sheet.lefts, last) == most:
        return last
    before = sum_lefts(sheet)
    hold_choice(sheet)
    for i in range(sheet.deals_n):
        sheet.deals[i].posed = sheet.deals[i].possible
    search_deals(sheet, turn, True, most)
    find_lefts(sheet, turn)
    if before < sum_lefts(sheet):
        sheet.objective -= sum_lefts(sheet) - before
        sheet.bound = min(sheet.bound, sheet.objective)
        restore_choice(sheet)
    return 0


@cython.overflowcheck(False)
cdef int64_t find_least(Sheet* sheet, const Line* line) noexcept nogil:
    """What a piece of the line saves at least, whether it is free or in some deal."""
    cdef int64_t least = line.free_each
    cdef Py_ssize_t k
    for k in range(line.first_member, line.first_member + line.members_n):
        if sheet.deals[sheet.members[k].deal].possible:
            if sheet.deals[sheet.members[k].deal].shape == TIER_ROW:
                return 0
            least = min(least, sheet.members[k].along)
    return least
