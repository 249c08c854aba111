"""The box on a network: announced, renamed, moved, withdrawn; printers and boxes found.

Everything goes over real multicast sockets on loopback.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from zeroconf import IPVersion, ServiceInfo
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from cext.kit.settings import convert_settings
from edge.__main__ import main
from edge.announce import announces, own_addresses
from edge.announce.addresses import Own, choose, list_own, make_urls
from edge.announce.announcer import Announcer
from edge.announce.printers import list_printers, to_toml
from edge.announce.search import (
    ANSWERS_MAX_N,
    IPP_TYPE,
    NAME_MAX_N,
    PRINTER_TYPES,
    RAW_TYPE,
    Neighbour,
    clean,
    is_local,
    read_answer,
    search,
)
from edge.announce.service import BOX_TYPE, TEXT_MAX_BYTES, BoxFacts, make_service
from edge.devices import decode_settings
from tests.sales.shop import make_settings, running

LOOPBACK = ["127.0.0.1"]
HERE = Own("lo", ip_address("127.0.0.1"))
WAIT_S = 10


def facts(store: str, **more: Any) -> BoxFacts:
    return BoxFacts(store=store, version="0.1.0", port=8711, **more)


@asynccontextmanager
async def casting() -> AsyncIterator[AsyncZeroconf]:
    """Another machine on the network."""
    cast = AsyncZeroconf(interfaces=LOOPBACK, ip_version=IPVersion.V4Only)
    try:
        await cast.zeroconf.async_wait_for_start()
        yield cast
    finally:
        await cast.async_close()


@asynccontextmanager
async def announced(
    box: BoxFacts, *, own: Callable[[], Sequence[Own]] = lambda: (HERE,)
) -> AsyncIterator[asyncio.Queue[str]]:
    """A box that is announced on loopback; the queue has its host name each time it is."""
    names: asyncio.Queue[str] = asyncio.Queue()
    announcer = Announcer(
        box,
        host="0.0.0.0",
        interfaces=["lo"],
        look_every_s=0.05,
        name_wait_ms=150,
        list_addresses=own,
        on_announced=names.put_nowait,
    )
    async with asyncio.TaskGroup() as group:
        task = group.create_task(announcer.run())
        yield names
        task.cancel()


async def next_name(names: asyncio.Queue[str]) -> str:
    async with asyncio.timeout(WAIT_S):
        return await names.get()


async def find(*types: str, enough_n: int) -> tuple[Neighbour, ...]:
    """Search until `enough_n` answered, a few times at most."""
    async with asyncio.timeout(WAIT_S):
        found: tuple[Neighbour, ...] = ()
        while len(found) < enough_n:
            found = await search(types, interfaces=LOOPBACK, wait_s=0.4)
        return found


def printer(name: str, type_: str = RAW_TYPE, *, port: int = 9100, **text: str) -> ServiceInfo:
    return ServiceInfo(
        type_,
        f"{name}.{type_}",
        port=port,
        properties=dict(text),
        server=f"{name.lower().replace(' ', '-')}.local.",
        addresses=[socket.inet_aton("127.0.0.1")],
    )


async def test_a_box_is_found_with_what_it_says_and_gone_after_its_goodbye() -> None:
    async with casting() as other:
        async with announced(facts("a1", lanes=("1", "2"))) as names:
            assert await next_name(names) == "storeline-a1.local"
            found = await find(BOX_TYPE, enough_n=1)
            resolver = AsyncServiceInfo(BOX_TYPE, f"Storeline a1.{BOX_TYPE}")
            assert await resolver.async_request(other.zeroconf, 3000)
        async with asyncio.timeout(WAIT_S):
            while other.zeroconf.cache.get_by_details(resolver.name, 33, 1):
                await asyncio.sleep(0.01)

    box = next(one for one in found if one.facts["store"] == "a1")
    assert (box.what, box.name, box.address, box.port) == ("box", "Storeline a1", *HERE_AT)
    assert box.facts == {
        "store": "a1",
        "version": "0.1.0",
        "path": "/",
        "tls": "0",
        "lanes": "1,2",
    }
    assert resolver.server == "storeline-a1.local."


HERE_AT = ("127.0.0.1", 8711)


async def test_a_name_that_another_machine_has_is_left_to_it() -> None:
    other_box = ServiceInfo(
        BOX_TYPE,
        f"Storeline b1.{BOX_TYPE}",
        port=8711,
        server="storeline-b1.local.",
        addresses=[socket.inet_aton("127.0.0.9")],
    )
    with capture_logs() as logs:
        async with casting() as other:
            other.zeroconf.registry.async_add(other_box)
            async with announced(facts("b1")) as names:
                name = await next_name(names)

    told = {entry["event"]: entry for entry in logs}
    assert name == "storeline-b1-2.local"
    assert told["box_doubled"]["other"] == "127.0.0.9"
    assert told["announce_renamed"]["name"] == f"Storeline b1-2.{BOX_TYPE}"


async def test_an_address_that_changed_is_announced_anew_and_trouble_is_told_once() -> None:
    own: list[Own] = []
    with capture_logs() as logs:
        async with announced(facts("c1"), own=lambda: tuple(own)) as names:
            async with asyncio.timeout(WAIT_S):
                while not logs:
                    await asyncio.sleep(0.01)
            own.append(HERE)
            await next_name(names)
            own.append(Own("lo", ip_address("127.0.0.2")))
            await next_name(names)

    addresses = [entry["addresses"] for entry in logs if entry["event"] == "box_announced"]
    assert addresses == [["127.0.0.1"], ["127.0.0.1", "127.0.0.2"]]
    assert [entry["event"] for entry in logs].count("announce_failed") == 1


async def test_printers_become_tables_that_the_box_accepts() -> None:
    text = {"ty": "EPSON TM-T88V", "product": "(TM-T88V)", "pdl": "application/octet-stream"}
    async with casting() as other:
        for info in (
            printer("Front", **text),
            printer("Front", IPP_TYPE, port=631, ty="EPSON TM-T88V"),
        ):
            other.zeroconf.registry.async_add(info)  # answered from here on, without probing
        found = await find(*PRINTER_TYPES, enough_n=2)

    (front,) = list_printers(found)
    assert (front.kind, front.port, front.is_office) == ("escpos_tcp_printer", 9100, False)
    table = to_toml([front])
    assert "# Front, EPSON TM-T88V" in table
    assert decoded(table)["printer1"].KIND == "escpos_tcp_printer"


def decoded(text: str) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415

    return dict(decode_settings(tomllib.loads(text).get("devices", {})))


def heard(name: str, *, address: str = "192.168.1.9", service: str = "_ipp", **told: str) -> Any:
    return Neighbour(
        what="printer", service=service, name=name, address=address, port=631, facts=told
    )


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"ty": "ZDesigner GK420d"}, "zpl_label_printer"),
        ({"usb_CMD": "TSPL", "product": "(TTP-247)"}, "tspl_label_printer"),
        ({"product": "(XPrinter XP-80C)"}, "escpos_tcp_printer"),
        ({"usb_MFG": "EPSON", "usb_MDL": "TM-m30II"}, "escpos_tcp_printer"),
        ({"ty": "Brother HL-L2350DW", "pdl": "application/postscript"}, ""),
        ({}, ""),
    ],
)
def test_a_kind_is_guessed_by_what_a_printer_says(told: dict[str, str], kind: str) -> None:
    (found,) = list_printers([heard("Some printer", **told)])
    assert found.kind == kind
    assert len(decoded(to_toml([found]))) == (0 if "pdl" in told else 1)


words = st.text(max_size=400)


@given(name=words, texts=st.dictionaries(st.sampled_from(["ty", "product", "pdl"]), words))
def test_no_word_of_a_printer_gets_out_of_its_comment(name: str, texts: dict[str, str]) -> None:
    cleaned = {key: clean(text) for key, text in texts.items()}
    table = to_toml(list_printers([heard(clean(name), **cleaned)]))

    assert set(decoded(table)) <= {"printer1", "labels1"}
    assert all(line.isprintable() for line in table.splitlines())
    assert all(len(clean(text)) <= NAME_MAX_N for text in (name, *texts.values()))


async def test_a_flood_of_names_is_cut_off() -> None:
    async with casting() as other:
        for number in range(ANSWERS_MAX_N + 10):
            info = printer(f"Flood {number}")
            other.zeroconf.registry.async_add(info)
        found = await find(RAW_TYPE, enough_n=1)

    assert 0 < len(found) <= ANSWERS_MAX_N


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("192.168.1.9", True),
        ("10.0.0.3", True),
        ("fd00::1", True),
        ("8.8.8.8", False),
        ("224.0.0.251", False),
        ("169.254.1.1", False),
        ("0.0.0.0", False),
        ("nonsense", False),
    ],
)
def test_only_addresses_of_a_local_network_count(address: str, is_one: bool) -> None:
    assert is_local(address) is is_one


def test_an_answer_with_texts_from_hell_is_read_or_dropped() -> None:
    info = AsyncServiceInfo(
        RAW_TYPE,
        f'\u202eevil \u2028 "name.{RAW_TYPE}',
        port=9100,
        properties={"ty": b"\xff\xfe\x00\x1b]0;x\x07" + b"A" * 200, "TY": None, "other": "x" * 200},
        addresses=[socket.inet_aton("8.8.8.8"), socket.inet_aton("10.1.2.3")],
    )
    found = read_answer(info)
    assert found is not None
    assert found.address == "10.1.2.3"
    assert set(found.facts) <= {"ty"}
    assert all(text.isprintable() for text in (found.name, *found.facts.values()))
    assert read_answer(AsyncServiceInfo(RAW_TYPE, f"x.{RAW_TYPE}", port=9100)) is None


def test_the_texts_of_a_box_fit_whatever_its_lanes_are() -> None:
    lanes = tuple(f"lane{number:04d}" for number in range(500))
    info = make_service(facts("d1", lanes=lanes), [ip_address("10.0.0.1")])
    said = info.decoded_properties["lanes"]
    assert said is not None
    assert len(said) <= TEXT_MAX_BYTES
    assert lanes[: said.count(",") + 1] == tuple(said.split(","))


# Addresses


OWN = (
    Own("lo", ip_address("127.0.0.1")),
    Own("docker0", ip_address("172.17.0.1")),
    Own("eth0", ip_address("192.168.1.5")),
    Own("wlan0", ip_address("192.168.2.5")),
    Own("eth0", ip_address("fd00::5")),
)


@pytest.mark.parametrize(
    ("host", "interfaces", "way_out", "chosen"),
    [
        ("0.0.0.0", (), ("192.168.2.5",), ["192.168.2.5", "192.168.1.5", "172.17.0.1"]),
        ("0.0.0.0", ("eth0",), (), ["192.168.1.5"]),
        ("0.0.0.0", ("192.168.2.5", "lo"), (), ["127.0.0.1", "192.168.2.5"]),
        ("192.168.1.5", (), ("192.168.2.5",), ["192.168.1.5"]),
        ("192.168.1.77", (), (), []),
        ("::", (), (), ["fd00::5"]),
        ("127.0.0.1", (), (), []),
        ("box.example", (), (), []),
    ],
)
def test_the_best_address_comes_first(
    host: str, interfaces: Sequence[str], way_out: Sequence[str], chosen: list[str]
) -> None:
    found = choose(OWN, host, interfaces=interfaces, way_out=way_out)
    assert [str(one.ip) for one in found] == chosen


def test_urls_of_a_box_that_keeps_to_itself_and_of_one_that_does_not() -> None:
    assert own_addresses("s1", "127.0.0.1", 8711) == ["http://127.0.0.1:8711/"]
    renamed = own_addresses("s1", "0.0.0.0", 8711, name="storeline-s1-2.local")
    assert renamed[-1] == "http://storeline-s1-2.local:8711/"
    assert not any("local" in url for url in own_addresses("s1", "0.0.0.0", 8711, name=""))
    open_to_all = own_addresses("s1", "0.0.0.0", 8711)
    assert open_to_all[-1] == "http://storeline-s1.local:8711/"
    assert all(re.fullmatch(r"http://[\w.-]+:8711/", url) for url in open_to_all)
    assert make_urls(["fd00::5"], 80) == ["http://[fd00::5]:80/"]


def test_this_machine_has_its_loopback() -> None:
    assert HERE.ip in {one.ip for one in list_own()}


@pytest.mark.parametrize(
    ("enabled", "host", "does"),
    [
        (None, "127.0.0.1", False),
        (None, "localhost", False),
        (None, "::1", False),
        (None, "0.0.0.0", True),
        (None, "192.168.1.5", True),
        (True, "127.0.0.1", True),
        (False, "0.0.0.0", False),
    ],
)
def test_a_box_is_on_the_network_where_its_doors_are(
    enabled: bool | None, host: str, does: bool
) -> None:
    assert announces(enabled, host) is does


# The whole box


async def test_a_running_box_announces_itself_and_lists_its_neighbours(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, zeroconf={"enabled": True, "interfaces": LOOPBACK})
    async with casting() as other, running(settings) as door:
        other.zeroconf.registry.async_add(printer("Kitchen", ty="Star TSP143"))
        door.box.nearby.search_s = 0.5
        async with asyncio.timeout(WAIT_S):
            boxes: list[Any] = []
            while not boxes:
                door.box.nearby._last = None
                nearby = await door.get("/v1/neighbours")
                boxes = [one for one in nearby["boxes"] if one["store"] == "367"]
        addresses = await door.get("/v1/address")
        stranger = [one for one in nearby["printers"] if one["name"] == "Kitchen"]

    assert boxes[0]["url"] == door.url + "/"
    assert boxes[0]["lanes"] == "1"
    assert addresses == {"urls": [door.url + "/"]}  # loopback doors: no name helps anybody
    assert 'kind = "star_tcp_printer"' in stranger[0]["toml"]
    assert "printer find --host" in stranger[0]["toml"]  # it may be set to ESC/POS


async def test_the_command_finds_a_printer_and_shows_its_progress(
    capsys: pytest.CaptureFixture[str],
) -> None:
    find_them = ["printer", "find", "--seconds", "1", "--interface", "127.0.0.1"]
    async with casting() as other:
        other.zeroconf.registry.async_add(printer("Bar", usb_CMD="ESC/POS"))
        code = await asyncio.to_thread(main, find_them)

    said = capsys.readouterr()
    assert code == 0
    assert "Listening for printers, 1 s" in said.err
    assert "127.0.0.1  Bar  (_pdl-datastream)" in said.err
    assert decoded(said.out)["printer1"].KIND == "escpos_tcp_printer"


def test_the_command_says_why_nothing_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["printer", "find", "--seconds", "1", "--interface", "eth99"]) == 1
    assert "network_missing" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["printer", "find", "--seconds", "61"])


@pytest.mark.parametrize(
    ("api", "code", "out", "err"),
    [
        ('host = "0.0.0.0"', 0, "http://storeline-367.local:8711/\n", ""),
        ('host = "127.0.0.1"', 0, "http://127.0.0.1:8711/\n", "for this machine alone"),
        ("port = 0", 1, "", "port_open"),
    ],
)
def test_the_address_is_shown_with_a_code_to_scan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], api: str, code: int, out: str, err: str
) -> None:
    config = tmp_path / "edge.toml"
    store = 'store = "367"\nzone = "Asia/Shanghai"\ncurrency = "CNY"\nstate_dir = "x"\n'
    config.write_text(f"{store}[api]\n{api}\n")

    assert main(["address", "--config", str(config)]) == code
    said = capsys.readouterr()
    assert out in said.out
    assert err in said.err
    assert ("█" in said.out) is (code == 0)


async def test_a_box_that_keeps_to_itself_searches_nothing(tmp_path: Path) -> None:
    async with running(make_settings(tmp_path)) as door:
        refused = await door.get("/v1/neighbours", status=422)
    assert refused["code"] == "search_off"
    assert "zeroconf.enabled" in refused["detail"]


def test_more_than_eight_interfaces_are_no_setting() -> None:
    from cext.errors import ConfigError  # noqa: PLC0415
    from edge.config import ZeroconfSettings  # noqa: PLC0415

    with pytest.raises(ConfigError):
        convert_settings({"interfaces": ["eth0"] * 9}, ZeroconfSettings)
