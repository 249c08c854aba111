"""One shop and one browser for all tests of the pages, and a fresh page for each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from tests.pages.shop import Shop, open_shop

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = 15_000
# Answers of the shop, or its silence, which the browser notes on its own account.
REFUSALS = (
    "the server responded with a status of 4",
    "HTTP Authentication failed",
    "ERR_CONNECTION_REFUSED",
)

Visit = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    for place in ("edge", "hub"):
        assert (ROOT / place / "api" / "pages" / "index.html").exists(), "run: make pages"
    async with open_shop(tmp_path_factory.mktemp("pages") / "shop") as opened:
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    """Open a page at a size, in a language and a theme; errors on its console fail the test."""
    complaints: list[str] = []
    contexts = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(said in message.text for said in REFUSALS):
            complaints.append(message.text)

    async def go(
        url: str,
        *,
        width: int = 1280,
        height: int = 800,
        language: str = "en-US",
        dark: bool = False,
    ) -> Page:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            locale=language,
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        context.set_default_timeout(WAIT_MS)
        page = await context.new_page()
        page.on("console", on_console)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(url)
        return page

    yield go
    for context in contexts:
        await context.close()
    assert complaints == []
