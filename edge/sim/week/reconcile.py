"""The reconciliation: data file, edge journal and hub, side by side and equal to the cent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from rich.console import Console
from rich.table import Table
from rich.text import Text

from edge.sim.week.sums import REASONS, Column, Sums, Tally, as_int, as_map, as_rows
from edge.sim.week.till import Door
from edge.sim.week.view import say

PLACES = ("data file", "edge journal", "hub")
_REASON_SAYS = {
    "member_price": "member price",
    "manual": "by hand (history_price)",
    "match": "coupon: the shop's match",
    "coupon": "coupon: paid by the maker",
}


@dataclass(frozen=True)
class Row:
    """One figure in the three places."""

    name: str
    values: tuple[int, ...]
    show: Callable[[int], str] = str
    opens: bool = False  # a section begins

    @property
    def equal(self) -> bool:
        """Whether all places say the same."""
        return len(set(self.values)) == 1


def compare(columns: Sequence[Column]) -> tuple[Row, ...]:
    """Every figure of the columns, in the order of the table."""
    totals = [column.total for column in columns]
    rows = [Row("baskets", tuple(column.baskets_n for column in columns))]
    rows += _sums_rows("total", totals)
    for place, reason in enumerate(_names(REASONS, [column.reasons for column in columns])):
        values = tuple(column.reasons.get(reason, 0) for column in columns)
        name = f"discount {_REASON_SAYS.get(reason, reason)}"
        rows.append(Row(name, values, say, opens=place == 0))
    for place, kind in enumerate(_names((), [column.tenders for column in columns])):
        values = tuple(column.tenders.get(kind, 0) for column in columns)
        rows.append(Row(f"tender {kind}", values, say, opens=place == 0))
    for name in _names((), [column.departments for column in columns]):
        sums = [column.departments.get(name, Sums()) for column in columns]
        rows += _sums_rows(name, sums, opens=True)
    return tuple(rows)


def _sums_rows(name: str, sums: Sequence[Sums], *, opens: bool = False) -> list[Row]:
    def row(label: str, field: str, show: Callable[[int], str] = str) -> Row:
        return Row(f"{name}: {label}", tuple(getattr(one, field) for one in sums), show)

    rows = [
        row("lines", "lines_n"),
        row("pieces", "pieces"),
        row("weight g", "weight_g"),
        row("gross", "gross_minor", say),
        row("discount", "discount_minor", say),
        row("net", "net_minor", say),
    ]
    first = rows[0]
    rows[0] = Row(first.name, first.values, first.show, opens)
    return rows


def _names(first: Iterable[str], seen: Iterable[Mapping[str, object]]) -> list[str]:
    known = list(first)
    return known + sorted({name for names in seen for name in names} - set(known))


async def fetch_hub_column(hub: Door, store: str) -> Column:
    """The hub's column, from its takings by day, department, reason and tender."""
    column = Column()
    path = f"/v1/takings?store={store}&from=2017-01-01&to=2017-12-31&by="
    for row in await _rows(hub, path + "day"):
        column.baskets_n += as_int(row["sales_n"]) - as_int(row["refunds_n"])
    for row in await _rows(hub, path + "department"):
        sums = {one.name: as_int(row[one.name]) for one in fields(Sums)}
        column.departments[str(row["key"])] = Sums(**sums)
    for row in await _rows(hub, path + "reason"):
        column.reasons[reason_kind(row)] += as_int(row["net_minor"])
    for row in await _rows(hub, path + "tender"):
        column.tenders[str(row["key"])] += as_int(row["net_minor"])
    return column


def reason_kind(row: Mapping[str, object]) -> str:
    """The kind of discount that a row of the takings by reason is about."""
    return str(row.get("kind") or row["key"])


async def _rows(hub: Door, path: str) -> Iterable[Mapping[str, object]]:
    return as_rows(as_map(await hub.get(path))["rows"])


def draw_rules(rules: Mapping[str, Tally]) -> Table:
    """The rules that were needed, with what each touched."""
    table = Table(title="How the lines of the data file were rung", title_justify="left")
    table.add_column("rule")
    table.add_column("lines", justify="right")
    table.add_column("shelf price", justify="right")
    for name, tally in rules.items():
        table.add_row(name, str(tally.lines_n), say(tally.amount_minor))
    return table


def draw_rows(rows: Sequence[Row]) -> Table:
    """The three places side by side."""
    table = Table(title="Reconciliation", title_justify="left")
    table.add_column("figure")
    for place in PLACES[: len(rows[0].values)]:
        table.add_column(place, justify="right")
    table.add_column("equal")
    for row in rows:
        if row.opens:
            table.add_section()
        if any(row.values):
            sign = Text("yes", style="green") if row.equal else Text("NO", style="bold red")
            table.add_row(row.name, *(row.show(value) for value in row.values), sign)
    return table


def report(console: Console, rules: Mapping[str, Tally], rows: Sequence[Row]) -> bool:
    """Show both tables; whether everything is equal."""
    console.print(draw_rules(rules))
    console.print(draw_rows(rows))
    differing = [row.name for row in rows if not row.equal]
    if differing:
        console.print(f"{len(differing)} figures differ: {', '.join(differing)}", style="bold red")
    else:
        console.print(f"All {len(rows)} figures are equal in {', '.join(PLACES)}.", style="green")
    return not differing
