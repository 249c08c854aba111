"""XK3190 in command mode: tare and net in one question, and what its checksum keeps out."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.errors import ConfigError, DeviceGarbled, DeviceSlow
from edge.devices import decode_settings
from edge.devices.scales.reading import Answer, Reading
from edge.devices.scales.yaohua_xk3190_scale import YaohuaTalk, encode_command
from edge.sim.yaohua_xk3190_scale import SimScale
from tests.devices.scales.conftest import open_on


@pytest.mark.parametrize(
    ("command", "printed"),
    [("A", "02 41 41 30 30 03"), ("B", "02 41 42 30 33 03"), ("C", "02 41 43 30 32 03"),
     ("D", "02 41 44 30 35 03"), ("E", "02 41 45 30 34 03"), ("F", "02 41 46 30 37 03")],
)  # fmt: skip
def test_a_command_is_the_one_the_manual_prints(command: str, printed: str) -> None:
    assert encode_command("A", command).hex(" ") == printed


def ask(sim: SimScale) -> tuple[Answer, ...]:
    talk = YaohuaTalk()
    assert talk.receive(sim.tell("C")).reply == encode_command("A", "D")
    return talk.receive(sim.tell("D")).answers


@settings(deadline=None)
@given(st.integers(0, 999_999), st.integers(0, 999_999))
def test_every_net_and_tare_is_read_back(load_g: int, tare_g: int) -> None:
    sim = SimScale(capacity_g=999_999)
    sim.tare_g = tare_g
    sim.set_load(load_g)

    (found,) = ask(sim)

    assert isinstance(found, Reading)
    assert (found.weight_g, found.tare_g) == (load_g - tare_g, tare_g)
    assert (found.stable, found.checked) == (False, True)


@settings(deadline=None)
@given(st.integers(0, 999_999), st.integers(1, 10), st.integers(0, 7))
def test_a_flipped_bit_never_makes_another_weight(load_g: int, at: int, bit: int) -> None:
    sim, talk = SimScale(capacity_g=999_999), YaohuaTalk()
    sim.set_load(load_g)
    talk.receive(sim.tell("C"))
    spoiled = bytearray(sim.tell("D"))
    spoiled[at] ^= 1 << bit

    assert not any(isinstance(one, Reading) for one in talk.receive(bytes(spoiled)).answers)


async def test_the_tare_goes_onto_the_weight_that_stays() -> None:
    async with SimScale(address="C") as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.tare_g = 20
        sim.set_load(450)
        weight = await scale.read()

    assert (weight.settled_g(), weight.net, weight.tare_g) == (430, True, 20)
    assert weight.checked is True


async def test_noise_on_the_cable_is_no_weight() -> None:
    async with SimScale() as sim, open_on(sim, answer_wait_ms=150) as scale, asyncio.timeout(5):
        sim.set_load(450)
        sim.wrong_sum = True

        with pytest.raises(DeviceGarbled, match="checksum"):
            await scale.read()


async def test_another_address_is_not_answered() -> None:
    async with (
        SimScale(address="B") as sim,
        open_on(sim, address="A", answer_wait_ms=100) as scale,
        asyncio.timeout(5),
    ):
        with pytest.raises(DeviceSlow):
            await scale.read()


def test_an_address_is_one_letter() -> None:
    with pytest.raises(ConfigError) as refused:
        decode_settings({"it": {"kind": "yaohua_xk3190_scale", "port": "x", "address": "1"}})

    assert "address" in refused.value.problems[0]
