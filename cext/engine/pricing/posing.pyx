"""The deals of a pass as a problem for the search, and its answer as pieces of lines.

Lines of one item whose pieces save alike are one kind: which of them a deal takes from makes no
difference to any sum, so the pieces taken are handed to the lines in canonical order.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport realloc
from libc.string cimport memset

from cext.engine.pricing.plan cimport (
    AMOUNT,
    NONE,
    RATE,
    SET_OFF,
    SET_PRICE,
    TIER_ROW,
    RowRecord,
    SlotRecord,
)
from cext.engine.search.search cimport (
    DEAL_AMOUNT,
    DEAL_FIXED,
    DEAL_OFF,
    DEAL_PRICE,
    DEAL_RATE,
    DEAL_UNIT_PRICE,
    Choice,
    DealForm,
    PieceKind,
    Problem,
    count_room,
    solve,
)
from cext.engine.pricing.sheet cimport Deal, Line, Member, Sheet, make_room
from cext.engine.tail.tail cimport tail_run
from cext.engine.pricing.uses cimport find_lefts, save_free

# One problem laid out in the sheet's room.
cdef struct Posed:
    Sheet* sheet
    Problem problem
    Choice choice
    PieceKind* kinds
    DealForm* forms
    int32_t* deals  # [deals_n] where each stands in the sheet
    int32_t* rest  # [kinds_n] pieces of one deal not yet handed to lines
    int64_t offset  # between what lines leave and what the search counts
    int64_t turn


cdef int search_deals(Sheet* sheet, int64_t turn, bint joint, int64_t most) except -1 nogil:
    """Put the posed deals to the search; its choice is then the one looked at.

    `joint`: measured by the sum to be paid in the end, of which `most` bounds what the tail takes.
    """
    cdef Posed posed
    cdef Py_ssize_t size_n
    memset(&posed, 0, sizeof(Posed))
    posed.sheet = sheet
    posed.turn = turn
    number_kinds(&posed, joint and has_piece_rows(sheet))
    if joint:
        posed.problem.evaluate = evaluate
        posed.problem.evaluate_n = count_evaluate(&posed)
        posed.problem.context = &posed
        posed.problem.tail_most = most
    make_room(sheet, lay_out(&posed, NULL))
    lay_out(&posed, sheet.room)
    fill_kinds(&posed)
    fill_forms(&posed)
    posed.problem.kinds = posed.kinds
    posed.problem.deals = posed.forms
    posed.problem.work_max_n = find_budget(sheet, turn, joint)
    size_n = count_room(&posed.problem)
    if size_n > sheet.arena.size_n:
        room = realloc(sheet.arena.bytes, size_n)
        if room == NULL:
            with gil:
                raise MemoryError
        sheet.arena.bytes = <char*>room
        sheet.arena.size_n = size_n
    sheet.arena.used_n = 0
    if solve(&posed.problem, &posed.choice, &sheet.arena):
        with gil:
            raise MemoryError
    spend(sheet, posed.choice.work_n)
    load_choice(&posed, &posed.choice)
    sheet.objective = posed.choice.objective
    sheet.bound = posed.choice.objective if posed.choice.proven else posed.choice.bound
    return 0


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int64_t find_budget(const Sheet* sheet, int64_t turn, bint joint) noexcept nogil:
    """What is left of the basket's budget, shared with all searches that there can still be."""
    cdef Py_ssize_t i
    cdef int64_t passes_n = 0
    for i in range(sheet.turns_n):
        passes_n += sheet.turns[i] >= turn
    return sheet.work_left // (2 * passes_n - joint if sheet.tail.touched_n else passes_n)


@cython.overflowcheck(False)
cdef void spend(Sheet* sheet, int64_t work_n) noexcept nogil:
    sheet.work_left = max(sheet.work_left - work_n, 0)


@cython.overflowcheck(False)
cdef int64_t count_evaluate(const Posed* posed) noexcept nogil:
    """Steps of one `evaluate`: it hands out all pieces, shares all savings, and runs the tail."""
    cdef const Sheet* sheet = posed.sheet
    cdef int64_t steps = posed.problem.deals_n + 2 * sheet.members_n + 8 * sheet.lines_n
    cdef Py_ssize_t i
    for i in range(sheet.tail.touched_n):
        steps += (4 + 8 * sheet.lines_n) * max(sheet.tail.touched[i].scans, 1)
    return steps


cdef bint has_piece_rows(Sheet* sheet) noexcept nogil:
    """Whether a basket row gives to pieces: then it matters on which line they are."""
    cdef Py_ssize_t i
    for i in range(sheet.tail.touched_n):
        if sheet.tail.book.rows[sheet.tail.touched[i].at].pieces_n:
            return True
    return False


@cython.overflowcheck(False)
cdef void number_kinds(Posed* posed, bint apart) noexcept nogil:
    """Give every line of a posed deal its kind; count kinds and deals."""
    cdef Sheet* sheet = posed.sheet
    cdef Line* line
    cdef Line* before = NULL
    cdef Py_ssize_t i, k
    cdef bint is_posed
    for i in range(sheet.lines_n):
        line = &sheet.lines[i]
        line.kind = NONE
        if line.deals_n == 0:
            continue
        is_posed = False
        for k in range(line.first_member, line.first_member + line.members_n):
            is_posed = is_posed or sheet.deals[sheet.members[k].deal].posed
        if not is_posed:
            continue
        if not (
            before != NULL and not apart and before.item == line.item and before.pieces
            and line.pieces and before.even and line.even
        ):
            posed.problem.kinds_n += 1
        line.kind = posed.problem.kinds_n - 1
        before = line
    for i in range(sheet.deals_n):
        posed.problem.deals_n += sheet.deals[i].posed


@cython.overflowcheck(False)
cdef void* take(char* room, Py_ssize_t* used, Py_ssize_t size_n) noexcept nogil:
    """The next stretch of the room, aligned; NULL while only counting."""
    found = NULL if room == NULL else room + used[0]
    used[0] += (size_n + 7) & ~7
    return found


@cython.overflowcheck(False)
cdef Py_ssize_t lay_out(Posed* posed, char* room) noexcept nogil:
    """Where everything stands; the bytes it takes."""
    cdef Py_ssize_t used = 0, kinds_n = posed.problem.kinds_n, deals_n = posed.problem.deals_n, i
    cdef Line* line
    cdef char* slots
    posed.kinds = <PieceKind*>take(room, &used, kinds_n * sizeof(PieceKind))
    posed.forms = <DealForm*>take(room, &used, deals_n * sizeof(DealForm))
    posed.deals = <int32_t*>take(room, &used, deals_n * sizeof(int32_t))
    posed.rest = <int32_t*>take(room, &used, kinds_n * sizeof(int32_t))
    posed.choice.times = <int32_t*>take(room, &used, deals_n * sizeof(int32_t))
    posed.choice.saving = <int64_t*>take(room, &used, deals_n * sizeof(int64_t))
    posed.choice.taken = <int32_t*>take(room, &used, deals_n * kinds_n * sizeof(int32_t))
    for i in range(deals_n):
        slots = <char*>take(room, &used, kinds_n)
        savings = <int64_t*>take(room, &used, kinds_n * sizeof(int64_t))
        if room != NULL:
            posed.forms[i].slot_of = <signed char*>slots
            posed.forms[i].piece_saving = savings
    for i in range(posed.sheet.lines_n):
        line = &posed.sheet.lines[i]
        line.free_saving = NULL
        if line.kind != NONE and not line.even:
            line.free_saving = <int64_t*>take(room, &used, (line.open_n + 1) * sizeof(int64_t))
    return used


@cython.overflowcheck(False)
cdef void fill_kinds(Posed* posed) noexcept nogil:
    cdef Sheet* sheet = posed.sheet
    cdef Line* line
    cdef PieceKind* kind
    cdef int64_t* table
    cdef Py_ssize_t i
    cdef int32_t k
    memset(posed.kinds, 0, posed.problem.kinds_n * sizeof(PieceKind))
    posed.offset = 0
    for i in range(sheet.lines_n):
        line = &sheet.lines[i]
        if posed.problem.evaluate != NULL:
            posed.offset += sheet.bases[i]
        if line.kind == NONE:
            continue
        kind = &posed.kinds[line.kind]
        kind.count += line.open_n
        kind.gross = line.piece if line.pieces else line.gross
        posed.offset -= line.open_n * kind.gross
        if line.even:
            kind.free_each = line.free_each
            continue
        table = <int64_t*>line.free_saving
        for k in range(line.open_n + 1):
            table[k] = save_free(sheet, line, k, posed.turn)
        kind.free_saving = table


@cython.overflowcheck(False)
cdef void fill_forms(Posed* posed) noexcept nogil:
    cdef Sheet* sheet = posed.sheet
    cdef DealForm* form
    cdef Deal* deal
    cdef Member* member
    cdef Py_ssize_t i, at = 0
    cdef int32_t k
    for i in range(sheet.deals_n):
        deal = &sheet.deals[sheet.ranked[i]]
        if not deal.posed:
            continue
        form = &posed.forms[at]
        posed.deals[at] = sheet.ranked[i]
        at += 1
        memset(<void*>form.slot_of, NONE, posed.problem.kinds_n)
        memset(<void*>form.piece_saving, 0, posed.problem.kinds_n * sizeof(int64_t))
        fill_form(sheet, deal, form)
        k = deal.first
        while k != NONE:
            member = &sheet.members[k]
            if sheet.lines[member.line].kind != NONE:
                (<signed char*>form.slot_of)[sheet.lines[member.line].kind] = member.slot
                if deal.shape != TIER_ROW:
                    (<int64_t*>form.piece_saving)[sheet.lines[member.line].kind] = member.along
            k = member.next


@cython.overflowcheck(False)
cdef void fill_form(Sheet* sheet, const Deal* deal, DealForm* form) noexcept nogil:
    cdef const RowRecord* row = &sheet.book.rows[deal.row]
    cdef const SlotRecord* slots = &sheet.book.slots[row.first]
    cdef int32_t k
    form.uses_max = <int32_t>deal.uses_max
    form.get_n = row.get_n
    form.value = row.value
    form.slots_n = row.parts_n
    if deal.shape == TIER_ROW:
        form.benefit = DEAL_FIXED
        form.value = deal.value
        form.uses_max = 1
        form.slots_n = 0
        return
    if row.benefit == SET_PRICE:
        form.benefit = DEAL_PRICE
    elif row.benefit == SET_OFF:
        form.benefit = DEAL_OFF
    elif row.benefit == RATE:
        form.benefit = DEAL_RATE
    else:
        form.benefit = DEAL_AMOUNT if row.benefit == AMOUNT else DEAL_UNIT_PRICE
    for k in range(row.parts_n):
        form.slot_pieces[k] = slots[k].pieces_n
        form.slot_gets[k] = slots[k].gets


# --- the answer

@cython.overflowcheck(False)
cdef void load_choice(Posed* posed, const Choice* choice) noexcept nogil:
    """Make a choice the one looked at: its pieces handed to the lines in canonical order."""
    cdef Sheet* sheet = posed.sheet
    cdef Deal* deal
    cdef Member* member
    cdef Line* line
    cdef Py_ssize_t i, at, kinds_n = posed.problem.kinds_n
    cdef int32_t k
    for i in range(sheet.lines_n):
        if sheet.lines[i].kind != NONE:
            sheet.lines[i].taken_n = 0
    for at in range(posed.problem.deals_n):
        deal = &sheet.deals[posed.deals[at]]
        # A deal that is not used has taken nothing: most of them are neither before nor now.
        if deal.times == 0 and choice.times[at] == 0:
            continue
        deal.times = choice.times[at]
        deal.saving = choice.saving[at]
        for i in range(kinds_n):
            posed.rest[i] = choice.taken[at * kinds_n + i]
        k = deal.first
        while k != NONE:
            member = &sheet.members[k]
            line = &sheet.lines[member.line]
            member.taken = 0
            if line.kind != NONE:
                member.taken = min(posed.rest[line.kind], line.open_n - line.taken_n)
                posed.rest[line.kind] -= member.taken
                line.taken_n += member.taken
            k = member.next


@cython.overflowcheck(False)
cdef int64_t sum_lefts(Sheet* sheet) noexcept nogil:
    """What `lefts` come to when the tail has taken its share."""
    cdef int64_t total = 0
    cdef Py_ssize_t i
    for i in range(sheet.lines_n):
        total += sheet.lefts[i]
    return total - tail_run(&sheet.tail, sheet.lefts, False)


@cython.overflowcheck(False)
cdef int64_t evaluate(void* context, const Choice* choice) noexcept nogil:
    """The sum to be paid in the end for a choice, less what no choice can change."""
    cdef Posed* posed = <Posed*>context
    load_choice(posed, choice)
    find_lefts(posed.sheet, posed.turn)
    return sum_lefts(posed.sheet) - posed.offset
