"""One basket through the tail alone, for tests and for whoever wants to see it by itself."""

from cpython.mem cimport PyMem_Free
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memset

from cext.engine.rounding cimport take_int
from cext.engine.tail.tail cimport tail_most, tail_run
from cext.engine.tail.tail_plan cimport TailPlan, reserve
from cext.engine.tail.tail_work cimport (
    TailLine,
    TailStock,
    TailTouched,
    TailWork,
    tail_close,
    tail_open,
    tail_prepare,
    tail_touch,
)

from cext.errors import Refused, break_off, must

cdef int64_t AMOUNT_LIMIT = 100_000_000_000
cdef int64_t QUANTITY_LIMIT = 1_000_000_000
cdef int64_t UNBOUNDED = 2**62
cdef Py_ssize_t LINES_LIMIT = 500
WHYS = ("beaten", "not_applicable", "not_reached", "limit_reached", "used_up")


def run_tail(plan, lines, *, facts={}, points_n=0, stock={}, prices=()):
    """One basket through the tail alone: (total, most, takings, losses, uses, gifts, points spent).

    `lines`: (item's position, gross, left, quantity, pieces), in canonical
    order. `facts`: of a row's number (closed, uses_max or None, scans), closed as `TailClosed`
    counts; of other rows nothing is known. `stock`: item's position -> pieces of it that are left,
    where known. `prices`: of a piece of each item, by position; none: they are not known.
    Takings are (line, row, amount, pieces), losses (row, why, missing_minor, missing_n), uses
    (row, times), gifts (row, pieces, price). Refused: "basket_full", "amount_invalid" and the like.
    """
    cdef TailWork work
    cdef TailPlan tail
    cdef TailLine* flat = NULL
    cdef int64_t* lefts = NULL
    cdef int32_t* numbers = NULL
    cdef TailStock* known = NULL
    cdef int64_t* pieces = NULL
    cdef int64_t points_max = take_int(points_n, 0, QUANTITY_LIMIT, "points")
    cdef int64_t total, most
    cdef Py_ssize_t i, lines_n = len(lines)
    if type(plan) is not TailPlan:
        break_off("exact_plan", what=type(plan).__name__)
    tail = plan
    scanned = sorted([row for row, (_, _, scans) in facts.items() if scans])
    if lines_n > LINES_LIMIT:
        raise Refused(
            "basket_full", f"at most {LINES_LIMIT} lines; split the sale", lines_n=lines_n
        )
    memset(&work, 0, sizeof(TailWork))
    try:
        flat = <TailLine*>reserve(lines_n, sizeof(TailLine))
        lefts = <int64_t*>reserve(lines_n, sizeof(int64_t))
        numbers = <int32_t*>reserve(len(scanned), sizeof(int32_t))
        known = <TailStock*>reserve(len(stock), sizeof(TailStock))
        pieces = <int64_t*>reserve(tail.book.items_n, sizeof(int64_t))
        for i in range(lines_n):
            read_line(tail, lines[i], &flat[i], &lefts[i])
        tail_open(&work, &tail.book)
        for i in range(len(scanned)):
            numbers[i] = <int32_t>take_int(scanned[i], 0, 2**31 - 1, "row")
        tail_touch(&work, flat, lines_n, numbers, len(scanned))
        for i in range(work.touched_n):
            read_facts(facts, &work.touched[i])
        for i, item in enumerate(sorted(stock)):
            known[i].item = <int32_t>take_int(item, 0, tail.book.items_n - 1, "item")
            known[i].left_n = take_int(stock[item], 0, QUANTITY_LIMIT, "stock")
        if prices:
            for i in range(tail.book.items_n):
                pieces[i] = take_int(prices[i], 0, AMOUNT_LIMIT, "price")
            work.price_piece = read_price
            work.asker = pieces
        tail_prepare(&work, points_max, known, len(stock))
        most = tail_most(&work, lefts)
        total = tail_run(&work, lefts, False)
        must(total == tail_run(&work, lefts, True), "tail_runs_agree")
        return (total, most, *dress(&work))
    finally:
        tail_close(&work)
        PyMem_Free(flat)
        PyMem_Free(lefts)
        PyMem_Free(numbers)
        PyMem_Free(known)
        PyMem_Free(pieces)


cdef int64_t read_price(const void* asker, int32_t item) noexcept nogil:
    return (<const int64_t*>asker)[item]


cdef int read_line(TailPlan plan, object given, TailLine* line, int64_t* left) except -1:
    item, gross, rest, quantity, pieces = given
    line.item = <int32_t>take_int(item, 0, plan.book.items_n - 1, "item")
    line.gross = take_int(gross, 0, AMOUNT_LIMIT, "amount")
    left[0] = take_int(rest, 0, AMOUNT_LIMIT, "amount")
    line.quantity = take_int(quantity, 1, QUANTITY_LIMIT, "quantity")
    line.pieces = <int32_t>take_int(pieces, 0, QUANTITY_LIMIT, "pieces")
    return 0


cdef int read_facts(object facts, TailTouched* touched) except -1:
    closed, uses_max, scans = facts.get(touched.row, (0, None, 0))
    touched.closed = <char>take_int(closed, 0, 3, "closed")
    if uses_max is not None:
        touched.uses_max = take_int(uses_max, 0, UNBOUNDED, "uses")
    touched.scans = <int32_t>take_int(scans, 0, QUANTITY_LIMIT, "scans")
    return 0


cdef tuple dress(TailWork* work):
    cdef Py_ssize_t i
    takings = [work.takings[i] for i in range(work.takings_n)]
    losses = [work.losses[i] for i in range(work.losses_n)]
    uses = [work.uses[i] for i in range(work.uses_n)]
    gifts = [work.gifts[i] for i in range(work.gifts_n)]
    return (
        [(one["line"], one["row"], one["amount"], one["pieces_n"]) for one in takings],
        [
            (one["row"], WHYS[one["why"]], one["missing_minor"], one["missing_n"])
            for one in losses
        ],
        [(one["row"], one["times"]) for one in uses],
        [(one["row"], one["pieces_n"], one["price_minor"]) for one in gifts],
        work.points_n,
    )
