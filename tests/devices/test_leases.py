"""Leases: at no time two holders, no token twice, and none that ran out ever counts again."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from cext.errors import Broken, Refused, StorageError
from edge.devices.fence import Fence
from edge.devices.lease_numbers import BLOCK_N, NUMBER_MAX, LeaseNumbers
from edge.devices.leases import BOX, HOLDER_LEASES_MAX_N, Act, By, Lease, Leases

LANES_OF = {"scale1": ("1", "2"), "printer1": ("1",), "scanner1": ("1",)}
INPUTS = ("scale1", "scanner1", "scale2")
DEVICES = ("scale1", "printer1", "scale2")
HOLDERS = ("phone", "tablet", "lane:1")


class Hands:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.at_ns = 0

    def now_ms(self) -> int:
        return 1_700_000_000_000 + self.at_ns // 1_000_000

    def mono_ns(self) -> int:
        return self.at_ns

    def pass_s(self, seconds: int) -> None:
        self.at_ns += seconds * 1_000_000_000


def make_leases(clock: Hands) -> Leases:
    return Leases(clock, lanes_of=LANES_OF, inputs=INPUTS)


def refused_code(call: object) -> str:
    try:
        call()  # type: ignore[operator]
    except Refused as exc:
        return exc.code
    return ""


class Shop(RuleBasedStateMachine):
    """Holders that claim, pause, die, take over and act, while the box restarts under them.

    The model knows of each device the one token in force: the latest given, until it runs out, is
    given back or the box restarts.
    """

    tokens = Bundle("tokens")
    acts = Bundle("acts")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.clock = Hands()
        self.given: list[int] = []
        self.in_force: dict[str, tuple[int, str, int]] = {}
        self.running: dict[str, Act] = {}
        self.start()

    def start(self) -> None:
        self.leases = make_leases(self.clock)
        self.numbers = LeaseNumbers(Path(self.folder.name) / "lease-numbers")
        self.in_force.clear()
        self.running.clear()

    def right(self, device: str) -> tuple[int, str]:
        """(token, holder) that the model has in force, or (0, "")."""
        token, holder, until_ns = self.in_force.get(device, (0, "", 0))
        return (token, holder) if self.clock.at_ns < until_ns else (0, "")

    @rule(
        target=tokens,
        device=st.sampled_from(DEVICES),
        holder=st.sampled_from(HOLDERS),
        ttl_s=st.integers(1, 20),
        take_over=st.booleans(),
    )
    def claim(self, device: str, holder: str, ttl_s: int, take_over: bool) -> tuple[str, int, str]:
        token = self.runner.run(self.numbers.take())
        assert all(token > former for former in self.given)
        self.given.append(token)
        owned = self.right(device)[1]
        standing = LANES_OF.get(device) and holder != "lane:1"
        is_others = owned != holder if owned else bool(standing)
        more = {"token": token, "holder": holder, "ttl_s": ttl_s, "take_over": take_over}
        if is_others and not take_over:
            assert refused_code(lambda: self.leases.claim(device, **more)) == "lease_held"
            return (device, token, holder)
        lease, former = self.leases.claim(device, **more)
        assert bool(former) == is_others
        assert (lease.token, lease.holder) == (token, holder)
        self.in_force[device] = (token, holder, self.clock.at_ns + ttl_s * 1_000_000_000)
        return (device, token, holder)

    @rule(held=tokens, ttl_s=st.integers(1, 20))
    def renew(self, held: tuple[str, int, str], ttl_s: int) -> None:
        device, token, holder = held
        is_live = self.right(device)[0] == token
        code = refused_code(lambda: self.leases.renew(device, token, ttl_s=ttl_s))
        assert code == ("" if is_live else "lease_stale")
        if is_live:
            self.in_force[device] = (token, holder, self.clock.at_ns + ttl_s * 1_000_000_000)

    @rule(held=tokens)
    def give_back(self, held: tuple[str, int, str]) -> None:
        device, token, _ = held
        is_live = self.right(device)[0] == token
        code = refused_code(lambda: self.leases.give_back(device, token))
        assert code == ("" if is_live else "lease_stale")
        if is_live:
            del self.in_force[device]

    @rule(target=acts, held=tokens)
    def act_with_a_token(self, held: tuple[str, int, str]) -> str:
        device, token, _ = held
        self.act(device, By("caller", token=token), may=self.right(device)[0] == token)
        return device

    @rule(target=acts, device=st.sampled_from(DEVICES), lane=st.sampled_from(["1", "2"]))
    def act_of_a_lane(self, device: str, lane: str) -> str:
        holder = self.right(device)[1]
        may = not holder or device not in INPUTS or holder == f"lane:{lane}"
        self.act(device, By(lane=lane), may=may)
        return device

    @rule(target=acts, device=st.sampled_from(DEVICES))
    def act_without_a_token(self, device: str) -> str:
        self.act(device, By("caller"), may=not self.right(device)[0])
        return device

    def act(self, device: str, by: By, *, may: bool) -> None:
        if not may or device in self.running:
            code = refused_code(lambda: self.leases.begin(device, by))
            assert code in ("lease_held", "lease_stale") if not may else code == "device_busy"
            return
        self.running[device] = self.leases.begin(device, by)

    @rule(device=consumes(acts))
    def end_act(self, device: str) -> None:
        if device in self.running:
            self.leases.end(self.running.pop(device))

    @rule(seconds=st.integers(1, 12))
    def pause(self, seconds: int) -> None:
        self.clock.pass_s(seconds)

    @rule()
    def notice_ends(self) -> None:
        for lease in self.leases.expire():
            assert self.right(lease.device)[0] != lease.token

    @rule()
    def crash_and_start_again(self) -> None:
        self.start()

    @invariant()
    def what_is_shown_is_what_is_in_force(self) -> None:
        shown = {lease.device: (lease.token, lease.holder) for lease in self.leases.list_held()}
        known = {device: self.right(device) for device in self.in_force}
        assert shown == {device: right for device, right in known.items() if right[0]}

    def teardown(self) -> None:
        self.runner.close()
        self.folder.cleanup()


Shop.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestShop = Shop.TestCase


def claim(leases: Leases, device: str, holder: str, token: int, **more: bool) -> Lease:
    return leases.claim(device, token=token, holder=holder, ttl_s=15, **more)[0]


def test_a_holder_who_slept_past_the_end_acts_no_more_even_if_nobody_came_since() -> None:
    clock = Hands()
    leases = make_leases(clock)
    lease = claim(leases, "scale2", "phone", 1)
    clock.pass_s(15)

    with pytest.raises(Refused, match="ran out or was given back") as refused:
        leases.check("scale2", By("caller", token=lease.token))
    assert refused.value.code == "lease_stale"


def test_a_lanes_own_devices_are_taken_over_and_come_back_to_it() -> None:
    clock = Hands()
    leases = make_leases(clock)

    with pytest.raises(Refused, match="take it over") as refused:
        claim(leases, "scanner1", "phone", 1)
    assert refused.value.facts == {"device": "scanner1", "holder": "lane:1", "until_ms": None}
    _, former = leases.claim("scanner1", token=2, holder="phone", ttl_s=15, take_over=True)
    assert former == "lane:1"
    assert refused_code(lambda: leases.check("scanner1", By(lane="1"))) == "lease_held"
    clock.pass_s(15)
    leases.check("scanner1", By(lane="1"))


def test_the_boxs_receipts_go_on_while_a_printer_is_leased_and_others_do_not() -> None:
    leases = make_leases(Hands())
    claim(leases, "printer1", "phone", 1, take_over=True)

    leases.check("printer1", BOX)
    leases.check("printer1", By(lane="1"))
    assert refused_code(lambda: leases.check("printer1", By("caller"))) == "lease_held"


def test_two_doors_tokens_under_one_name_are_two_holders() -> None:
    leases = make_leases(Hands())
    leases.claim("scale2", token=1, holder="phone", grant="till", ttl_s=15)

    assert leases.find_former("scale2", holder="phone", grant="till") == ""
    assert leases.find_former("scale2", holder="phone", grant="other") == "phone"


def test_one_holder_cannot_hoard_every_device() -> None:
    leases = make_leases(Hands())
    for n in range(1, HOLDER_LEASES_MAX_N + 1):
        claim(leases, f"label{n}", "phone", n)

    with pytest.raises(Refused) as refused:
        claim(leases, "one_more", "phone", 99)
    assert refused.value.code == "leases_too_many"
    claim(leases, "one_more", "tablet", 100)
    claim(leases, "label1", "phone", 101)


def test_a_token_that_does_not_grow_is_a_fault_of_ours() -> None:
    leases = make_leases(Hands())
    claim(leases, "scale2", "phone", 7)

    with pytest.raises(Broken):
        claim(leases, "scale1", "phone", 7, take_over=True)


# The numbers

TAKE_FOR_EVER = """
import asyncio, sys
from pathlib import Path
from edge.devices.lease_numbers import LeaseNumbers

async def main():
    numbers = LeaseNumbers(Path(sys.argv[1]))
    while True:
        print(await numbers.take(), flush=True)

asyncio.run(main())
"""


async def test_numbers_grow_over_kills_at_any_moment(tmp_path: Path) -> None:
    seen: list[int] = []
    for lines_n in (1, BLOCK_N + 7, 2 * BLOCK_N):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", TAKE_FOR_EVER, os.fspath(tmp_path / "n"), stdout=-1
        )
        assert child.stdout is not None
        async with asyncio.timeout(20):
            seen += [int(await child.stdout.readline()) for _ in range(lines_n)]
            child.kill()
            rest = await child.stdout.read()
        seen += [int(line) for line in rest.splitlines(keepends=True) if line.endswith(b"\n")]
        await child.wait()

    assert seen == sorted(set(seen))


async def test_callers_at_once_get_different_numbers(tmp_path: Path) -> None:
    numbers = LeaseNumbers(tmp_path / "n")

    taken = await asyncio.gather(*(numbers.take() for _ in range(BLOCK_N + 5)))

    assert sorted(taken) == list(range(1, BLOCK_N + 6))


@pytest.mark.parametrize("text", ["", "-5\n", "12x", "9" * 40, str(NUMBER_MAX), "1\n\n2"])
async def test_a_damaged_file_stops_rather_than_begin_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / "n").write_text(text)

    with pytest.raises(StorageError, match="damaged"):
        await LeaseNumbers(tmp_path / "n").take()


# The fence

SCALE = "scale1"


async def test_an_act_waits_for_the_one_before_it_and_not_for_ever() -> None:
    fence = Fence(make_leases(Hands()), turn_wait_s=0.01)

    async with fence.act(SCALE, By(lane="1")):
        with pytest.raises(Refused) as refused:
            async with fence.act(SCALE, By(lane="2")):
                pytest.fail("two lanes at once")
        assert refused.value.code == "device_busy"
    async with fence.act(SCALE, By(lane="2")):
        pass


async def test_what_was_read_while_another_took_over_is_nobodys() -> None:
    leases = make_leases(Hands())
    fence = Fence(leases)

    with pytest.raises(Refused) as refused:
        async with fence.act(SCALE, By(lane="1")):
            claim(leases, SCALE, "phone", 1, take_over=True)
    assert refused.value.code == "lease_held"


async def test_a_new_holders_act_waits_until_the_former_holders_has_ended() -> None:
    leases = make_leases(Hands())
    fence = Fence(leases)
    first = claim(leases, "scale2", "phone", 1)
    done: list[str] = []

    async def weigh(token: int) -> None:
        async with fence.act("scale2", By("caller", token=token)):
            done.append("second")

    async def weigh_while_taken_over(group: asyncio.TaskGroup) -> None:
        async with fence.act("scale2", By("caller", token=first.token)):
            second = claim(leases, "scale2", "tablet", 2, take_over=True)
            group.create_task(weigh(second.token))
            await asyncio.sleep(0)
            done.append("first")

    async with asyncio.TaskGroup() as group:
        with pytest.raises(Refused, match="tablet has it now"):
            await weigh_while_taken_over(group)
    assert done == ["first", "second"]


async def test_a_receipt_waits_for_no_holder() -> None:
    leases = make_leases(Hands())
    fence = Fence(leases, turn_wait_s=0.01)
    lease = claim(leases, "printer1", "phone", 1, take_over=True)

    async with fence.act("printer1", By("caller", token=lease.token)), fence.act("printer1"):
        pass
