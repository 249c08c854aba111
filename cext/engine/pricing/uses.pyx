"""What a choice of deals means for the lines: shares, what is left, what is written down."""

cimport cython
from libc.stdint cimport int32_t, int64_t

from cext.engine.pricing.parts cimport Part, price_part
from cext.engine.pricing.plan cimport NONE, TIER_ROW
from cext.engine.rounding cimport FEW_PARTS, share_few
from cext.engine.pricing.sheet cimport (
    WHY_BEATEN,
    Deal,
    Line,
    Member,
    Piece,
    Sheet,
    Taking,
    Used,
    lose,
)
from cext.engine.pricing.tiers cimport set_part


cdef int64_t save_free(
    Sheet* sheet, const Line* line, int32_t pieces_n, int64_t turn
) noexcept nogil:
    """What the item rows of a pass save on so many free pieces, or on a whole line."""
    cdef Part part
    if pieces_n == 0 or line.cands_n == 0:
        return 0
    set_part(line, pieces_n, &part)
    part.turn = turn
    return price_part(sheet, line, &part)


# At most 500 lines of at most 10**11 each: sums stay below 2**46, and there are at most as many
# items as lines.
@cython.overflowcheck(False)
cdef void share_deal(Sheet* sheet, const Deal* deal) noexcept nogil:
    """Share all that a deal saves over the lines it takes from, into `parts` in member order.

    Over the items first, so that it makes no difference to any other item, nor to what a stage
    sees of it, which of its lines gave the pieces. Lines of an item stand side by side.
    """
    cdef int64_t weights[FEW_PARTS]
    cdef int64_t lumps[FEW_PARTS]
    cdef Py_ssize_t first_of[FEW_PARTS + 1]
    cdef const Member* member
    cdef const Line* line
    cdef Py_ssize_t n = 0, items_n = 0, i
    cdef int32_t k = deal.first, item = NONE
    while k != NONE:
        member = &sheet.members[k]
        line = &sheet.lines[member.line]
        if deal.shape == TIER_ROW:
            sheet.parts[n] = member.saving if member.taken else 0
        else:
            if line.item != item:
                item = line.item
                first_of[items_n] = n
                weights[items_n] = 0
                items_n += 1
            sheet.weights[n] = member.taken * (line.piece - member.along)
            weights[items_n - 1] += sheet.weights[n]
        n += 1
        k = member.next
    if deal.shape == TIER_ROW:
        return
    if items_n == n:
        share(deal.saving, weights, n, sheet.parts)
        return
    first_of[items_n] = n
    share(deal.saving, weights, items_n, lumps)
    for i in range(items_n):
        n = first_of[i]
        share(lumps[i], sheet.weights + n, first_of[i + 1] - n, sheet.parts + n)


# `total` is 0 or more and no more than the weights together: below 2**31, products fit 62 bits.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef void share(
    int64_t total, const int64_t* weights, Py_ssize_t parts_n, int64_t* parts
) noexcept nogil:
    """`share_few`, without a heap for one part or two."""
    cdef int64_t whole, scaled, rest
    if parts_n == 1:
        parts[0] = total
        return
    if parts_n > 2 or weights[0] + weights[1] >= <int64_t>1 << 31 or total == 0:
        share_few(total, weights, parts_n, parts)
        return
    whole = weights[0] + weights[1]
    scaled = total * weights[0]
    parts[0] = scaled // whole
    rest = scaled - parts[0] * whole
    # What is left over is one unit or none: the remainders add up to `whole` or to nothing.
    if 2 * rest > whole or (2 * rest == whole and weights[0] >= weights[1]):
        parts[0] += 1
    parts[1] = total - parts[0]


@cython.overflowcheck(False)
cdef void find_lefts(Sheet* sheet, int64_t turn) noexcept nogil:
    """What the choice looked at leaves of each line, free pieces at their item price."""
    cdef Py_ssize_t i, n
    cdef Line* line
    cdef Deal* deal
    cdef Member* member
    cdef int32_t k, free_n
    for i in range(sheet.lines_n):
        line = &sheet.lines[i]
        sheet.lefts[i] = sheet.bases[i]
        if line.deals_n == 0:
            continue
        free_n = line.open_n - line.taken_n
        if line.even:
            sheet.lefts[i] -= free_n * line.free_each
        elif line.free_saving != NULL:
            sheet.lefts[i] -= line.free_saving[free_n]
        else:
            sheet.lefts[i] -= save_free(sheet, line, free_n, turn)
    for i in range(sheet.deals_n):
        deal = &sheet.deals[i]
        if not deal.possible or deal.times == 0:
            continue
        share_deal(sheet, deal)
        n = 0
        k = deal.first
        while k != NONE:
            member = &sheet.members[k]
            if member.taken:
                sheet.lefts[member.line] -= sheet.parts[n]
                # Of a tier `along` is for all it takes of the line.
                sheet.lefts[member.line] -= member.along * (
                    1 if deal.shape == TIER_ROW else member.taken
                )
            n += 1
            k = member.next


@cython.overflowcheck(False)
cdef void record_deals(Sheet* sheet) noexcept nogil:
    """Write down the choice: what each deal took, and what the item rows beside it took.

    The deals of the pass are then no longer possible.
    """
    cdef Py_ssize_t i
    cdef Deal* deal
    for i in range(sheet.deals_n):
        deal = &sheet.deals[sheet.ranked[i]]
        if not deal.possible:
            continue
        if deal.times:
            share_deal(sheet, deal)
            record_deal(sheet, deal)
        else:
            lose(sheet, NONE, deal.row, WHY_BEATEN)
    for i in range(sheet.deals_n):
        sheet.deals[i].possible = False


@cython.overflowcheck(False)
cdef void record_deal(Sheet* sheet, Deal* deal) noexcept nogil:
    cdef Used* used = &sheet.uses[sheet.uses_n]
    cdef Py_ssize_t n = 0
    cdef Member* member
    cdef int32_t k = deal.first
    used.times = deal.times
    used.row = deal.row
    used.first = <int32_t>sheet.pieces_n
    used.pieces_n = 0
    sheet.uses_n += 1
    while k != NONE:
        member = &sheet.members[k]
        if member.taken:
            sheet.pieces[sheet.pieces_n].line = member.line
            sheet.pieces[sheet.pieces_n].pieces_n = member.taken
            sheet.pieces_n += 1
            used.pieces_n += 1
            record_member(sheet, deal, member, sheet.parts[n])
        n += 1
        k = member.next


@cython.overflowcheck(False)
cdef void record_member(Sheet* sheet, Deal* deal, Member* member, int64_t amount) noexcept nogil:
    cdef Line* line = &sheet.lines[member.line]
    cdef Taking* taking
    cdef Part part
    cdef bint tier = deal.shape == TIER_ROW
    if line.cands_n:
        set_part(line, line.open_n if tier else 1, &part)
        part.turn = deal.turn
        part.beside = deal
        part.times = 1 if tier else member.taken
        line.left -= part.times * price_part(sheet, line, &part)
    if tier:
        line.open_n = 0
    else:
        # Pieces are counted down at the end: other deals share out by what the pass found.
        line.taken_n -= member.taken
        line.open_n -= member.taken
    line.left -= amount
    if amount:
        taking = &sheet.deal_takings[sheet.deal_takings_n]
        taking.amount = amount
        taking.line = member.line
        taking.row = deal.row
        sheet.deal_takings_n += 1


cdef void hold_choice(Sheet* sheet) noexcept nogil:
    """Put the choice looked at aside."""
    cdef Py_ssize_t i
    for i in range(sheet.deals_n):
        sheet.deals[i].times_held = sheet.deals[i].times
        sheet.deals[i].saving_held = sheet.deals[i].saving
    for i in range(sheet.members_n):
        sheet.members[i].taken_held = sheet.members[i].taken


@cython.overflowcheck(False)
cdef void restore_choice(Sheet* sheet) noexcept nogil:
    """Look again at the choice put aside."""
    cdef Py_ssize_t i
    cdef Deal* deal
    for i in range(sheet.deals_n):
        sheet.deals[i].times = sheet.deals[i].times_held
        sheet.deals[i].saving = sheet.deals[i].saving_held
    for i in range(sheet.lines_n):
        sheet.lines[i].taken_n = 0
    for i in range(sheet.members_n):
        deal = &sheet.deals[sheet.members[i].deal]
        sheet.members[i].taken = sheet.members[i].taken_held
        if deal.possible:
            sheet.lines[sheet.members[i].line].taken_n += sheet.members[i].taken
