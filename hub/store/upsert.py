"""Changes as SQL: one insert-or-combine statement per change, for SQLite and PostgreSQL."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Table, case, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.expression import ColumnElement

from cext.errors import must
from hub.store.facts import Change

_Shape = tuple[Table, tuple[str, ...], tuple[str, ...], tuple[str, ...], str]


@lru_cache(maxsize=128)
def statement(shape: _Shape) -> str:
    """The statement text with one positional mark per column of the table, in its order."""
    table, add, most, last, dialect_name = shape
    insert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect_name](table)
    stored, new = table.c, insert.excluded
    sets: dict[str, ColumnElement[Any]] = {}
    sets.update({name: stored[name] + new[name] for name in add})
    sets.update(
        {name: case((new[name] > stored[name], new[name]), else_=stored[name]) for name in most}
    )
    sets.update({name: new[name] for name in last})
    key = list(table.primary_key.columns)
    if sets:
        # Words that stay the same must not make pages dirty: items are named on every sale.
        changed = (
            None
            if add or most
            else or_(*(stored[name].is_distinct_from(new[name]) for name in last))
        )
        insert = insert.on_conflict_do_update(index_elements=key, set_=sets, where=changed)
    dialect: Any = {
        "sqlite": sqlite.dialect(paramstyle="qmark"),
        "postgresql": postgresql.asyncpg.dialect(),  # type: ignore[no-untyped-call]
    }[dialect_name]
    compiled = insert.compile(dialect=dialect, column_keys=[column.name for column in table.c])
    names = [column.name for column in table.c]
    must(compiled.positiontup == names, "parameters_in_column_order", table=table.name)
    return str(compiled)


async def write_change(connection: AsyncConnection, change: Change) -> None:
    """Write all rows of a change with one statement."""
    shape = (
        change.table,
        change.add,
        change.most,
        change.last,
        connection.dialect.name,
    )
    # Rows go to the driver as they are: the ingest path has no need for type conversion, and
    # SQLAlchemy's per-row parameter handling costs more than SQLite's insert.
    await connection.exec_driver_sql(statement(shape), list(change.rows))
