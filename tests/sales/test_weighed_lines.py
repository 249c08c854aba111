"""What a weighed line keeps as evidence, and what the customer saw on the scale meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from cext.errors import ConfigError
from cext.lang.events import SaleClosed, decode_body, decode_envelope
from edge.devices import KINDS, decode_settings
from edge.devices.ports import ANSWER_MAX_MS, SCALE_READ_MAX_S, SETTLE_MAX_MS
from edge.sales.pricing import UnitPrice
from edge.sales.reading import SCALE_WAIT_S
from edge.sim.dialog_scale import SimScale as DialogScale
from edge.sim.mt_sics_scale import SimScale as SicsScale
from edge.sim.scale_port import ScalePort
from edge.sim.toledo_8217_scale import SimScale as ToledoScale
from tests.sales.shop import BANANA_CODE, listening, make_settings, running

SCALES = [kind for kind in KINDS if kind.endswith("_scale")]


async def sell_bananas(tmp_path: Path, scale: ScalePort, **keys: int) -> tuple[Any, Any]:
    """(lane after the scan, line of the sale in the journal) of bananas weighed on `scale`."""
    settings = make_settings(
        tmp_path / "state",
        lanes=[{"id": "1", "scale": "w1"}],
        devices={"w1": {**scale.table(), **keys}},
    )
    async with running(settings) as door:
        async with listening(door) as news:
            await news.until_device("w1", "ready")
        await door.open()
        lane = await door.scan(BANANA_CODE)
        await door.pay(10_000)
        await door.post("/v1/lanes/1/close")
        events = await door.box.journal.load(1, limit_n=100)
        bodies = [decode_body(decode_envelope(event.raw)) for event in events]
    (sale,) = [body for body in bodies if isinstance(body, SaleClosed)]
    return lane, sale.lines[0]


async def test_what_the_scale_took_off_is_not_taken_off_again(tmp_path: Path) -> None:
    async with ToledoScale(tmp_path / "scale") as scale:
        scale.tare_g = 20
        scale.set_load(406)
        _, line = await sell_bananas(tmp_path, scale, division_g=2)

    kept = line.weighing
    assert (line.quantity, line.net_minor) == (386, 616)
    # The 8217 says that it is net and not what of: unknown, and no 0.
    assert (kept.weight_g, kept.net, kept.tare_g) == (386, True, None)
    assert (kept.unit, kept.division_g, kept.checked) == ("kg", 2, None)
    assert (kept.device, kept.identity) == ("w1", str(tmp_path / "scale"))
    assert (kept.protocol, bytes.fromhex(kept.raw_hex)) == ("toledo_8217", b"\x0200.386N\r")
    assert kept.at_ms > 0


async def test_a_scale_that_never_tells_its_tare_leaves_it_unknown(tmp_path: Path) -> None:
    async with SicsScale(tmp_path / "scale") as scale:
        scale.set_load(386)
        with capture_logs() as logs:
            _, line = await sell_bananas(tmp_path, scale, division_g=5)

    assert (line.quantity, line.weighing.net, line.weighing.tare_g) == (386, None, None)
    assert [one["division_g"] for one in logs if one["event"] == "weight_off_step"] == [5]


async def test_the_scale_shows_the_customer_what_the_shop_asks(tmp_path: Path) -> None:
    async with DialogScale(tmp_path / "scale") as scale:
        scale.set_load(386)
        lane, line = await sell_bananas(tmp_path, scale)

    # 7.98 for 500 g is 15.96 a kilogram.
    assert scale.prices[-1] == 1_596
    assert (line.weighing.scale_price_minor, line.weighing.scale_amount_minor) == (1_596, 616)
    assert line.gross_minor == 616
    assert lane["notice"] is None


async def test_an_amount_that_is_not_ours_is_kept_logged_and_shown(tmp_path: Path) -> None:
    async with DialogScale(tmp_path / "scale") as scale:
        scale.set_load(386)
        scale.extra_minor = 1
        with capture_logs() as logs:
            lane, line = await sell_bananas(tmp_path, scale)

    assert (line.gross_minor, line.weighing.scale_amount_minor) == (616, 617)
    assert lane["notice"] == {
        "code": "scale_amount_differs",
        "detail": "Bananas: the scale shows $6.17, it costs $6.16",
    }
    assert [one["ours_minor"] for one in logs if one["event"] == "scale_amount_differs"] == [616]


def test_a_price_that_is_no_whole_number_a_kilogram_is_not_told_to_a_scale() -> None:
    assert UnitPrice(798, 500, "CNY").kilogram_minor() == 1_596
    assert UnitPrice(100, 300, "CNY").kilogram_minor() is None
    assert UnitPrice(100, 300, "CNY").amount_minor(450) == 150


@pytest.mark.parametrize("kind", SCALES)
def test_no_settings_let_a_scale_take_longer_than_the_counter_waits(kind: str) -> None:
    table: dict[str, Any] = {"kind": kind, "port": "/dev/none"}
    if kind == "w_digits_scale":
        table["family"] = "cas_pd2"
    decode_settings(
        {"it": {**table, "settle_wait_ms": SETTLE_MAX_MS, "answer_wait_ms": ANSWER_MAX_MS}}
    )
    for key, most_ms in (("settle_wait_ms", SETTLE_MAX_MS), ("answer_wait_ms", ANSWER_MAX_MS)):
        with pytest.raises(ConfigError, match=key):
            decode_settings({"it": {**table, key: most_ms + 1}})

    assert SCALE_WAIT_S * 1000 > SCALE_READ_MAX_S * 1000 >= SETTLE_MAX_MS + 2 * ANSWER_MAX_MS
