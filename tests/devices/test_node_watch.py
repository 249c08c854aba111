"""The watch over device files: real folders, links, rights and folders that are not there yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.devices.node_watch import NodeWatch, list_watched
from edge.devices.printers.escpos_tcp_printer import Settings as PrinterSettings
from edge.devices.scanners.keyboard_scanner import Settings
from edge.devices.scanners.serial_scanner import Settings as SerialSettings

LONG_S = 30.0


def come(node: Path) -> None:
    node.touch()


def get_rights(node: Path) -> None:
    node.chmod(0o600)


def go(node: Path) -> None:
    node.unlink()


@pytest.mark.parametrize(("is_there", "act"), [(False, come), (True, get_rights), (True, go)])
async def test_what_happens_to_the_node_ends_the_wait(
    tmp_path: Path, is_there: bool, act: Callable[[Path], None]
) -> None:
    node = tmp_path / "event7"
    if is_there:
        node.touch(0o000)
    with NodeWatch(str(tmp_path / "event*")) as watch:
        await watch.arm()
        act(node)
        async with asyncio.timeout(10):
            await watch.wait(LONG_S)


async def test_the_rights_of_what_a_link_leads_to_count_too(tmp_path: Path) -> None:
    node, link = tmp_path / "real" / "event7", tmp_path / "by-id" / "scanner"
    for folder in (node.parent, link.parent):
        folder.mkdir()
    node.touch(0o000)
    link.symlink_to(node)
    with NodeWatch(str(link)) as watch:
        await watch.arm()
        node.chmod(0o600)
        async with asyncio.timeout(10):
            await watch.wait(LONG_S)


async def test_a_folder_that_comes_with_its_first_link_is_noticed(tmp_path: Path) -> None:
    link = tmp_path / "serial" / "by-id" / "scale"
    with NodeWatch(str(link)) as watch:
        for part in (link.parent.parent, link.parent):
            await watch.arm()
            part.mkdir()
            async with asyncio.timeout(10):
                await watch.wait(LONG_S)
        await watch.arm()
        link.touch()
        async with asyncio.timeout(10):
            await watch.wait(LONG_S)


async def test_other_files_in_the_folder_do_not_end_the_wait(tmp_path: Path) -> None:
    changes = []
    with NodeWatch(str(tmp_path / "event*"), on_change=lambda: changes.append(1)) as watch:
        await watch.arm()
        (tmp_path / "mouse0").touch()
        await watch.wait(0.05)
        assert changes == []
        (tmp_path / "event0").touch()
        async with asyncio.timeout(10):
            await watch.wait(LONG_S)

    assert changes


async def test_what_came_before_it_was_armed_is_forgotten(tmp_path: Path) -> None:
    with NodeWatch(str(tmp_path / "node")) as watch:
        await watch.arm()
        (tmp_path / "node").touch()
        await watch.wait(LONG_S)
        assert watch._changed.is_set()
        await watch.arm()

        assert not watch._changed.is_set()


async def test_a_device_without_a_file_is_only_slept_for() -> None:
    with NodeWatch(*list_watched(PrinterSettings(host="192.0.2.1"))) as watch:
        await watch.arm()
        await watch.wait(0.01)


def test_which_files_a_device_hangs_on() -> None:
    assert list_watched(SerialSettings(port="/dev/serial/by-id/x")) == ("/dev/serial/by-id/x",)
    assert list_watched(SerialSettings(port="socket://192.0.2.1:4001")) == ()
    assert list_watched(PrinterSettings(host="192.0.2.1")) == ()
    assert list_watched(Settings(usb="0c2e:0b61")) == ("/dev/input/event*",)
