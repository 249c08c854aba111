"""A basket and rights, as Python holds them, written on a sheet; the only place that checks them.

The fields of a struct are read by their place in memory: reading ten lines by attribute takes
twice as long as pricing them. Sound because the type of each struct is checked exactly, msgspec
keeps a struct's fields as plain members at fixed places, and each place is tried out on a real
struct when this module is imported; another layout stops the start.
"""

cimport cython
from cpython.object cimport PyObject
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from libc.stdint cimport int32_t, int64_t

from cext.engine.pricing.plan cimport NONE, BookRecord, Plan
from cext.engine.rounding cimport take_int
from cext.engine.pricing.sheet cimport Line, Sheet, make_caps, make_lines, make_scanned, open_sheet
from cext.engine.tail.tail_work cimport tail_open, tail_prepare

from array import array

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

cdef enum:
    LINES_LIMIT = 500
    COUPONS_LIMIT = 100

COUPONS_MAX_N = COUPONS_LIMIT
must(LINES_MAX_N == LINES_LIMIT, "line_limits_agree")

# Looked up once: a name of the module costs a look into its dict.
cdef object BASKET = Basket
cdef object LINE = BasketLine
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
    must(read_slot(sample, offset) is getattr(sample, name), "struct_layout_known", field=name)
    return offset


cdef inline object read_slot(object struct, Py_ssize_t offset):
    return <object>(<PyObject**>(<char*><PyObject*>struct + offset))[0]


_sample = BasketLine(line=1, item="a", quantity=1000)
cdef Py_ssize_t LINE_AT = find_slot(_sample, "line")
cdef Py_ssize_t ITEM_AT = find_slot(_sample, "item")
cdef Py_ssize_t QUANTITY_AT = find_slot(_sample, "quantity")
cdef Py_ssize_t LABEL_AT = find_slot(_sample, "label_minor")
cdef Py_ssize_t OVERRIDE_AT = find_slot(_sample, "override")
_sample_basket = Basket()
cdef Py_ssize_t LINES_AT = find_slot(_sample_basket, "lines")
cdef Py_ssize_t MEMBER_AT = find_slot(_sample_basket, "member")
cdef Py_ssize_t COUPONS_AT = find_slot(_sample_basket, "coupons")


cdef object read_basket(Plan plan, Sheet* sheet, object basket):
    """Write lines and scans on the sheet; the coupons nobody knows, sorted, or None."""
    cdef tuple lines, coupons
    cdef Py_ssize_t i, lines_n
    cdef int64_t number, before = 0
    if type(basket) is not BASKET:
        break_off("exact_basket", what=type(basket).__name__)
    lines = <tuple?>read_slot(basket, LINES_AT)
    coupons = <tuple?>read_slot(basket, COUPONS_AT)
    lines_n = PyTuple_GET_SIZE(lines)
    if lines_n > LINES_LIMIT or PyTuple_GET_SIZE(coupons) > COUPONS_LIMIT:
        raise Refused("basket_full", f"at most {LINES_LIMIT} lines, {COUPONS_LIMIT} coupons")
    make_lines(sheet, lines_n)
    sheet.lines_n = lines_n
    for i in range(lines_n):
        given = <object>PyTuple_GET_ITEM(lines, i)
        if type(given) is not LINE:
            break_off("exact_line", what=type(given).__name__)
        number = take_int(read_slot(given, LINE_AT), 1, TIME_LIMIT, "line")
        if number <= before:
            break_off("basket_lines_rise", line=number)
        before = number
        sheet.lines[i].number = number
        sheet.lines[i].given = <int32_t>i
        read_line(plan, &sheet.lines[i], given)
    sheet.asked.member = read_slot(basket, MEMBER_AT) is not None
    sheet.scans_n = sheet.scanned_n = 0
    return read_coupons(plan, sheet, coupons) if coupons else None


cdef int read_line(Plan plan, Line* line, object given) except -1:
    item = read_slot(given, ITEM_AT)
    line.item = plan.find_item(item)
    if line.item < 0:
        raise Refused("item_unknown", f"there is no item {item!r}", line=line.number)
    line.quantity = take_int(read_slot(given, QUANTITY_AT), 1, QUANTITY_LIMIT, "quantity")
    line.label = take_amount(read_slot(given, LABEL_AT))
    line.amount = NONE
    line.manual = 0
    override = read_slot(given, OVERRIDE_AT)
    line.overridden = override is not None
    if line.overridden:
        line.amount = take_amount(override.amount_minor)
        line.manual = take_int(override.discount_minor, 0, AMOUNT_LIMIT, "amount")
    if plan.flat.items[line.item].open_price and line.label < 0 and line.amount < 0:
        raise Refused("amount_needed", f"{item} has no price", line=line.number)
    return 0


cdef int64_t take_amount(object amount) except? -2:
    """An amount, or NONE where there is none."""
    return NONE if amount is None else take_int(amount, 0, AMOUNT_LIMIT, "amount")


cdef object read_coupons(Plan plan, Sheet* sheet, tuple coupons):
    """The scans of each known coupon and its basket rows, in order of rank; the unknown ones."""
    cdef list unknown = [], rows = []
    counts = {}
    for coupon in coupons:
        number = plan._coupons.get(coupon)
        if number is None:
            unknown.append(coupon)
        else:
            counts[number] = counts.get(number, 0) + 1
    for number in counts:
        rows += plan._coupon_rows[number]
    rows.sort()
    make_scanned(sheet, max(len(rows), len(counts)))
    for i, (number, scans_n) in enumerate(counts.items()):
        sheet.scans[i].coupon = number
        sheet.scans[i].scans_n = scans_n
    for i, row in enumerate(rows):
        sheet.scanned[i] = row
    sheet.scans_n = len(counts)
    sheet.scanned_n = len(rows)
    unknown.sort()
    return unknown


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
    """Lay out the basket rows that see this basket, knowing which gifts are gone."""
    cdef int32_t gone[1]
    cdef int32_t[::1] out
    if rights is NO_RIGHTS_AT_ALL or not rights.gifts:
        tail_prepare(&sheet.tail, sheet.asked.points_n, gone, 0)
        return 0
    items = []
    for item, left in rights.gifts.items():
        if left == 0 and plan.find_item(item) >= 0:
            items.append(plan.find_item(item))
    items.sort()
    if items:
        out = array("i", items)
        tail_prepare(&sheet.tail, sheet.asked.points_n, &out[0], len(items))
    else:
        tail_prepare(&sheet.tail, sheet.asked.points_n, gone, 0)
    return 0


cdef int prepare_sheet(Plan plan, Sheet* sheet, int64_t work_max_n) except -1:
    """An empty sheet for baskets of this plan."""
    open_sheet(sheet, &plan.flat)
    sheet.work_max_n = work_max_n
    if plan.tail.book.rows_n:
        tail_open(&sheet.tail, &plan.tail.book)
        sheet.has_tail = True
    return 0
