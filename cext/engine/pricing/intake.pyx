"""A basket and rights, as Python holds them, written on a sheet; the only place that checks them.

The fields of a struct are read by their place in memory: reading ten lines by attribute takes
twice as long as pricing them. Sound because the type of each struct is checked exactly, msgspec
keeps a struct's fields as plain members at fixed places, and each place is tried out on a real
struct when this module is imported; another layout stops the start.
"""

cimport cython
from cpython.object cimport PyObject, Py_TYPE
from cpython.tuple cimport PyTuple_GET_SIZE
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memmove

from cext.engine.memory cimport fetch
from cext.engine.pricing.gifts cimport prepare_gifts, price_piece
from cext.engine.pricing.plan cimport NONE, BookRecord, Plan
from cext.engine.rounding cimport take_int
from cext.engine.pricing.sheet cimport Line, Sheet, make_caps, make_lines, make_scanned, open_sheet
from cext.engine.tail.tail_work cimport tail_open, tail_prepare

from cext.errors import Refused, break_off, must
from cext.lang.basket import LINES_MAX_N, Basket, BasketLine, Override
from cext.lang.rights import NO_RIGHTS, Rights

cdef extern from "structmember.h":
    ctypedef struct PyMemberDef:
        const char* name
        int type
        Py_ssize_t offset
    int T_OBJECT_EX

cdef extern from "Python.h":
    ctypedef struct PyMemberDescrObject:
        PyMemberDef* d_member
    PyObject* borrow_item "PyTuple_GET_ITEM" (PyObject* whole, Py_ssize_t at)
    bint is_exact_int "PyLong_CheckExact" (PyObject* value)
    bint is_exact_str "PyUnicode_CheckExact" (PyObject* value)
    void keep "Py_INCREF" (PyObject* value)
    void drop "Py_XDECREF" (PyObject* value)

cdef extern from *:
    """
    #if PY_VERSION_HEX >= 0x030C0000
    #define is_short(value) PyUnstable_Long_IsCompact((PyLongObject*)(value))
    #define read_short(value) ((long long)PyUnstable_Long_CompactValue((PyLongObject*)(value)))
    #else
    #define is_short(value) (Py_SIZE(value) == 1)
    #define read_short(value) ((long long)((PyLongObject*)(value))->ob_digit[0])
    #endif
    """
    bint is_short(PyObject* value)  # an exact int that is held in one digit
    long long read_short(PyObject* value)

cdef enum:
    LINES_LIMIT = 500
    COUPONS_LIMIT = 100
    PLACES = 512  # of lines; a power of two
    FEW = 24  # up to so many lines are put in order as they are read

COUPONS_MAX_N = COUPONS_LIMIT
must(LINES_MAX_N == LINES_LIMIT, "line_limits_agree")

# Looked up once: a name of the module costs a look into its dict.
cdef object BASKET = Basket
cdef PyObject* LINE = <PyObject*>BasketLine
cdef object KEPT_LINE = BasketLine  # so that its address stays its own
cdef object RIGHTS = Rights
cdef object NO_RIGHTS_AT_ALL = NO_RIGHTS
cdef int64_t QUANTITY_LIMIT = 1_000_000_000
cdef int64_t AMOUNT_LIMIT = 100_000_000_000
cdef int64_t TIME_LIMIT = 2**62
cdef int64_t COUNT_LIMIT = 1_000_000_000
cdef int64_t OFFSET_LIMIT = 1440


cdef Py_ssize_t find_slot(object sample, str name) except -1:
    """Where a field stands in structs of the sample's type; Broken when it does not stand there."""
    cdef PyMemberDef* member
    cdef Py_ssize_t offset
    descriptor = type(sample).__dict__[name]
    must(type(descriptor).__name__ == "member_descriptor", "struct_fields_are_members", field=name)
    member = (<PyMemberDescrObject*><PyObject*>descriptor).d_member
    offset = member.offset
    must(member.type == T_OBJECT_EX and offset > 0, "struct_fields_are_objects", field=name)
    found = <object>get_slot(<PyObject*>sample, offset)
    must(found is getattr(sample, name), "struct_layout_known", field=name)
    return offset


_sample = BasketLine(line=1, item="a", quantity=1000)
LINE_AT = find_slot(_sample, "line")
ITEM_AT = find_slot(_sample, "item")
QUANTITY_AT = find_slot(_sample, "quantity")
cdef Py_ssize_t LABEL_AT = find_slot(_sample, "label_minor")
cdef Py_ssize_t OVERRIDE_AT = find_slot(_sample, "override")
_sample_basket = Basket()
LINES_AT = find_slot(_sample_basket, "lines")
cdef Py_ssize_t MEMBER_AT = find_slot(_sample_basket, "member")
cdef Py_ssize_t COUPONS_AT = find_slot(_sample_basket, "coupons")
GIFTS_AT = find_slot(NO_RIGHTS, "gifts")


# --- items by the object that names them

# Unsigned arithmetic wraps here on purpose.
@cython.overflowcheck(False)
cdef int32_t find_known(Plan plan, Known* known, PyObject* item) except -2:
    """The item of this id, or NONE.

    A basket is priced again at each scan, with the same strings: one seen before is known by where
    it stands in memory. Sound because a string that is known is held, so that nothing else can
    come to stand there, and because neither strings nor plans change.
    """
    cdef uint64_t place = (<uint64_t>item * <uint64_t>0x9E3779B97F4A7C15) >> KNOWN_SHIFT
    cdef Known* ways = &known[place * WAYS_N]
    cdef int32_t index, k
    for k in range(WAYS_N):
        if ways[k].item == item:
            return ways[k].index
    index = plan.find_item(<object>item)
    if index >= 0 and is_exact_str(item):
        # What came first goes first.
        keep(item)
        drop(ways[WAYS_N - 1].item)
        memmove(&ways[1], ways, (WAYS_N - 1) * sizeof(Known))
        ways.item = item
        ways.index = index
    return index


cdef void forget(Known* known) noexcept:
    """Give back every string held."""
    cdef Py_ssize_t i
    for i in range(KNOWN_N):
        drop(known[i].item)
        known[i].item = NULL


# --- the basket

cdef object read_basket(Plan plan, Known* known, Sheet* sheet, object basket):
    """Write lines and scans on the sheet; the coupons nobody knows, sorted, or None."""
    cdef tuple lines, coupons
    cdef Py_ssize_t i, lines_n
    cdef int64_t order[LINES_LIMIT]
    cdef PyObject* given
    if type(basket) is not BASKET:
        break_off("exact_basket", what=type(basket).__name__)
    lines = <tuple?><object>get_slot(<PyObject*>basket, LINES_AT)
    coupons = <tuple?><object>get_slot(<PyObject*>basket, COUPONS_AT)
    lines_n = PyTuple_GET_SIZE(lines)
    if lines_n > LINES_LIMIT or PyTuple_GET_SIZE(coupons) > COUPONS_LIMIT:
        raise Refused(
            "basket_full",
            f"at most {LINES_LIMIT} lines and {COUPONS_LIMIT} coupons; split the sale",
        )
    make_lines(sheet, lines_n)
    sheet.lines_n = lines_n
    order_lines(plan, known, lines, order)
    for i in range(lines_n):
        given = borrow_item(<PyObject*>lines, order[i] & (PLACES - 1))
        sheet.lines[i].given = <int32_t>(order[i] & (PLACES - 1))
        sheet.lines[i].item = <int32_t>(order[i] // PLACES)
        read_line(plan, &sheet.lines[i], given)
    sheet.asked.member = get_slot(<PyObject*>basket, MEMBER_AT) != <PyObject*>None
    sheet.scans_n = sheet.scanned_n = 0
    return read_coupons(plan, sheet, coupons) if coupons else None


# An item's number is below 2**31 and a place below 512.
@cython.overflowcheck(False)
cdef int order_lines(Plan plan, Known* known, tuple lines, int64_t* order) except -1:
    """Item and place of each line as one number; where lines are few, by item."""
    cdef Py_ssize_t i, k, lines_n = PyTuple_GET_SIZE(lines)
    cdef int64_t key, number, before = 0
    cdef int32_t item
    cdef PyObject* given
    for i in range(lines_n):
        given = borrow_item(<PyObject*>lines, i)
        if <PyObject*>Py_TYPE(<object>given) != LINE:
            break_off("exact_line", what=type(<object>given).__name__)
        number = take_short(get_slot(given, LINE_AT), 1, TIME_LIMIT, "line")
        if number <= before:
            break_off("basket_lines_rise", line=number)
        before = number
        item = find_known(plan, known, get_slot(given, ITEM_AT))
        if item < 0:
            name = <object>get_slot(given, ITEM_AT)
            raise Refused(
                "item_unknown",
                f"the price book has no item {name!r}; check line {number}, or add it to the book",
                line=number,
            )
        fetch(&plan.flat.items[item])
        key = <int64_t>item * PLACES + i
        k = i
        if lines_n <= FEW:
            while k > 0 and order[k - 1] > key:
                order[k] = order[k - 1]
                k -= 1
        order[k] = key
    return 0


cdef int read_line(Plan plan, Line* line, PyObject* given) except -1:
    cdef PyObject* override = get_slot(given, OVERRIDE_AT)
    line.number = take_short(get_slot(given, LINE_AT), 1, TIME_LIMIT, "line")
    line.quantity = take_short(get_slot(given, QUANTITY_AT), 1, QUANTITY_LIMIT, "quantity")
    line.label = take_amount(get_slot(given, LABEL_AT))
    line.amount = NONE
    line.manual = 0
    line.overridden = override != <PyObject*>None
    if line.overridden:
        by_hand = <object>override
        line.amount = take_amount(<PyObject*>by_hand.amount_minor)
        line.manual = take_int(by_hand.discount_minor, 0, AMOUNT_LIMIT, "amount")
    if plan.flat.items[line.item].open_price and line.label < 0 and line.amount < 0:
        name = <object>get_slot(given, ITEM_AT)
        raise Refused(
            "amount_needed",
            f"{name} has no price of its own; enter an amount for line {line.number}",
            line=line.number,
        )
    return 0


cdef inline int64_t take_short(
    PyObject* value, int64_t low, int64_t high, str name
) except? -1:
    """`take_int`, with a short way for the numbers nearly all are."""
    cdef int64_t number
    if is_exact_int(value) and is_short(value):
        number = read_short(value)
        if low <= number <= high:
            return number
    return take_int(<object>value, low, high, name)


cdef inline int64_t take_amount(PyObject* amount) except? -2:
    """An amount, or NONE where there is none."""
    if amount == <PyObject*>None:
        return NONE
    return take_short(amount, 0, AMOUNT_LIMIT, "amount")


cdef object read_coupons(Plan plan, Sheet* sheet, tuple coupons):
    """The scans of each known coupon and its basket rows, in order of rank; the unknown ones."""
    cdef list unknown = []
    cdef Py_ssize_t i
    cdef int32_t number
    make_scanned(sheet, PyTuple_GET_SIZE(coupons))
    for coupon in coupons:
        found = plan._coupons.get(coupon)
        if found is None:
            unknown.append(coupon)
            continue
        number = found
        for i in range(sheet.scans_n):
            if sheet.scans[i].coupon == number:
                sheet.scans[i].scans_n += 1
                break
        else:
            sheet.scans[sheet.scans_n].coupon = number
            sheet.scans[sheet.scans_n].scans_n = 1
            sheet.scans_n += 1
            add_scanned(sheet, plan._coupon_rows[number])
    unknown.sort()
    return unknown


cdef int add_scanned(Sheet* sheet, list rows) except -1:
    """Put a coupon's basket rows where they belong among those of other coupons."""
    cdef int32_t row
    cdef Py_ssize_t k
    make_scanned(sheet, sheet.scanned_n + len(rows))
    for named in rows:
        row = named
        k = sheet.scanned_n
        while k > 0 and sheet.scanned[k - 1] > row:
            sheet.scanned[k] = sheet.scanned[k - 1]
            k -= 1
        sheet.scanned[k] = row
        sheet.scanned_n += 1
    return 0


# --- rights

cdef int read_rights(Plan plan, Sheet* sheet, object rights) except -1:
    """What the rights say of the sale, and what is left of offers somebody counted."""
    if type(rights) is not RIGHTS:
        break_off("exact_rights", what=type(rights).__name__)
    sheet.asked.channel = plan.flat.counter
    sheet.asked.tier = NONE
    sheet.asked.first_order = False
    sheet.asked.points_n = 0
    sheet.asked.utc_offset_min = 0
    sheet.caps_n = 0
    if rights is NO_RIGHTS_AT_ALL:
        return 0
    sheet.asked.channel = plan.find_word(rights.channel)
    if sheet.asked.member:
        sheet.asked.tier = plan.find_word(rights.tier)
    sheet.asked.first_order = rights.first_order
    sheet.asked.points_n = take_int(rights.points_n, 0, COUNT_LIMIT, "points")
    sheet.asked.utc_offset_min = <int32_t>take_int(
        rights.utc_offset_min, -OFFSET_LIMIT, OFFSET_LIMIT, "utc_offset"
    )
    for left in rights.gifts.values():
        take_int(left, 0, COUNT_LIMIT, "gifts")
    if rights.used or rights.left:
        read_caps(plan, sheet, rights)
    return 0


cdef int read_caps(Plan plan, Sheet* sheet, object rights) except -1:
    """What this customer, and all customers, still have of the offers somebody counted."""
    cdef int32_t most
    make_caps(sheet, len(rights.used) + len(rights.left))
    for offer, used in rights.used.items():
        number = plan._offer_index.get(offer)
        if number is not None and plan.flat.offers[number].customer_n != NONE:
            most = plan.flat.offers[number].customer_n
            sheet.caps[sheet.caps_n].offer = number
            sheet.caps[sheet.caps_n].left_n = max(0, most - take_int(used, 0, COUNT_LIMIT, "used"))
            sheet.caps_n += 1
    for offer, left in rights.left.items():
        number = plan._offer_index.get(offer)
        if number is not None:
            sheet.caps[sheet.caps_n].offer = number
            sheet.caps[sheet.caps_n].left_n = take_int(left, 0, COUNT_LIMIT, "left")
            sheet.caps_n += 1
    return 0


cdef int prepare_tail(Plan plan, Sheet* sheet, object rights) except -1:
    """Lay out the basket rows that see this basket, knowing how many gifts are left."""
    if rights is NO_RIGHTS_AT_ALL or not rights.gifts:
        return tail_prepare(&sheet.tail, sheet.asked.points_n, NULL, 0)
    return prepare_gifts(plan, sheet, rights.gifts)


cdef int prepare_sheet(Plan plan, Sheet* sheet, int64_t work_max_n) except -1:
    """An empty sheet for baskets of this plan."""
    open_sheet(sheet, &plan.flat)
    sheet.work_max_n = work_max_n
    if plan.tail.book.rows_n:
        tail_open(&sheet.tail, &plan.tail.book)
        sheet.tail.price_piece = price_piece
        sheet.tail.asker = sheet
        sheet.has_tail = True
    return 0
