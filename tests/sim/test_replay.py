"""The replay as a whole, with the real processes."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import re
import select
import signal
import sqlite3
import sys
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from rich.console import Console

from cext.engine import Pricer, decode_book, make_proof, proof_code
from cext.errors import ConfigError, OutsideError
from cext.lang.events import SaleClosed, basket_of, decode_body, decode_envelope
from edge.sim.__main__ import main
from edge.sim.week.process import Children, run_command
from edge.sim.week.programme import Options, make_programme
from edge.sim.week.reconcile import compare, report
from edge.sim.week.stage import Folder, Ports, toml
from edge.sim.week.sums import Column, Sums, sum_file, sum_sales, tally_rules
from edge.sim.week.view import say

ENDS_WITHIN_S = 60


def command(folder: Path, *more: str) -> list[str]:
    where = ("--folder", str(folder), "--any-ports", "--pace", "max")
    return [sys.executable, "-m", "edge.sim", "run", *where, *more]


@contextmanager
def replaying(folder: Path, *more: str) -> Iterator[Popen[str]]:
    with Popen(command(folder, *more), stdout=PIPE, stderr=PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def processes_of(folder: Path) -> list[int]:
    """Every process that has the folder on its command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in words:
                found.append(int(entry.name))
    return found


def wait_gone(pids: list[int]) -> None:
    for pid in pids:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ready, _, _ = select.select([handle], [], [], ENDS_WITHIN_S)
        os.close(handle)
        assert ready, f"process {pid} did not end"


def read_until(process: Popen[str], words: str) -> str:
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(f"{words!r} never came; it said:\n{said}")


def count_sales_priced_again(folder: Path) -> int:
    """How many sales the hub holds; each is priced again from its event, to the bit."""
    (edge,) = folder.rglob("price-book.json")
    (database,) = (path for path in folder.rglob("hub*.db") if path.is_file())
    raw_book = edge.read_bytes()
    book_hash = hashlib.sha256(raw_book).hexdigest()
    pricer = Pricer(decode_book(raw_book))
    count = 0
    with closing(sqlite3.connect(database)) as hub:
        for (raw,) in hub.execute("SELECT raw FROM events WHERE kind = 'sale_closed'"):
            sale = decode_body(decode_envelope(raw))
            assert isinstance(sale, SaleClosed)
            assert sale.pricing is not None
            at_ms, rights = sale.pricing.at_ms, sale.pricing.rights
            basket = basket_of(sale)
            quote = pricer.quote(basket, at_ms, rights)
            proof = make_proof(
                quote, book_hash=book_hash, at_ms=at_ms, basket=basket, rights=rights
            )
            assert proof_code(proof) == sale.pricing.code
            count += 1
    return count


@pytest.mark.parametrize(("store", "day"), [("367", "2017-01-18"), ("361", "2017-07-26")])
def test_a_day_of_real_trade_is_equal_in_file_journal_and_hub(
    store: str, day: str, tmp_path: Path
) -> None:
    options = ("--store", store, "--from", day, "--to", day, "--check")
    with replaying(tmp_path, *options) as process:
        said, complaints = process.communicate(timeout=180)

    assert process.returncode == 0, said + complaints
    assert "figures are equal in data file, edge journal and hub" in said
    assert "prices otherwise than history: 0" in said
    baskets = re.search(r"^baskets +(\d+)", said, re.MULTILINE)
    papers = re.search(r"^(\d+) receipts on paper", said, re.MULTILINE)
    assert baskets
    assert papers
    assert baskets[1] == papers[1]
    assert processes_of(tmp_path) == []
    assert count_sales_priced_again(tmp_path) == int(baskets[1])


def test_after_the_table_the_pages_stay_open_until_ctrl_c_ends_everything(tmp_path: Path) -> None:
    with replaying(tmp_path, "--from", "2017-01-18", "--to", "2017-01-18") as process:
        said = read_until(process, "manager page")
        assert said.count("#token=") == 4  # open from the start, to look in while it trades
        said += read_until(process, "logs:")
        url = next(word for word in said.split() if "#token=" in word).split("#")[0]
        with urllib.request.urlopen(f"{url}v1/health", timeout=10) as reply:
            assert json.load(reply)["store"] == "367"
        pids = processes_of(tmp_path)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=ENDS_WITHIN_S)

    assert process.returncode == 0
    assert len(pids) >= 4  # the replay, broker, hub, edge
    assert processes_of(tmp_path) == []


def test_given_kill_9_of_the_replay_then_no_daemon_outlives_it(tmp_path: Path) -> None:
    with replaying(tmp_path) as process:
        read_until(process, "trading under")
        pids = processes_of(tmp_path)
        process.kill()
        process.wait(timeout=ENDS_WITHIN_S)
        wait_gone(pids)

    assert len(pids) >= 4
    assert processes_of(tmp_path) == []


def test_given_ctrl_c_while_trading_then_everything_ends_and_the_exit_code_says_so(
    tmp_path: Path,
) -> None:
    with replaying(tmp_path, "--store", "381", "--pace", "live") as process:
        read_until(process, "trading under price book 381-2017w03")
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=ENDS_WITHIN_S)

    assert process.returncode == 130
    assert complaints == "Ended before the table.\n"
    assert processes_of(tmp_path) == []


def test_given_a_cent_that_is_missing_at_the_hub_then_the_table_says_no() -> None:
    programme = make_programme(Options(store="381"))
    file, journal, hub = (sum_file(programme.baskets) for _ in range(3))
    hub.departments["GROCERY"].net_minor -= 1
    console = Console(record=True, width=100, file=io.StringIO())

    equal = report(console, tally_rules(programme.baskets), compare((file, journal, hub)))

    said = console.export_text()
    assert not equal
    assert "2 of" in said
    assert any("GROCERY" in line and "NO" in line for line in said.splitlines())
    assert report(console, tally_rules(programme.baskets), compare((file, file, file)))


def test_given_four_weeks_when_shown_in_80_columns_then_no_figure_is_cut() -> None:
    programme = make_programme(Options(store="367", first="2017-01-16", last="2017-02-12"))
    file, journal, hub = (sum_file(programme.baskets) for _ in range(3))
    hub.departments["GROCERY"].net_minor += 1_000_000  # a difference needs the most room
    console = Console(record=True, width=80, file=io.StringIO())

    report(console, tally_rules(programme.baskets), compare((file, journal, hub)))

    said = console.export_text().splitlines()
    grocery = next(place for place, line in enumerate(said) if line.startswith("GROCERY"))
    places = [line.split("  ")[:2] for line in said[grocery + 1 : grocery + 3]]
    assert places == [["", "edge journal"], ["", "hub"]]
    total = say(hub.total.net_minor)
    assert any(line.split()[-2:] == [total, "NO"] for line in said)
    assert not any("\N{HORIZONTAL ELLIPSIS}" in line for line in said)


def test_a_refund_takes_back_in_the_sums_what_its_sale_gave() -> None:
    line = {
        "department": "DELI",
        "unit": "g",
        "quantity": 250,
        "gross_minor": 300,
        "net_minor": 280,
        "adjustments": [{"kind": "coupon", "amount_minor": 20}],
    }
    body = {"lines": [line], "tenders": [{"kind": "cash", "amount_minor": 300, "change_minor": 20}]}
    sale = {"kind": "sale_closed", "body": body}
    refund = {"kind": "sale_refunded", "body": body}

    assert sum_sales([sale]).departments["DELI"] == Sums(1, 0, 250, 300, 20, 280)
    assert sum_sales([sale]).tenders["cash"] == 280
    assert sum_sales([sale, refund]).total == Sums()
    assert compare([sum_sales([sale, refund]), Column()])[0].equal


def test_given_a_folder_with_other_things_when_replayed_into_then_it_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    code = main(["run", "--check", "--folder", str(tmp_path)])

    assert code == 78
    assert "not made by a replay" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").exists()


def test_given_a_folder_in_use_when_a_second_replay_begins_then_it_is_refused(
    tmp_path: Path,
) -> None:
    first = Folder(tmp_path)
    with pytest.raises(ConfigError, match="another replay"):
        Folder(tmp_path)
    first.close()
    Folder(tmp_path).close()


def test_given_two_replays_at_once_then_only_the_first_has_the_usual_ports(tmp_path: Path) -> None:
    name = f"\0{tmp_path}"
    first, second = Ports.find(name=name), Ports.find(name=name)
    second_has_it = second.claim is not None
    for ports in (first, second):
        ports.close()
    assert first.claim is not None
    assert not second_has_it
    assert {second.hub, second.edge, second.broker}.isdisjoint({8710, 8711, 8883})


def test_given_days_without_trade_when_asked_for_then_it_says_what_there_is() -> None:
    with pytest.raises(ConfigError, match="from 2017-01-16 to 2017-02-12"):
        make_programme(Options(store="367", first="2017-06-01"))
    with pytest.raises(ConfigError, match="2017-01-18, is before the first, 2017-01-20"):
        make_programme(Options(store="367", first="2017-01-20", last="2017-01-18"))
    with pytest.raises(ConfigError, match="321, 361, 367, 381"):
        make_programme(Options(store="7"))


def test_given_two_weeks_when_planned_then_each_has_its_own_price_book() -> None:
    programme = make_programme(Options(store="367", first="4", last="5"))

    assert [week.book.version for week in programme.weeks] == ["367-2017w04", "367-2017w05"]


def test_settings_written_as_toml_are_read_back_the_same() -> None:
    table = {
        "store": "367",
        "link": {"enabled": True, "port": 8883},
        "lanes": [{"id": "1", "scanner": 'a "quoted" name'}],
        "devices": {"scale1": {"kind": "toledo_8217_scale"}},
    }

    assert tomllib.loads(toml(table)) == table


async def test_given_a_daemon_that_ends_then_the_watcher_says_its_last_words(
    tmp_path: Path,
) -> None:
    children = Children(tmp_path)
    await children.start("brief", "/bin/sh", "-c", "echo out of paper; exit 3")

    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.timeout(ENDS_WITHIN_S), asyncio.TaskGroup() as group:
            children.watch(group)

    (error,) = caught.value.exceptions
    assert isinstance(error, OutsideError)
    assert "brief ended (3)" in error.detail
    assert "out of paper" in error.detail


async def test_given_a_command_that_fails_then_its_own_words_are_told() -> None:
    with pytest.raises(OutsideError, match="no such luck"):
        await run_command("/bin/sh", "-c", "echo no such luck >&2; exit 1")
