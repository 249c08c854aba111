"""What to replay: the options, and the weeks planned to the last act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from cext.errors import ConfigError
from edge.sim.week.book import derive_shelf
from edge.sim.week.plan import PlannedBasket, WeekPlan, plan_weeks
from edge.sim.week.trade import Trade, load_trade, parse_day, week_days


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to replay, how fast, and where. `first` and `last` are days or weeks of the data."""

    store: str = "367"
    first: str = ""
    last: str = ""
    pace: str = "fast"
    check: bool = False
    folder: Path = Path("run")
    any_ports: bool = False


@dataclass(frozen=True, kw_only=True)
class Programme:
    """The weeks to trade."""

    store: str
    weeks: tuple[WeekPlan, ...]

    @property
    def baskets(self) -> tuple[PlannedBasket, ...]:
        """All baskets of all weeks, by time."""
        return tuple(basket for week in self.weeks for basket in week.baskets)


def make_programme(options: Options) -> Programme:
    """Plan the asked days; ConfigError says what there is when nothing was traded on them."""
    stores = load_trade()
    trade = stores.get(options.store)
    if trade is None:
        raise ConfigError((f"store {options.store!r} is not here; choose {', '.join(stores)}",))
    first, last = _days(options, trade)
    shelf = derive_shelf(trade, measured_on=[line for one in stores.values() for line in one.lines])
    weeks = plan_weeks(shelf, trade.baskets(first, last))
    if not weeks:
        known = trade.weeks()
        message = (
            f"store {options.store} has no trade from {first} to {last}; there is trade "
            f"from {week_days(known[0])[0]} to {week_days(known[-1])[1]}"
        )
        raise ConfigError((message,))
    return Programme(store=options.store, weeks=weeks)


def _days(options: Options, trade: Trade) -> tuple[date, date]:
    """The first and the last day; without options the store's first week, else one week."""
    first = parse_day(options.first) if options.first else week_days(trade.weeks()[0])[0]
    if not options.last:
        return first, first + timedelta(days=6 - first.weekday())
    last = parse_day(options.last, end=True)
    if last < first:
        raise ConfigError((f"the last day, {last}, is before the first, {first}",))
    return first, last
