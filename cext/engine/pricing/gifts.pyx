"""What a basket may be given: how many pieces are left, what one costs, what is then offered.

The items of a gift need not be in the basket, so nothing here is found on its lines.
"""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport int32_t, int64_t

from cext.engine.pricing.opening cimport find_price
from cext.engine.pricing.plan cimport NONE, ItemRecord, Plan
from cext.engine.pricing.sheet cimport Sheet
from cext.engine.rounding cimport scale_half_up
from cext.engine.tail.tail_work cimport TailGift, TailStock, tail_prepare

cdef enum:
    PIECE = 1000

cdef int64_t ABOVE_ANY = 2**62


cdef int64_t price_piece(const void* asker, int32_t item) noexcept nogil:
    """What one piece costs without offers on the sheet that asks; an open price is above any."""
    cdef const Sheet* sheet = <const Sheet*>asker
    cdef const ItemRecord* record = &sheet.book.items[item]
    cdef int32_t price = record.price
    if record.open_price:
        return ABOVE_ANY
    if record.first_price != NONE:
        price = find_price(sheet.book, &sheet.asked, record)
    return scale_half_up(price, PIECE, record.per)


cdef int prepare_gifts(Plan plan, Sheet* sheet, object left) except -1:
    """Lay out the tail of a customer of whom it is known which gifts are `left`."""
    cdef Py_ssize_t i, stock_n
    cdef TailStock* stock
    known = sorted([(plan.find_item(item), count) for item, count in left.items()])
    known = [one for one in known if one[0] >= 0]
    stock_n = len(known)
    stock = <TailStock*>PyMem_Malloc((stock_n + 1) * sizeof(TailStock))
    if stock == NULL:
        raise MemoryError
    try:
        for i in range(stock_n):
            stock[i].item, stock[i].left_n = known[i]
        tail_prepare(&sheet.tail, sheet.asked.points_n, stock, stock_n)
    finally:
        PyMem_Free(stock)
    return 0


cdef tuple list_offered(Plan plan, const Sheet* sheet, object left):
    """The items to choose from for each gift the tail wrote down, in order of preference."""
    cdef const TailGift* gift
    cdef Py_ssize_t i
    found = []
    for i in range(sheet.tail.gifts_n):
        gift = &sheet.tail.gifts[i]
        items = plan._rows[gift.row][4]
        if left:
            items = [item for item in items if left.get(item, 1)]
        if gift.price_minor:
            items = [
                item
                for item in items
                if price_piece(sheet, plan.find_item(item)) > gift.price_minor
            ]
        found.append(tuple(items))
    return tuple(found)
