"""Finds and opens the event nodes of a scanner that acts as a keyboard; everything here blocks.

A physical scanner may have several nodes. They belong together when bus, maker, model, serial
number and the socket they are plugged into (`phys` without its "/input0") are the same. Only the
scanner that the settings name is opened to stay; others are looked at read-only and closed again.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import CLOCK_MONOTONIC
from typing import TYPE_CHECKING

import structlog
from msgspec import Struct

if TYPE_CHECKING:
    from evdev import InputDevice

log = structlog.get_logger(__name__)

EVENT_NODES = "/dev/input/event*"
EV_SYN, EV_KEY, EV_LED, LED_CAPS = 0, 1, 17, 1
DIGIT_KEYS = frozenset(range(2, 12))  # KEY_1 to KEY_0: what has them all is a keyboard
BUTTONS_FROM = 0x100  # mouse buttons and touch pads, which are no keys
HOLDERS_MAX_N = 4

_SET_CLOCK = 0x4004_45A0  # EVIOCSCLOCKID (linux/input.h), which python-evdev does not offer
_TERMINAL_MAJORS = range(136, 144)  # pseudo-terminals (devices.txt): a simulated scanner
_NO_RIGHT = "give the service the group input; udev sets the right a moment after plugging in"


class Wanted(Struct, frozen=True):
    """Which scanner: exactly one of a node's path, "vid:pid" or "vid:pid:serial", or its name."""

    port: str = ""
    usb: str = ""
    name: str = ""


class NotFound(OSError):
    """No such scanner, or more than one; the text says what to do."""


@dataclass(frozen=True, kw_only=True)
class KeyNode:
    """An open event node that is ours alone.

    Event times compare with the monotonic clock only where `has_mono_time`. `down` are the keys
    held and `caps` is Caps Lock at the moment of opening. `device` is None on a pseudo-terminal.
    """

    path: str
    fd: int
    inode: int = 0
    device: InputDevice[str] | None = None
    has_mono_time: bool = False
    down: frozenset[int] = frozenset()
    caps: bool = False


class Seen(Struct, frozen=True, kw_only=True):
    """What a node tells of itself; `usb` is "vid:pid", `serial` may be empty."""

    path: str
    scanner: tuple[int, int, int, str, str]
    name: str
    usb: str
    serial: str
    is_keyboard: bool
    has_keys: bool


def open_key_nodes(wanted: Wanted) -> tuple[KeyNode, ...]:
    """Open and grab every node of the wanted scanner; raises OSError, as NotFound with a cure."""
    if wanted.port and _is_terminal(wanted.port):
        return (_open_terminal(wanted.port),)
    return _open_all(list_key_nodes(wanted))


def open_more_nodes(wanted: Wanted, known: Sequence[KeyNode]) -> tuple[KeyNode, ...]:
    """Open what nodes the scanner got since `known` were opened; OSError when one of those left."""
    kernel_nodes = [node for node in known if node.device is not None]
    if not kernel_nodes:
        return ()
    for node in kernel_nodes:
        if os.stat(node.path).st_ino != node.inode:  # noqa: PTH116
            raise OSError(errno.ENODEV, "another node has come in its place", node.path)
    paths = {node.path for node in known}
    return _open_all(path for path in list_key_nodes(wanted) if path not in paths)


def list_key_nodes(wanted: Wanted) -> tuple[str, ...]:
    """The paths of every node of the wanted scanner; raises OSError as `open_key_nodes`."""
    if not wanted.port:
        return tuple(node.path for node in _find(wanted))
    node = look_at(_node_behind(wanted.port))
    if not node.is_keyboard:
        raise NotFound(errno.ENODEV, f"this is no keyboard, it calls itself {node.name!r}")
    others = [one for one in _look_at_all() if one.scanner == node.scanner and one.has_keys]
    return (node.path, *(one.path for one in others if one.path != node.path))


def close_key_nodes(nodes: Iterable[KeyNode]) -> None:
    """Close them, which gives them back to whoever had them before."""
    for node in nodes:
        if node.device is None:
            os.close(node.fd)
        else:
            node.device.close()


def find_holders(path: str) -> tuple[str, ...]:
    """Other programs that have this node open, as far as we may see: "evtest (812)"."""
    here = os.path.realpath(path)
    found: list[str] = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            if any(os.path.realpath(fd) == here for fd in (process / "fd").iterdir()):
                found.append(f"{(process / 'comm').read_text().strip()} ({process.name})")
        except OSError:
            continue  # not ours to see, or it has ended
    return tuple(found[:HOLDERS_MAX_N])


def say_error(error: OSError) -> str:
    """Put what kept a scanner from opening into words, with the cure."""
    if isinstance(error, NotFound):
        return str(error.strerror)
    if error.errno == errno.EBUSY:
        holders = find_holders(str(error.filename))
        who = f"open in {', '.join(holders)}" if holders else "of another user"
        return (
            f"another program has the scanner to itself ({who}): end it; a second store-edge, "
            "evtest, keyd and other scanner programs do that"
        )
    return {
        errno.ENOENT: "not there: the scanner is unplugged, or not in keyboard mode",
        errno.EACCES: f"no right to read it: {_NO_RIGHT}",
        errno.EPERM: "no right to read it: allow char-input in the service (DeviceAllow=)",
        errno.ETIMEDOUT: "it did not open in time",
        errno.EIO: "the scanner was unplugged",
        errno.ENODEV: "the scanner was unplugged",
        errno.ENOTTY: "this is no event node: name one of /dev/input/by-id",
    }.get(error.errno or 0, os.strerror(error.errno or 0))


def look_at(path: str) -> Seen:
    """Look at a node, without the right to write: that makes some devices blink."""
    from evdev import InputDevice  # noqa: PLC0415 - only a shop with such scanners pays for it

    node = InputDevice(path, readonly=True)
    try:
        info = node.info
        keys = frozenset(node.capabilities().get(EV_KEY, ()))
        socket = node.phys.rpartition("/input")[0] or node.phys
        return Seen(
            path=path,
            scanner=(
                info.bustype,
                info.vendor,
                info.product,
                socket if socket or node.uniq else path,
                node.uniq,
            ),
            name=node.name,
            usb=f"{info.vendor:04x}:{info.product:04x}",
            serial=node.uniq,
            is_keyboard=keys >= DIGIT_KEYS,
            has_keys=any(key < BUTTONS_FROM for key in keys),
        )
    finally:
        node.close()


def is_caps_on(node: KeyNode) -> bool:
    """Whether the lamp of Caps Lock is lit; False where there is none."""
    return node.device is not None and _is_lit(node.device)


def _node_behind(port: str) -> str:
    """The event node that a link of udev leads to; `port` itself where it is none."""
    here = os.stat(port)  # noqa: PTH116 - its error names the port as the settings do
    for path in _paths(readable=False):
        if os.path.samestat(here, os.stat(path)):  # noqa: PTH116
            return path
    return port


def _is_terminal(path: str) -> bool:
    try:
        return os.major(os.stat(path).st_rdev) in _TERMINAL_MAJORS  # noqa: PTH116
    except FileNotFoundError:
        return False


def _open_terminal(path: str) -> KeyNode:
    # Nothing to grab, no lamps, and its event times are the simulator's: a kernel has all three.
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    log.debug("keys_read_ungrabbed", port=path)
    return KeyNode(path=path, fd=fd)


def _open_all(paths: Iterable[str]) -> tuple[KeyNode, ...]:
    opened: list[KeyNode] = []
    try:
        for path in paths:
            opened.append(_open_node(path))  # noqa: PERF401 - what is open must be closed again
    except OSError:
        close_key_nodes(opened)
        raise
    return tuple(opened)


def _open_node(path: str) -> KeyNode:
    from evdev import InputDevice  # noqa: PLC0415

    node = InputDevice(path)
    try:
        node.grab()
    except OSError as exc:
        node.close()
        raise OSError(exc.errno, exc.strerror, path) from exc
    return KeyNode(
        path=path,
        fd=node.fd,
        inode=os.stat(path).st_ino,  # noqa: PTH116
        device=node,
        has_mono_time=_set_mono_time(node.fd),
        down=_keys_held(node),
        caps=_is_lit(node) and not _put_caps_out(node),
    )


def _is_lit(node: InputDevice[str]) -> bool:
    try:
        return LED_CAPS in node.leds()
    except (OSError, SystemError):  # evdev 2.0 forgets to say why the ioctl failed
        return False


def _set_mono_time(fd: int) -> bool:
    try:
        fcntl.ioctl(fd, _SET_CLOCK, struct.pack("i", CLOCK_MONOTONIC))
    except OSError as exc:
        # Older than Linux 3.4: the times of arrival have to do.
        log.info("key_times_missing", error=os.strerror(exc.errno or 0))
        return False
    return True


def _keys_held(node: InputDevice[str]) -> frozenset[int]:
    try:
        return frozenset(node.active_keys())
    except (OSError, SystemError):  # as above
        return frozenset()


def _put_caps_out(node: InputDevice[str]) -> bool:
    """Put Caps Lock's lamp out: some scanners turn letters round while it is lit, others do not.

    False where we may only read; then letters are turned round, as every computer would.
    """
    from evdev.eventio import EvdevError  # noqa: PLC0415

    try:
        node.write(EV_LED, LED_CAPS, 0)
        node.write(EV_SYN, 0, 0)
    except (OSError, EvdevError):
        log.warning("scanner_caps_locked", port=node.path)
        return False
    return True


def _find(wanted: Wanted) -> list[Seen]:
    scanners: dict[object, list[Seen]] = {}
    for node in _look_at_all():
        if node.has_keys:
            scanners.setdefault(node.scanner, []).append(node)
    fitting = [
        nodes
        for nodes in scanners.values()
        if any(node.is_keyboard and _fits(wanted, node) for node in nodes)
    ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        each = ", ".join(nodes[0].path for nodes in fitting)
        text = f"{len(fitting)} such keyboards are there ({each}): name one by its port"
        raise NotFound(errno.ENODEV, text)
    closed_n = sum(not os.access(path, os.R_OK) for path in _paths(readable=False))
    if closed_n:
        text = f"not among those we may read, {closed_n} are closed to us: {_NO_RIGHT}"
        raise NotFound(errno.EACCES, text)
    raise NotFound(errno.ENOENT, "not there: the scanner is unplugged, or not in keyboard mode")


def _fits(wanted: Wanted, node: Seen) -> bool:
    if wanted.name:
        return node.name == wanted.name
    usb, serial = wanted.usb[:9].lower(), wanted.usb[10:]
    return node.usb == usb and serial in ("", node.serial)


def _look_at_all() -> list[Seen]:
    seen = []
    for path in _paths():
        try:
            seen.append(look_at(path))
        except OSError:
            continue  # gone again, or closed to us: no scanner of ours then, or `_find` counts it
    return seen


def _paths(*, readable: bool = True) -> list[str]:
    from evdev import list_devices  # noqa: PLC0415

    if readable:
        return sorted(list_devices(writable=False))
    return sorted(str(path) for path in Path("/dev/input").glob("event*"))
