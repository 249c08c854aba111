"""One value of every message and every event, as the golden files hold them."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from cext.lang.basket import Override, Tender, Weighing
from cext.lang.events import (
    GENESIS_HASH,
    Body,
    DeviceChanged,
    DeviceStatistics,
    DeviceTakenOver,
    DrawerOpened,
    PriceBookApplied,
    Pricing,
    PrintDropped,
    ReceiptPrinted,
    SaleClosed,
    SaleLine,
    SaleRefunded,
    StockReceived,
    StockReceivedLine,
    StoreOpened,
    Trace,
)
from cext.lang.quote import Adjustment, TaxSum, Use
from cext.lang.rights import Rights
from cext.lang.wire import Ack, Batch, Hello, Message, Welcome

HASH = bytes(range(32))
HLC = (1_483_525_800_000 << 16) | 3

LINES = (
    SaleLine(
        line=1,
        item="1082185",
        name="FRZN PIZZA 披萨",
        department="GROCERY",
        unit="piece",
        quantity=2000,
        gross_minor=1198,
        net_minor=898,
        tax="food",
        tax_minor=0,
        code="2000001082185",
        adjustments=(
            Adjustment(
                line=1,
                rule="m-1082185",
                kind="member_price",
                reason="member price",
                amount_minor=200,
            ),
            Adjustment(
                line=1,
                rule="c-77",
                kind="coupon",
                reason="coupon 77",
                amount_minor=100,
                funded_by="maker",
            ),
        ),
    ),
    SaleLine(
        line=3,
        item="4011",
        name="BANANAS",
        department="PRODUCE",
        unit="g",
        quantity=862,
        gross_minor=112,
        net_minor=100,
        tax="none",
        tax_minor=0,
        derived_quantity=False,
        weighing=Weighing(
            weight_g=862,
            tare_g=0,
            device="scale1",
            protocol="toledo_8217",
            raw_hex="02303139300d",
            at_ms=1_483_525_790_000,
        ),
        override=Override(amount_minor=None, discount_minor=12, reason="ripe", approved_by="zhou"),
    ),
)
TENDERS = (
    Tender(kind="cash", amount_minor=1000, change_minor=2),
    Tender(kind="card", amount_minor=0, reference="a-1"),
)
TAXES = (TaxSum(tax="food", rate_ppm=88_750, net_minor=825, tax_minor=73),)

OLD_EVENTS: dict[str, Body] = {
    "store_opened_1": StoreOpened(
        store="367",
        currency="USD",
        zone="America/New_York",
        day_change_hour=0,
        software="storeline 0.1.0",
    ),
    "price_book_applied_1": PriceBookApplied(
        version="2017-W01", hash="ab" * 32, effective_ms=1_483_506_000_000, items_n=5, offers_n=2
    ),
    "stock_received_1": StockReceived(
        document="D-1", lines=(StockReceivedLine("4011", 18_000), StockReceivedLine("1", 6000))
    ),
    "sale_closed_1": SaleClosed(
        number="367-1-000001",
        business_day="2017-01-04",
        business_hour=5,
        book="2017-W01",
        member="1482",
        lines=LINES,
        tenders=TENDERS,
        taxes=TAXES,
        gross_minor=1310,
        discount_minor=312,
        payable_minor=998,
        rounding_minor=0,
        coupons=("77",),
    ),
    "sale_refunded_1": SaleRefunded(
        number="367-1-000002",
        sale_number="367-1-000001",
        business_day="2017-01-05",
        business_hour=18,
        reason="spoiled",
        approved_by="zhou",
        lines=LINES[1:],
        tenders=TENDERS[:1],
        payable_minor=100,
    ),
    "receipt_printed_1": ReceiptPrinted(
        number="367-1-000001", device="printer1", copy=False, late_ms=812
    ),
    "drawer_opened_1": DrawerOpened(device="printer1", number="367-1-000001", reason="sale"),
    "device_changed_1": DeviceChanged(
        device="scale1", kind="toledo_8217_scale", state="gone", detail="unplugged"
    ),
}

SALE, REFUND = OLD_EVENTS["sale_closed_1"], OLD_EVENTS["sale_refunded_1"]
NEW_LINES = (
    replace(LINES[0], price_minor=599),
    replace(LINES[1], price_minor=130, label_minor=112, trace=Trace("L7", "S-1", "2017-01-09")),
)
WEIGHED = replace(
    NEW_LINES[1],
    weighing=Weighing(
        weight_g=862,
        tare_g=20,
        device="scale1",
        protocol="checkout_dialog",
        raw_hex="0230321b331b30303836321b3030303133301b30303031313203",
        at_ms=1_483_525_790_000,
        net=True,
        unit="kg",
        division_g=2,
        checked=True,
        identity="/dev/serial/by-id/usb-scale",
        scale_price_minor=130,
        scale_amount_minor=112,
    ),
)
SALE_2 = replace(
    SALE,
    lines=NEW_LINES,
    pricing=Pricing(
        book_hash="cd" * 32,
        at_ms=1_483_525_799_000,
        rights=Rights(tier="gold", points_n=50, left={"o1": 3}, utc_offset_min=-300),
        code="K7QF2-M8XR0",
        proof="bounded",
        gap_minor=5,
        points_n=40,
        uses=(Use(rule="o1", times=2, pieces=((1, 2),)),),
    ),
)
EVENTS: dict[str, Body] = {
    **OLD_EVENTS,
    "sale_closed_2": SALE_2,
    "sale_refunded_2": replace(REFUND, lines=NEW_LINES[1:]),
    "device_statistics_1": DeviceStatistics(
        device="scale1",
        kind="mt_sics_scale",
        maker="Mettler Toledo",
        model="ICS435",
        serial="B123456789",
        firmware="1.2",
        counts={"CommunicationErrorCount": 2, "GoodWeightReadCount": 70_000},
    ),
    "device_taken_over_1": DeviceTakenOver(
        device="scale1", holder="handheld-2", former="lane:1", token=101, grant="till"
    ),
    "sale_closed_3": replace(SALE_2, lines=(NEW_LINES[0], WEIGHED)),
    "sale_refunded_3": replace(REFUND, lines=(WEIGHED,)),
    "receipt_printed_2": ReceiptPrinted(
        number="367-1-000001", device="printer2", copy=True, late_ms=812, wanted="printer1"
    ),
    "print_dropped_1": PrintDropped(
        job="receipt:367-1-000001:copy:1",
        kind="receipt",
        number="367-1-000001",
        who="anna",
        why="it came out 已出纸",
    ),
}

GOLDEN = Path(__file__).parent / "golden"
# As they were written in their day: a body of an older version is not written any more.
RAWS = tuple(
    bytes.fromhex((GOLDEN / f"event_{name}.hex").read_text(encoding="ascii")) for name in OLD_EVENTS
)

MESSAGES: dict[str, Message] = {
    "hello": Hello(
        nonce=7,
        epoch=1,
        head_seq=8,
        head_hash=HASH,
        oldest_seq=1,
        software="0.1.0",
        boot="c0ffee00c0ffee00",
        at_ms=1_483_525_800_000,
    ),
    "welcome": Welcome(
        nonce=7,
        session=2**62 - 1,
        epoch=1,
        cursor=0,
        hash_at_cursor=GENESIS_HASH,
        credit_bytes=1_048_576,
        at_ms=1_483_525_800_040,
        software="0.1.0",
    ),
    "batch": Batch(
        session=2**62 - 1,
        epoch=1,
        first=1,
        prev_hash=GENESIS_HASH,
        events=RAWS[:3],
        last_hash=HASH,
    ),
    "ack": Ack(session=2**62 - 1, epoch=1, cursor=3, credit_bytes=1_048_576),
    "ack_gap": Ack(session=2**62 - 1, epoch=1, cursor=3, credit_bytes=1_048_576, note="gap"),
}
