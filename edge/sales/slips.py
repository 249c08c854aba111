"""Papers for the hand: pick slips, the page that sets a scanner up, the one that pairs a device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta, Struct

from cext.lang.quantity import PIECE, Unit, say_quantity
from edge.devices.paper import Barcode, Cut, Document, Feed, Part, Qr, Rule, Text
from edge.sales.day_paper import Sheet
from edge.sales.texts import say_sum

PICK_LINES_MAX_N = 200
Line = Annotated[str, Meta(min_length=1, max_length=120)]
Word = Annotated[str, Meta(max_length=120)]


class PickLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One item to fetch: `quantity` in thousandths of a piece, grams or ml; `place` as a shelf."""

    name: Line
    quantity: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    unit: Unit = "piece"
    place: Word = ""
    code: Annotated[str, Meta(max_length=40)] = ""
    note: Word = ""


class PickSlip(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to fetch for one order. `order` is printed as a barcode too: ASCII."""

    order: Annotated[str, Meta(min_length=1, max_length=24, pattern=r"^[\x21-\x7e]+$")]
    customer: Word = ""
    ready_by_ms: int | None = None
    note: Word = ""
    lines: Annotated[tuple[PickLine, ...], Meta(min_length=1, max_length=PICK_LINES_MAX_N)]


def lay_out_pick_slip(slip: PickSlip, sheet: Sheet) -> Document:
    """One box to tick a line, in the order given, with place, quantity and what to look at."""
    return sheet.document(_pick_parts(slip, sheet))


def _pick_parts(slip: PickSlip, sheet: Sheet) -> Iterator[Part]:
    texts = sheet.texts
    yield Text(texts["pick_slip"], bold=True, size=2, align="center")
    yield Feed()
    yield Text(texts["order"], slip.order, bold=True)
    if slip.customer:
        yield Text(texts["pick_for"], slip.customer)
    if slip.ready_by_ms is not None:
        yield Text(texts["pick_by"], sheet.say_time(slip.ready_by_ms), bold=True)
    if slip.note:
        yield Text(f"{texts['pick_note']}: {slip.note}")
    yield Rule(double=True)
    for line in slip.lines:
        is_one = line.unit == "piece" and line.quantity == PIECE
        quantity = say_sum(say_quantity(line.quantity, line.unit), sheet.language)
        yield Text(f"[ ] {line.name}", quantity, bold=not is_one, hang_n=4)
        # What helps to find it stands below its name.
        where = f"{texts['pick_where']} {line.place}" if line.place else ""
        if where or line.code:
            yield Text(f"    {where}", line.code)
        if line.note:
            yield Text(f"    {texts['pick_note']}: {line.note}")
    yield Rule(double=True)
    yield Text(texts["pick_lines"], str(len(slip.lines)))
    yield Feed()
    yield Text(texts["picked_by"], "_" * (sheet.width_n // 2))
    yield Feed()
    yield Barcode(slip.order, "code128")
    yield Cut()


def lay_out_calibration(sheet: Sheet) -> Document:
    """The page whose one scan tells how a keyboard scanner is set up."""
    return sheet.document(_calibration_parts(sheet))


def _calibration_parts(sheet: Sheet) -> Iterator[Part]:
    # Only who sets a scanner up pays for all its layouts.
    from edge.devices.scanners.learn import CALIBRATION  # noqa: PLC0415

    texts = sheet.texts
    yield Text(texts["calibration"], bold=True, size=2, align="center")
    yield Feed()
    yield from _steps(texts["calibration_steps"])
    yield Barcode(CALIBRATION, "code128")
    yield Text(texts["calibration_again"])
    yield Feed()
    yield Cut()


def lay_out_pairing(address: str, sheet: Sheet) -> Document:
    """The page that leads a phone or a handheld to the box; `address` is a URL."""
    return sheet.document(_pairing_parts(address, sheet))


def _pairing_parts(address: str, sheet: Sheet) -> Iterator[Part]:
    texts = sheet.texts
    if sheet.shop_name:
        yield Text(sheet.shop_name, bold=True, align="center")
    yield Text(texts["pairing"], bold=True, size=2, align="center")
    yield Feed()
    yield from _steps(texts["pairing_steps"])
    yield Feed()
    yield Qr(address)
    yield Text(texts["pairing_address"], align="center")
    yield Text(address, bold=True, align="center")
    yield Feed()
    yield Cut()


def _steps(said: str) -> Iterator[Part]:
    for step in said.split("|"):
        yield Text(step, hang_n=3)
