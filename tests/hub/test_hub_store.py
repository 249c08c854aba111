"""The event store: one transaction, once, and every projection a fold of the events."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select, text

from cext.errors import StorageError
from cext.lang.events import StockReceived, StockReceivedLine, Stored
from hub.link.ports import Checked
from hub.projections import PROJECTIONS
from hub.store import METADATA, Database, Storage, StoreUrl, open_database, rebuild
from hub.store.facts import Fact, read_event
from hub.store.migrations import load_revisions, migrate
from hub.store.rebuild import hash_table
from hub.store.tables import events, quarantine
from hub.store.upsert import statement
from tests.contract.wire_samples import EVENTS
from tests.hub.trade import Shop, cut, trade

TABLES = [table for projection in PROJECTIONS for table in projection.tables]


async def content(database: Database) -> dict[str, tuple[int, str]]:
    async with database.reading() as connection:
        return {table.name: await hash_table(connection, table) for table in TABLES}


async def fresh(path: Path, batches: list[Checked]) -> dict[str, tuple[int, str]]:
    """The projections of a new database after `batches`, which must survive a rebuild."""
    async with open_database(StoreUrl.of("", state_dir=path)) as database:
        storage = Storage(database, PROJECTIONS)
        for work in batches:
            await storage.commit([work], received_ms=1)
        live = await content(database)
        proofs = await rebuild(database, PROJECTIONS)
        assert all(proof.is_equal for proof in proofs), proofs
        assert await content(database) == live
        return live


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_batches_cut_anywhere_and_sent_twice_fold_to_the_same_rows_as_a_rebuild(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shop = Shop()
    shop.open()
    trade(shop, seed)
    work = shop.take()
    pieces = list(cut(work, seed))
    twice = [piece for piece in pieces for _ in range(2)]

    whole = asyncio.run(fresh(tmp_path_factory.mktemp("whole"), [work]))
    cut_up = asyncio.run(fresh(tmp_path_factory.mktemp("cut"), pieces))
    repeated = asyncio.run(fresh(tmp_path_factory.mktemp("twice"), [*twice, work]))

    assert whole == cut_up == repeated
    assert whole["sales"][0] > 0


async def test_what_was_committed_is_there_byte_for_byte_after_a_restart(tmp_path: Path) -> None:
    shop = Shop()
    shop.open()
    trade(shop, 1)
    async with open_database(StoreUrl.of("", state_dir=tmp_path)) as database:
        await Storage(database, PROJECTIONS).commit([shop.take()], received_ms=5)

    async with open_database(StoreUrl.of("", state_dir=tmp_path)) as database:
        cursors = await Storage(database, PROJECTIONS).load_cursors()
        async with database.reading() as connection:
            query = select(events.c.seq, events.c.raw, events.c.hash).order_by(events.c.seq)
            found = [Stored(*row) for row in await connection.execute(query)]

    assert found == shop.events
    assert cursors["367"].seq == len(shop.events)
    assert cursors["367"].hash == shop.events[-1].hash


async def test_given_two_parts_of_one_store_in_one_commit_then_both_are_stored(
    storage: Storage,
) -> None:
    shop, other = Shop(), Shop(store="31401")
    shop.open()
    trade(shop, 2)
    other.open()

    await storage.commit([*cut(shop.take(), 3), other.take()], received_ms=1)

    cursors = await storage.load_cursors()
    assert cursors["367"].seq == len(shop.events)
    assert cursors["31401"].seq == len(other.events)


async def test_given_a_new_epoch_then_its_cursor_counts_and_the_old_events_stay(
    storage: Storage, database: Database
) -> None:
    old, new = Shop(), Shop(epoch=2)
    old.open()
    new.open()
    await storage.commit([old.take()], received_ms=1)

    await storage.commit([new.take()], received_ms=2)

    cursor = (await storage.load_cursors())["367"]
    assert (cursor.epoch, cursor.seq) == (2, 2)
    async with database.reading() as connection:
        assert len((await connection.execute(select(events.c.seq))).all()) == 4


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"\xc1 not msgpack", "event_undecodable"),
        (msgspec.msgpack.encode(["drone_landed", 1, 3, 1 << 16, "", "", {}]), "event_unknown"),
        (msgspec.msgpack.encode(["sale_closed", 99, 3, 1 << 16, "", "", []]), "event_newer"),
        (msgspec.msgpack.encode(["sale_closed", 1, 3, 1 << 16, "", "", [1]]), "event_undecodable"),
    ],
)
async def test_given_an_event_it_cannot_read_then_it_is_kept_and_the_cursor_moves_on(
    storage: Storage, database: Database, raw: bytes, code: str
) -> None:
    shop = Shop()
    shop.open()
    bad = shop.add_raw(raw)
    trade(shop, 4, acts_n=3)

    await storage.commit([shop.take()], received_ms=1)

    async with database.reading() as connection:
        rows = (await connection.execute(select(quarantine))).all()
        kept = await connection.scalar(select(events.c.raw).where(events.c.seq == bad.seq))
    assert [(row.seq, row.code) for row in rows] == [(3, code)]
    assert kept == raw
    assert (await storage.load_cursors())["367"].seq == len(shop.events)
    assert all(proof.is_equal for proof in await rebuild(database, PROJECTIONS))


async def test_given_a_sum_beyond_the_column_then_it_is_the_events_that_are_refused(
    storage: Storage, database: Database
) -> None:
    shop = Shop()
    shop.open()
    shop.add(StockReceived(document="d", lines=(StockReceivedLine("i1", 5),)))
    await storage.commit([shop.take()], received_ms=1)
    async with database.writing() as connection:
        await connection.exec_driver_sql(f"UPDATE stock_on_hand SET on_hand = {2**63 - 9}")
    shop.add(StockReceived(document="d", lines=(StockReceivedLine("i1", 10),)))

    with pytest.raises(StorageError) as caught:
        await storage.commit([shop.take()], received_ms=2)

    assert caught.value.code == "events_refused"
    assert (await storage.load_cursors())["367"].seq == 3


async def test_given_a_gap_then_nothing_is_written_and_the_link_is_told_to_begin_anew(
    storage: Storage,
) -> None:
    shop = Shop()
    shop.open()
    trade(shop, 5)
    work = shop.take()
    late = Checked(work.store, work.epoch, work.events[3:])

    with pytest.raises(StorageError) as caught:
        await storage.commit([late], received_ms=1)

    assert caught.value.code == "storage_replaced"
    assert await storage.load_cursors() == {}


@pytest.mark.parametrize("also_wal", [True, False])
async def test_given_the_database_is_deleted_while_open_then_it_is_made_anew_and_refilled(
    storage: Storage, database: Database, tmp_path: Path, also_wal: bool
) -> None:
    shop = Shop()
    shop.open()
    trade(shop, 6)
    everything = shop.take()
    await storage.commit([everything], received_ms=1)
    before = await content(database)
    names = ["hub.db", "hub.db-wal", "hub.db-shm"] if also_wal else ["hub.db"]
    for name in names:
        (tmp_path / name).unlink()

    shop.add(shop.bodies[0])
    with pytest.raises(StorageError) as caught:
        await storage.commit([shop.take()], received_ms=2)
    assert caught.value.code == "storage_replaced"
    assert await storage.load_cursors() == {}
    await storage.commit([everything], received_ms=3)

    assert await content(database) == before
    await storage.check()


async def test_given_the_database_is_deleted_while_nobody_speaks_then_check_says_so_once(
    storage: Storage, tmp_path: Path
) -> None:
    await storage.load_cursors()
    (tmp_path / "hub.db").unlink()

    with pytest.raises(StorageError, match="deleted"):
        await storage.check()
    await storage.check()

    assert (tmp_path / "hub.db").exists()


async def test_given_another_file_took_its_place_then_the_old_wal_is_not_mixed_into_it(
    tmp_path: Path,
) -> None:
    shop = Shop()
    shop.open()
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    async with open_database(StoreUrl.of("", state_dir=tmp_path / "b")) as backup:
        await Storage(backup, PROJECTIONS).commit([shop.take()], received_ms=1)
        at_backup = await content(backup)
    trade(shop, 7)
    async with open_database(StoreUrl.of("", state_dir=tmp_path / "a")) as database:
        storage = Storage(database, PROJECTIONS)
        shop.taken_n = 0
        await storage.commit([shop.take()], received_ms=1)
        (tmp_path / "b" / "hub.db").replace(tmp_path / "a" / "hub.db")

        with pytest.raises(StorageError):
            await storage.check()

        assert (await storage.load_cursors())["367"].seq == 2
        assert await content(database) == at_backup


async def test_given_a_commit_is_cancelled_anywhere_then_all_or_nothing_is_there_and_it_goes_on(
    storage: Storage, database: Database, tmp_path: Path
) -> None:
    shop = Shop()
    shop.open()
    for turns_n in range(40):
        trade(shop, turns_n, acts_n=5)
        before = (await storage.load_cursors()).get("367")
        work = shop.take()
        task = asyncio.ensure_future(storage.commit([work], received_ms=1))
        for _ in range(turns_n):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

        held = (await storage.load_cursors()).get("367")
        assert held == before or held.seq == work.events[-1].seq
        await storage.commit([work], received_ms=1)

    assert (await storage.load_cursors())["367"].hash == shop.events[-1].hash
    assert all(proof.is_equal for proof in await rebuild(database, PROJECTIONS))
    whole = Checked("367", 1, tuple(shop.events))
    assert await content(database) == await fresh(tmp_path / "whole", [whole])


async def test_presence_is_remembered(storage: Storage) -> None:
    await storage.save_presence({"367": 5}, now_ms=9)
    await storage.save_presence({"31401": 7}, now_ms=10)

    assert await storage.load_presence() == {"367": 5, "31401": 7}


async def test_every_commit_is_synced_to_the_disk(database: Database) -> None:
    async with database.writing() as connection:
        assert await connection.scalar(text("PRAGMA synchronous")) == 2
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"


def test_the_migrations_make_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'migrated.db'}")
    with engine.begin() as connection:
        migrate(connection, load_revisions())
        migrate(connection, load_revisions())
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()
    plain = create_engine(f"sqlite:///{tmp_path / 'plain.db'}")
    with plain.begin() as connection:
        METADATA.create_all(connection)
    schemas = []
    for name in ("migrated", "plain"):
        with create_engine(f"sqlite:///{tmp_path / name}.db").connect() as connection:
            found = connection.execute(
                text("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%'")
            )
            schemas.append({name: "".join((sql or "").split()) for name, sql in found})
    assert schemas[0].keys() - {"sqlite_autoindex_alembic_version_1"} == schemas[1].keys()
    for name, sql in schemas[1].items():
        assert sql.endswith("STRICT") == schemas[0][name].endswith("STRICT"), name
        assert ("WITHOUTROWID" in sql) == ("WITHOUTROWID" in schemas[0][name]), name


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=lambda table: table.name)
def test_every_key_begins_with_the_store_and_nothing_is_counted_by_the_database(table) -> None:
    key = list(table.primary_key.columns)
    assert key[0].name == "store"
    assert not any(column.autoincrement is True for column in key)
    assert all(next(iter(index.columns)).name == "store" for index in table.indexes)


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
def test_every_change_of_every_projection_can_be_said_to_both_databases(
    projection, dialect: str
) -> None:
    shop = Shop()
    shop.open()
    trade(shop, 8)
    found = [read_event("367", 1, stored)[1] for stored in shop.events]
    facts = [one for one in found if isinstance(one, Fact)]
    changes = projection.reduce([one for one in facts if type(one.body) in projection.handles])

    assert {change.table for change in changes} == set(projection.tables)
    for change in changes:
        sql = statement((change.table, change.add, change.most, change.last, dialect))
        assert sql.startswith(f"INSERT INTO {change.table.name}")
        assert all(len(row) == len(change.table.c) for row in change.rows)


async def test_facts_of_devices_are_taken_and_move_nothing(tmp_path: Path) -> None:
    shop = Shop()
    shop.open()
    trade(shop, 3)
    sold = shop.take()
    for body in (EVENTS["device_changed_1"], EVENTS["device_taken_over_1"]):
        shop.add(body)
    async with open_database(StoreUrl.of("", state_dir=tmp_path)) as database:
        storage = Storage(database, PROJECTIONS)
        await storage.commit([sold], received_ms=1)
        before = await content(database)
        await storage.commit([shop.take()], received_ms=2)
        after = await content(database)
        cursors = await storage.load_cursors()
        async with database.reading() as connection:
            doubted = (await connection.execute(select(quarantine))).all()

    changed = {name for name, rows in before.items() if after[name] != rows}
    assert changed == {"store_last_events"}
    assert cursors["367"].seq == len(shop.events)
    assert doubted == []
