"""The devices page in a real browser, on a real edge with devices that speak bytes."""

from __future__ import annotations

import asyncio
import tomllib
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Locator, Page, Route, expect

from edge.devices.scanners import CALIBRATION
from tests.pages.conftest import Visit
from tests.pages.shop import BREAD, MILK, Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def open_devices(shop: Shop, visit: Visit, **how: object) -> Page:
    page = await visit(f"{shop.edge_url}/devices#token={shop.edge_token}", **how)
    await expect(page.locator(".device.is-good")).to_have_count(5)
    return page


def card(page: Page, device: str) -> Locator:
    return page.locator(f'[data-device="{device}"]')


async def press(page: Page, device: str, name: str) -> None:
    await card(page, device).get_by_role("button", name=name, exact=True).click()


async def test_every_device_says_what_it_is_how_it_is_and_where(shop: Shop, visit: Visit) -> None:
    page = await open_devices(shop, visit)

    await expect(page.locator(".verdict")).to_have_text("All devices work")
    scale = card(page, "scale1")
    await expect(scale.get_by_role("heading", level=2)).to_have_text("Scalescale1")
    await expect(scale.locator(".chip")).to_have_text("ready")
    await expect(scale.locator(".where")).to_contain_text("Lane 1")
    await scale.locator("summary").click()
    await expect(scale.locator(".facts").first).to_contain_text("toledo_8217_scale")


async def test_a_weight_is_watched_live_and_what_was_scanned_is_shown(
    shop: Shop, visit: Visit
) -> None:
    page = await open_devices(shop, visit)
    shop.scale.set_load(1286)

    await press(page, "scale1", "Watch the weight")
    await expect(card(page, "scale1").locator(".said")).to_have_text("1.286 kg")
    shop.scale.set_load(250)
    await expect(card(page, "scale1").locator(".said")).to_have_text("0.250 kg")
    await press(page, "scale1", "Stop watching")
    await shop.scanner.type(BREAD)

    await expect(card(page, "scanner1").locator(".said")).to_have_text(BREAD)
    shop.scale.set_load(0)


async def test_each_kind_is_tested_by_a_button(shop: Shop, visit: Visit) -> None:
    page = await open_devices(shop, visit)
    jobs_n, kicks_n = shop.printer.jobs_n, shop.printer.kicks_n

    await press(page, "printer1", "Print a test")
    await shop.printer.wait_jobs(jobs_n + 1)
    await expect(card(page, "printer1").locator(".outcome.is-good")).to_contain_text("confirmed")
    await press(page, "printer1", "Open drawer")
    await expect(card(page, "printer1").locator(".outcome")).to_contain_text("pulse")
    assert shop.printer.kicks_n == kicks_n + 1

    await press(page, "display1", "Show a test text")
    await shop.display.until_lines("12345678901234567890", "ABCDEFGHIJKLMNOPQRST")

    await press(page, "scanner1", "Wait for a scan")
    await expect(card(page, "scanner1").locator(".outcome.is-wait")).to_be_visible()
    await shop.scanner.type(BREAD)
    await expect(card(page, "scanner1").locator(".outcome.is-good")).to_have_text(f"Read {BREAD}")

    await press(page, "scale1", "Check")
    await expect(card(page, "scale1").locator(".outcome.is-good")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "cause", "cure", "verdict"),
    [
        ("en-US", "Out of paper", "Put in a new roll", "1 device needs you"),
        ("zh-CN", "缺纸", "请换上新纸卷", "有 1 台设备需要处理"),
    ],
)
async def test_trouble_is_told_with_its_cause_and_cure_and_ends_by_itself(
    shop: Shop, visit: Visit, *, language: str, cause: str, cure: str, verdict: str
) -> None:
    page = await open_devices(shop, visit, language=language)

    shop.printer.set_paper("out")

    trouble = card(page, "printer1").locator(".trouble")
    await expect(trouble.locator("strong")).to_have_text(cause, timeout=15_000)
    await expect(trouble).to_contain_text(cure)
    await expect(page.locator(".verdict")).to_have_text(verdict)
    await expect(page.locator(".device").first).to_have_attribute("data-device", "printer1")
    shop.printer.set_paper("ok")
    await expect(trouble).to_have_count(0, timeout=15_000)


async def test_the_recording_is_saved_as_a_file(shop: Shop, visit: Visit) -> None:
    page = await open_devices(shop, visit)
    await card(page, "scale1").locator("summary").click()

    async with page.expect_download() as saved:
        await press(page, "scale1", "Save the recording")

    download = await saved.value
    assert download.suggested_filename == "scale1-recording.txt"
    assert "toledo_8217_scale" in (await download.path()).read_text()


async def test_a_token_that_may_only_read_is_told_what_it_lacks(shop: Shop, visit: Visit) -> None:
    page = await visit(f"{shop.edge_url}/devices#token={shop.read_token}")

    await press(page, "printer1", "Open drawer")

    outcome = card(page, "printer1").locator(".outcome.is-bad")
    await expect(outcome).to_contain_text("Not allowed with this token")
    await expect(outcome).to_contain_text("sell and manage")


async def test_a_narrow_page_has_no_sideways_scroll_and_room_for_fingers(
    shop: Shop, visit: Visit
) -> None:
    page = await open_devices(shop, visit, width=360, height=740, language="zh-CN", dark=True)
    for at in range(5):
        await page.locator(".device summary").nth(at).click()

    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    small = "all => all.filter(one => one.getBoundingClientRect().height < 44).length"
    assert await page.locator("button, summary, a").evaluate_all(small) == 0
    await press(page, "scanner2", "扫一次码完成设置")
    setup = page.get_by_role("dialog")
    assert await scan_screen(setup.get_by_role("img", name="校准条码")) == CALIBRATION.encode()
    assert await setup.evaluate("one => one.scrollWidth") <= 360
    assert await setup.locator("button, select").evaluate_all(small) == 0


async def test_the_counter_leads_here_and_back(shop: Shop, visit: Visit) -> None:
    page = await visit(shop.counter_page)

    await page.get_by_role("link", name="Look after them").click()
    await expect(page.locator(".device")).to_have_count(5)
    await page.get_by_role("link", name="Counter").click()

    await expect(page.locator(".side")).to_be_visible()


async def test_a_device_is_taken_over_by_one_page_and_then_by_another(
    shop: Shop, visit: Visit
) -> None:
    page = await open_devices(shop, visit)
    handheld = {"holder": "handheld-2", "ttl_s": 120, "take_over": True}
    assert await shop.ask("POST", "/v1/devices/scanner1/lease", handheld) == 200
    lease = card(page, "scanner1").locator(".lease")
    await expect(lease).to_contain_text("In use by handheld-2 until")

    await press(page, "scanner1", "Take over")
    await expect(lease).to_contain_text("In use by this page")
    await shop.scanner.type(MILK)
    await expect(lease).to_contain_text(MILK)

    assert await shop.ask("POST", "/v1/devices/scanner1/lease", handheld) == 200
    lost = card(page, "scanner1").locator(".outcome.is-bad")
    await expect(lost).to_contain_text("taken over")
    await press(page, "scanner1", "Take over")
    await press(page, "scanner1", "Give back")
    await expect(lease).to_have_count(0)


async def test_a_late_answer_does_not_hide_what_the_live_line_told(
    shop: Shop, visit: Visit
) -> None:
    page = await open_devices(shop, visit)
    asked, answer_now = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        answer = await route.fetch()  # as it was before the lease
        asked.set()
        await answer_now.wait()
        await route.fulfill(response=answer)

    await page.route("**/v1/leases", hold)
    await page.reload()
    await asked.wait()
    handheld = {"holder": "handheld-2", "ttl_s": 120, "take_over": True}
    assert await shop.ask("POST", "/v1/devices/scale1/lease", handheld) == 200
    lease = card(page, "scale1").locator(".lease")
    await expect(lease).to_contain_text("In use by handheld-2")
    async with page.expect_response("**/v1/leases"):
        answer_now.set()
    await page.unroute_all(behavior="wait")
    await page.evaluate(
        "() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))"
    )

    await expect(lease).to_contain_text("In use by handheld-2")
    await press(page, "scale1", "Take over")
    await press(page, "scale1", "Give back")
    await expect(lease).to_have_count(0)


async def test_a_scale_that_somebody_else_uses_is_not_touched_but_told(
    shop: Shop, visit: Visit
) -> None:
    page = await open_devices(shop, visit)
    await card(page, "scale1").locator("summary").click()
    await press(page, "scale1", "Reserve for this page")
    await expect(card(page, "scale1").locator(".lease")).to_be_visible()

    await press(page, "scale1", "Zero")  # with the token of the lease
    await expect(card(page, "scale1").locator(".outcome.is-good")).to_contain_text("at zero")
    stranger = await open_devices(shop, visit, language="zh-CN")
    await press(stranger, "scale1", "置零")

    told = card(stranger, "scale1").locator(".outcome.is-bad")
    await expect(told).to_contain_text("他人正在使用")
    await press(page, "scale1", "Give back")
    await expect(card(page, "scale1").locator(".lease")).to_have_count(0)


async def test_papers_that_nobody_knows_of_are_settled_by_a_person(
    shop: Shop, visit: Visit
) -> None:
    page = await open_devices(shop, visit)
    jobs_n = shop.printer.jobs_n
    for key in ("first", "second"):
        shop.printer.reset_after(60)
        paper = {"key": key, "title": f"Note {key}", "printer": "printer1"}
        lines = [{"left": f"Line {n}"} for n in range(9)]
        assert await shop.ask("POST", "/v1/prints", {**paper, "lines": lines}) == 202
        doubtful = page.locator(".papers li", has_text=f"Note {key}")
        await expect(doubtful).to_be_visible()
        await expect(card(page, "printer1").locator(".chip")).to_have_text("ready", timeout=15_000)

    first = page.locator(".papers li", has_text="Note first")
    await first.get_by_role("button", name="Print again as COPY").click()
    await expect(first).to_have_count(0)
    await shop.printer.wait_jobs(jobs_n + 1)
    assert "COPY" in "\n".join(shop.printer.jobs[-1].text)
    await page.get_by_role("button", name="It came out").click()

    await expect(page.locator(".papers")).to_have_count(0)


async def test_a_scanner_is_set_up_by_one_scan_and_the_page_shows_what_to_keep(
    shop: Shop, visit: Visit
) -> None:
    page = await open_devices(shop, visit)
    shop.keyboard.layout, shop.keyboard.terminator = "FR", "tab"
    jobs_n = shop.printer.jobs_n
    await press(page, "scanner2", "Set up by one scan")
    setup = page.get_by_role("dialog", name="Set up by one scan")

    code = setup.get_by_role("img", name="Calibration barcode")
    assert await scan_screen(code) == CALIBRATION.encode()
    await setup.get_by_role("button", name="Print it").click()
    await shop.printer.wait_jobs(jobs_n + 1)
    await expect(setup.locator(".outcome.is-good")).to_have_text("printer1 has it to print")

    await setup.get_by_role("button", name="Scan it now").click()
    await until_listening(shop, page)
    await shop.keyboard.type(BREAD)
    await expect(setup.locator(".outcome.is-bad")).to_contain_text("not the calibration barcode")

    await setup.get_by_role("button", name="Scan it once more").click()
    await until_listening(shop, page)
    await shop.keyboard.type(CALIBRATION)
    facts = setup.locator(".tiles dd")
    await expect(facts).to_have_text(["FR", "Tab", "Ctrl+]", "As printed"])
    table = tomllib.loads(await setup.locator("pre").inner_text())
    assert table["devices"]["scanner2"]["layout"] == "FR"
    await setup.get_by_role("button", name="Copy").click()
    await expect(setup.get_by_role("button", name="Copied")).to_be_visible()

    await setup.get_by_role("button", name="Close").click()
    await expect(setup).to_have_count(0)
    await shop.keyboard.type(MILK)  # in its new layout at once
    await expect(card(page, "scanner2").locator(".said")).to_have_text(MILK)


async def until_listening(shop: Shop, page: Page) -> None:
    """Once the box waits for the scan that teaches, and the page says so."""
    await expect(page.locator(".listening")).to_be_visible()
    async with asyncio.timeout(10):
        while (await shop.read("/v1/devices/scanner2"))["upos_state"] != "busy":
            pass


async def scan_screen(code: Locator) -> bytes:
    """What a scanner reads off the screen."""
    picture = Image.open(BytesIO(await code.screenshot())).convert("L")
    (read,) = zxingcpp.read_barcodes(picture)
    return read.bytes
