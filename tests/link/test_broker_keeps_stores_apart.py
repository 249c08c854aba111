"""The broker's walls, tested by delivery: a granted subscription proves nothing."""

from __future__ import annotations

import asyncio
import stat

import msgspec
import pytest

from cext.errors import LinkDown, Refused
from cext.kit.mqtt import Dialer
from cext.lang.wire import down_topic, up_topic
from hub.link.broker import add_account, add_store
from tests.link.real_broker import RealBroker, running


async def test_a_store_never_gets_what_is_meant_for_another(broker: RealBroker) -> None:
    async with asyncio.timeout(20), running(broker.run()):
        await broker.up.wait()
        spy, hub = Dialer(broker.account("368")), Dialer(broker.account("hub"))
        everything = [down_topic("367"), down_topic("368"), "se1/#", "#"]
        async with spy.open(everything) as spying, hub.open(["se1/+/+/up"]) as centre:
            centre.publish(down_topic("367"), b"secret")
            centre.publish(down_topic("368"), b"mine")

            heard = await spying.receive(limit_n=1)

            # Subscriptions that overlap are each delivered, so it may come more than once.
            while len(heard) < 3:
                heard += await spying.receive(limit_n=9)
            assert {letter.payload for letter in heard} == {b"mine"}


async def test_a_store_cannot_speak_in_the_name_of_another(broker: RealBroker) -> None:
    async with asyncio.timeout(20), running(broker.run()):
        await broker.up.wait()
        store, hub = Dialer(broker.account("368")), Dialer(broker.account("hub"))
        async with hub.open(["se1/+/+/up"]) as centre, store.open([]) as line:
            line.publish(up_topic("367"), b"forged")
            line.publish(down_topic("368"), b"forged")
            line.publish(up_topic("368"), b"own")

            (heard,) = await centre.receive(limit_n=9)

            assert (heard.topic, heard.payload) == (up_topic("368"), b"own")


async def test_a_store_cannot_push_another_off_by_taking_its_client_id(
    broker: RealBroker,
) -> None:
    async with asyncio.timeout(20), running(broker.run()):
        await broker.up.wait()
        thief = msgspec.structs.replace(broker.account("368"), client_id="367")
        async with (
            Dialer(broker.account("367")).open([down_topic("367")]) as line,
            Dialer(thief).open([]),
            Dialer(broker.account("hub")).open([]) as centre,
        ):
            centre.publish(down_topic("367"), b"still here?")
            assert [letter.payload for letter in await line.receive(limit_n=1)] == [b"still here?"]


async def test_a_wrong_password_and_a_foreign_broker_are_refused(
    broker: RealBroker,
) -> None:
    async with asyncio.timeout(20), running(broker.run()):
        await broker.up.wait()
        wrong = msgspec.structs.replace(
            broker.account("367"), password_file=str(broker.passwords["368"])
        )
        with pytest.raises(LinkDown, match="refused us"):
            async with Dialer(wrong).open([]):
                pass
        foreign = msgspec.structs.replace(
            broker.account("367"), ca_file="/etc/ssl/certs/ca-certificates.crt"
        )
        with pytest.raises(LinkDown) as caught:
            async with Dialer(foreign).open([]):
                pass
        assert caught.value.code in {"broker_untrusted", "broker_unreachable"}


async def test_a_store_added_while_the_broker_runs_can_connect(broker: RealBroker) -> None:
    async with asyncio.timeout(20), running(broker.run()):
        await broker.up.wait()
        await asyncio.to_thread(broker.add, "999")
        # mosquitto reads its files when its own loop comes round to the signal.
        while not await is_let_in(broker, "999"):
            pass


async def is_let_in(broker: RealBroker, name: str) -> bool:
    try:
        async with Dialer(broker.account(name)).open([]):
            return True
    except LinkDown:
        return False


def test_secrets_are_readable_by_their_owner_only(broker: RealBroker) -> None:
    secret_files = [
        *broker.passwords.values(),
        *(broker.directory / name for name in ("ca.key", "server.key", "passwords")),
    ]
    for path in secret_files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    plain = broker.passwords["367"].read_text().strip()
    assert len(plain) >= 32
    assert plain not in (broker.directory / "passwords").read_text()


@pytest.mark.parametrize("name", ["hub", "A", "a b", "", "a/b", "a" * 17, "+", "#", "367\n"])
def test_a_name_that_cannot_be_a_store_is_refused(broker: RealBroker, name: str) -> None:
    with pytest.raises(Refused):
        add_store(broker.directory, name)


def test_an_account_asked_for_again_gets_a_new_password(broker: RealBroker) -> None:
    before = broker.passwords["367"].read_text()
    path = add_account(broker.directory, "367")
    lines = (broker.directory / "passwords").read_text().splitlines()
    assert path.read_text() != before
    assert [line.split(":")[0] for line in lines] == ["hub", "368", "367"]
