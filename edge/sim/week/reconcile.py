"""The reconciliation: data file, edge journal and hub, side by side and equal to the cent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from edge.sim.week.sums import Column, Sums, Tally, as_int, as_map, as_rows
from edge.sim.week.till import Door
from edge.sim.week.view import say

PLACES = ("data file", "edge journal", "hub")
_REASON_SAYS = {
    "member_price": "off: member price",
    "manual": "off: by hand (history_price)",
    "match": "off: coupon, the shop's match",
    "coupon": "off: coupon, paid by its maker",
}
_TENDER_SAYS = {"cash": "tender: cash", "card": "tender: card"}
_FIGURES: tuple[tuple[str, str], ...] = (
    ("lines", "lines_n"),
    ("pieces", "pieces"),
    ("grams", "weight_g"),
    ("gross", "gross_minor"),
    ("off", "discount_minor"),
    ("net", "net_minor"),
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure in the three places; `department` is empty for the whole store."""

    department: str = ""
    name: str
    values: tuple[int, ...]
    money: bool = False

    @property
    def equal(self) -> bool:
        """Whether all places say the same."""
        return len(set(self.values)) == 1

    def show(self, *, symbol: bool = True) -> list[str]:
        """The figure in each place, as a person reads it."""
        if self.money:
            return [say(value, symbol=symbol) for value in self.values]
        return [str(value) for value in self.values]


def compare(columns: Sequence[Column]) -> tuple[Row, ...]:
    """Every figure of the columns: the whole store, then each department."""
    rows = [
        Row(name="baskets", values=tuple(column.baskets_n for column in columns)),
        *_sums_rows("", [column.total for column in columns]),
        *_money_rows(_REASON_SAYS, [column.reasons for column in columns]),
        *_money_rows(_TENDER_SAYS, [column.tenders for column in columns]),
    ]
    departments = {name for column in columns for name in column.departments}
    for name in sorted(departments):
        rows += _sums_rows(name, [column.departments.get(name, Sums()) for column in columns])
    return tuple(rows)


def _money_rows(says: Mapping[str, str], amounts: Sequence[Mapping[str, int]]) -> list[Row]:
    """A row for each key of `amounts`, those of `says` first."""
    kinds = [*says, *sorted({kind for one in amounts for kind in one} - set(says))]
    return [
        Row(
            name=says.get(kind, kind),
            values=tuple(one.get(kind, 0) for one in amounts),
            money=True,
        )
        for kind in kinds
    ]


def _sums_rows(department: str, sums: Sequence[Sums]) -> list[Row]:
    return [
        Row(
            department=department,
            name=name,
            values=tuple(getattr(one, field) for one in sums),
            money=field.endswith("_minor"),
        )
        for name, field in _FIGURES
    ]


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
    table = _table("How the lines of the data file were rung", "rule")
    _add_figures(table, ("lines", "units in file", "shelf price"))
    for name, tally in rules.items():
        table.add_row(name, str(tally.lines_n), str(tally.units_n), say(tally.amount_minor))
    return table


def draw_store(rows: Sequence[Row]) -> Table:
    """The whole store in the three places, side by side."""
    table = _table("Reconciliation: the whole store", "figure")
    _add_figures(table, PLACES)
    table.add_column("equal")
    for row in rows:
        if not row.department:
            table.add_row(row.name, *row.show(), _verdict([row]))
    return table


def draw_departments(rows: Sequence[Row]) -> Table:
    """A line for each department; three lines where the places do not agree."""
    table = _table("Reconciliation: by department, data file = edge journal = hub", "department")
    _add_figures(table, [name for name, _ in _FIGURES])
    table.add_column("equal")
    for department in dict.fromkeys(row.department for row in rows if row.department):
        figures = [row for row in rows if row.department == department]
        table.add_row(department, *(_cell(row, 0) for row in figures), _verdict(figures))
        equal = all(row.equal for row in figures)
        for place, said in enumerate(() if equal else PLACES[1:], start=1):
            table.add_row(f"  {said}", *(_cell(row, place) for row in figures))
    return table


def _table(title: str, first: str) -> Table:
    table = Table(
        title=f"\n{title}",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column(first, no_wrap=True)
    return table


def _add_figures(table: Table, titles: Iterable[str]) -> None:
    # Folded: a narrow terminal breaks a figure, it never cuts one.
    for title in titles:
        table.add_column(title, justify="right", overflow="fold")


def _cell(row: Row, place: int) -> Text:
    return Text(row.show(symbol=False)[place], style="" if row.equal else "bold red")


def _verdict(rows: Iterable[Row]) -> Text:
    if all(row.equal for row in rows):
        return Text("yes", style="green")
    return Text("NO", style="bold red")


def report(console: Console, rules: Mapping[str, Tally], rows: Sequence[Row]) -> bool:
    """Show the tables; whether everything is equal."""
    for table in (draw_rules(rules), draw_departments(rows), draw_store(rows)):
        console.print(table)
    console.print()
    differing_n = sum(not row.equal for row in rows)
    if differing_n:
        console.print(f"{differing_n} of {len(rows)} figures differ.", style="bold red")
    else:
        places = ", ".join(PLACES[:-1])
        console.print(f"All {len(rows)} figures are equal in {places} and {PLACES[-1]}.")
    return not differing_n
