"""Ports by names that stay, read from a tree of files laid out as the kernel's sysfs."""

from __future__ import annotations

from pathlib import Path

import pytest

from cext.errors import DeviceGone
from edge.devices import Identity, decode_settings
from edge.devices.finding import find_port
from edge.devices.identity import advise, identify, identify_usb, is_numbered, list_nodes, resolve
from edge.devices.node_watch import list_watched


class Machine:
    """A /sys and a /dev with what is plugged in."""

    def __init__(self, root: Path) -> None:
        self.sys, self.dev = root / "sys", root / "dev"
        self.dev.mkdir()

    def plug(self, kind: str, node: str, *, usb: str, serial: str = "", link: str = "") -> Path:
        """Plug in a USB device with one node of this class."""
        vendor, model = usb.split(":")
        device = self.sys / "devices" / "usb1" / f"1-{node}"
        port = device / "1-1:1.0" / node
        port.mkdir(parents=True)
        facts = {"idVendor": vendor, "idProduct": model, "manufacturer": "Acme", "product": "One"}
        for name, value in (facts | ({"serial": serial} if serial else {})).items():
            (device / name).write_text(f"{value}\n")
        entry = self.sys / "class" / kind / node
        entry.mkdir(parents=True)
        (entry / "device").symlink_to(port)
        folder = {"tty": "", "hidraw": "", "input": "input", "usbmisc": "usb"}[kind]
        path = self.dev / folder / node
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        if link:
            name = self.dev / "serial" / "by-id" / link
            name.parent.mkdir(parents=True, exist_ok=True)
            name.symlink_to(path)
        return path

    def add_platform_port(self, node: str, *, found: bool) -> None:
        entry = self.sys / "class" / "tty" / node
        entry.mkdir(parents=True)
        (entry / "type").write_text("4\n" if found else "0\n")

    @property
    def roots(self) -> dict[str, Path]:
        return {"sys": self.sys, "dev": self.dev}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_what_usb_tells_and_the_link_that_stays_are_known(machine: Machine) -> None:
    node = machine.plug("tty", "ttyUSB0", usb="0403:6001", serial="A1", link="usb-Acme_One_A1")

    found = list_nodes(**machine.roots)
    link = str(machine.dev / "serial/by-id/usb-Acme_One_A1")

    assert [(one.node, one.kind, one.name()) for one in found] == [(str(node), "tty", link)]
    assert found[0].usb_name() == "usb:0403:6001:A1"
    named = Identity(maker="Acme", model="One", serial="A1", path=link, usb="0403:6001")
    assert identify(link, **machine.roots) == named
    assert identify(str(node), **machine.roots).usb == "0403:6001"
    assert identify_usb("0403:6001", "tty", **machine.roots) == named


def test_a_usb_name_leads_to_the_node_of_today(machine: Machine) -> None:
    first = machine.plug("tty", "ttyUSB0", usb="0403:6001", serial="A1")
    second = machine.plug("tty", "ttyUSB1", usb="0403:6001", serial="B2")
    raw = machine.plug("hidraw", "hidraw3", usb="0c2e:0b61")

    for port, kind, node in (
        ("usb:0403:6001:A1", "tty", first),
        ("usb:0403:6001:B2", "tty", second),
        ("usb:0C2E:0B61", "hidraw", raw),
        ("/dev/anything", "tty", "/dev/anything"),
    ):
        assert resolve(port, kind, **machine.roots) == str(node)


@pytest.mark.parametrize(
    ("port", "code", "said"),
    [
        ("usb:0403:6001", "port_unclear", "2 ports have this name; write one of usb:0403:6001:A1"),
        ("usb:0403:6002", "device_gone", "not plugged in"),
        ("usb:0403:6001:C3", "device_gone", "not plugged in"),
        ("usb:403:6001", "port_unclear", "VID and PID in hex"),
        ("usb:", "port_unclear", "VID and PID in hex"),
    ],
)
def test_a_usb_name_that_fits_none_or_two_is_refused(
    machine: Machine, port: str, code: str, said: str
) -> None:
    machine.plug("tty", "ttyUSB0", usb="0403:6001", serial="A1")
    machine.plug("tty", "ttyUSB1", usb="0403:6001", serial="B2")

    with pytest.raises(DeviceGone) as gone:
        resolve(port, "tty", device="scale1", **machine.roots)

    assert gone.value.code == code
    assert said in gone.value.detail
    assert gone.value.facts["device"] == "scale1"


def test_a_hidraw_of_the_same_numbers_is_no_serial_port(machine: Machine) -> None:
    machine.plug("hidraw", "hidraw0", usb="0403:6001")

    with pytest.raises(DeviceGone, match="not plugged in"):
        resolve("usb:0403:6001", "tty", **machine.roots)


def test_only_platform_ports_with_hardware_are_listed(machine: Machine) -> None:
    machine.add_platform_port("ttyS0", found=True)
    machine.add_platform_port("ttyS1", found=False)

    assert [node.node for node in list_nodes(**machine.roots)] == [str(machine.dev / "ttyS0")]


@pytest.mark.parametrize(
    ("kind", "watched"),
    [
        ("toledo_8217_scale", ("/dev/ttyUSB*", "/dev/ttyACM*")),
        ("hid_pos_scanner", ("/dev/hidraw*",)),
        ("hid_scale", ("/dev/hidraw*",)),
        ("escpos_usb_printer", ("/dev/usb/lp*",)),
    ],
)
def test_a_usb_name_is_waited_for_where_its_nodes_appear(
    kind: str, watched: tuple[str, ...]
) -> None:
    settings = decode_settings({"it": {"kind": kind, "port": "usb:0403:6001"}})["it"]

    assert list_watched(settings) == watched


async def test_a_keyboard_scanner_finds_its_several_nodes_itself() -> None:
    table = {"kind": "keyboard_scanner", "port": "usb:0c2e:0b61"}
    settings = decode_settings({"it": table})["it"]

    assert await find_port(settings, device="it") is settings


def test_a_machine_without_any_of_it_has_no_nodes(tmp_path: Path) -> None:
    assert list_nodes(tmp_path / "no", tmp_path / "nothing") == ()
    assert identify("/dev/none", sys=tmp_path, dev=tmp_path) == Identity(path="/dev/none")


@pytest.mark.parametrize(
    ("port", "numbered"),
    [
        ("/dev/ttyUSB0", True),
        ("/dev/ttyACM12", True),
        ("/dev/hidraw3", True),
        ("/dev/input/event7", True),
        ("/dev/usb/lp0", True),
        ("/dev/ttyS0", False),
        ("/dev/ttyAMA0", False),
        ("/dev/serial/by-id/usb-x", False),
        ("/dev/scale", False),
        ("usb:0403:6001", False),
        ("socket://10.0.0.9:4001", False),
    ],
)
def test_only_ports_that_the_kernel_numbers_afresh_are_warned_of(
    port: str, *, numbered: bool, tmp_path: Path
) -> None:
    assert is_numbered(port) is numbered
    assert bool(advise(port, sys=tmp_path, dev=tmp_path)) is numbered
