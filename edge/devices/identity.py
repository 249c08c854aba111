"""Which piece of hardware is on a port, by names that stay.

The kernel numbers ports in the order they were plugged in, so `/dev/ttyUSB0` may be the scanner
today and the scale after the next power cut. What stays: the links udev makes in
`/dev/serial/by-id` and `by-path`, and what USB itself tells: vendor, model and serial number
(sysfs: `idVendor`, `idProduct`, `serial` of the USB device above the port).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from cext.errors import DeviceGone
from edge.devices.report import Identity

SYS = Path("/sys")
DEV = Path("/dev")
# A class of sysfs, and where its nodes are below /dev.
FOLDERS = {"tty": "", "hidraw": "", "input": "input", "usbmisc": "usb"}
LINK_FOLDERS = ("serial/by-id", "serial/by-path", "input/by-id", "input/by-path")
READ_MAX_BYTES = 256

_USB_PORT = re.compile(r"usb:([0-9a-f]{4}):([0-9a-f]{4})(?::(.{1,128}))?", re.IGNORECASE)
_NUMBERED = re.compile(
    r"/dev/(ttyUSB\d+|ttyACM\d+|hidraw\d+|input/event\d+|usb/lp\d+|usb/hiddev\d+)"
)
_NODES = {
    "tty": re.compile(r"tty(USB|ACM|S|AMA)\d+"),
    "hidraw": re.compile(r"hidraw\d+"),
    "input": re.compile(r"event\d+"),
    "usbmisc": re.compile(r"lp\d+"),
}


class Node(Struct, frozen=True, kw_only=True):
    """One port of this machine: its node, its class in sysfs, what USB tells, its stable names."""

    node: str
    kind: str
    identity: Identity
    links: tuple[str, ...] = ()

    def name(self) -> str:
        """The best name for a configuration: a link by id, by path, by USB, else the node."""
        return next(iter(self.links), "") or self.usb_name() or self.node

    def usb_name(self) -> str:
        """`usb:VID:PID` with the serial number where there is one, or an empty string."""
        if not self.identity.usb:
            return ""
        return ":".join(filter(None, ("usb", self.identity.usb, self.identity.serial)))


def is_numbered(port: str) -> bool:
    """Whether the kernel may give this port another number tomorrow."""
    return _NUMBERED.fullmatch(port) is not None


def is_usb_name(port: str) -> bool:
    """Whether `port` is `usb:VID:PID` or `usb:VID:PID:SERIAL`."""
    return port.startswith("usb:")


def list_nodes(sys: Path = SYS, dev: Path = DEV) -> tuple[Node, ...]:
    """Every serial port, hidraw, input and printer node of this machine, with what is known of it.

    Reads some small files per node: call it in a thread. Platform ports (`ttyS0` ...) are listed
    only where a driver has found hardware (their `type` is not 0).
    """
    links = _links(dev)
    found = []
    for kind, names in _NODES.items():
        folder = sys / "class" / kind
        for entry in sorted(_entries(folder), key=_by_number):
            if names.fullmatch(entry.name) and not _is_empty_port(entry):
                node = str(dev / FOLDERS[kind] / entry.name)
                named = tuple(links.get(node, ()))
                found.append(
                    Node(node=node, kind=kind, identity=_usb(entry, named, node), links=named)
                )
    return tuple(found)


def resolve(port: str, kind: str, *, device: str = "", sys: Path = SYS, dev: Path = DEV) -> str:
    """The node behind `usb:VID:PID[:SERIAL]`; any other port is given back as it is.

    Call it in a thread. DeviceGone: port_unclear for a name of another form or one that fits two
    ports, device_gone when nothing of that name is plugged in.
    """
    if not is_usb_name(port):
        return port
    asked = _USB_PORT.fullmatch(port)
    if asked is None:
        detail = f"{port}: a USB name is usb:VID:PID or usb:VID:PID:SERIAL, VID and PID in hex"
        raise DeviceGone("port_unclear", detail, device=device, port=port)
    usb, serial = f"{asked[1]}:{asked[2]}".lower(), asked[3]
    nodes = [
        node
        for node in list_nodes(sys, dev)
        if node.kind == kind and node.identity.usb == usb and serial in (None, node.identity.serial)
    ]
    if not nodes:
        raise DeviceGone("device_gone", f"{port}: not plugged in", device=device, port=port)
    if len(nodes) > 1:
        names = ", ".join(node.name() for node in nodes)
        detail = f"{port}: {len(nodes)} ports have this name; write one of {names}"
        raise DeviceGone("port_unclear", detail, device=device, port=port)
    return nodes[0].node


def identify(port: str, *, sys: Path = SYS, dev: Path = DEV) -> Identity:
    """What is known of the hardware on `port`, a path of this machine. Call it in a thread."""
    try:
        node = str(Path(port).resolve())
    except OSError:
        node = port
    found = next((one for one in list_nodes(sys, dev) if one.node in (port, node)), None)
    if found is None:
        return Identity(path=port)
    kept = port if not is_numbered(port) else found.name()
    return Identity(
        maker=found.identity.maker,
        model=found.identity.model,
        serial=found.identity.serial,
        path=kept,
        usb=found.identity.usb,
    )


def identify_usb(usb: str, kind: str, *, sys: Path = SYS, dev: Path = DEV) -> Identity:
    """What is known of the first node that `VID:PID` or `VID:PID:SERIAL` names."""
    for node in list_nodes(sys, dev):
        if node.kind == kind and node.usb_name().casefold().startswith(f"usb:{usb}".casefold()):
            return node.identity
    return Identity(usb=usb[:9].lower())


def advise(port: str, *, sys: Path = SYS, dev: Path = DEV) -> str:
    """What to write instead of a port that may change its number; empty for one that stays."""
    if not is_numbered(port):
        return ""
    found = next((one for one in list_nodes(sys, dev) if one.node == port), None)
    if found is None or found.name() == port:
        cure = "plug it in and look in /dev/serial/by-id, or write usb:VID:PID:SERIAL"
    else:
        cure = f"write {found.name()!r}"
    return f"{port} may be another device after a restart: {cure}"


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _by_number(entry: Path) -> tuple[str, int]:
    head = entry.name.rstrip("0123456789")
    return head, int(entry.name[len(head) :] or 0)


def _is_empty_port(entry: Path) -> bool:
    return _read(entry / "type") == "0"


def _links(dev: Path) -> dict[str, list[str]]:
    """Node -> the links that lead to it, by id before by path."""
    found: dict[str, list[str]] = {}
    for folder in LINK_FOLDERS:
        for link in sorted(_entries(dev / folder)):
            found.setdefault(str(link.resolve()), []).append(str(link))
    return found


def _usb(entry: Path, links: tuple[str, ...], node: str) -> Identity:
    path = next(iter(links), node)
    for above in _above(entry / "device"):
        vendor, model = _read(above / "idVendor"), _read(above / "idProduct")
        if vendor and model:
            return Identity(
                maker=_read(above / "manufacturer"),
                model=_read(above / "product"),
                serial=_read(above / "serial"),
                path=path,
                usb=f"{vendor}:{model}".lower(),
            )
    return Identity(path=path)


def _above(device: Path) -> Iterator[Path]:
    try:
        place = device.resolve(strict=True)
    except OSError:
        return
    yield place
    yield from place.parents


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(READ_MAX_BYTES).decode("utf-8", "replace").strip()
    except OSError:
        return ""
