"""Cut the trade that ships here out of the original files.

    python -m edge.sim.data.cut TRANSACTIONS.csv.gz ITEMS.csv.gz

Whole stores are cut, four weeks each, with every household and every line. Nothing is changed
inside a line; columns keep their original names.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

FOLDER = Path(__file__).parent
LINES_FILE = FOLDER / "lines.csv.gz"
ITEMS_FILE = FOLDER / "items.csv.gz"

# (store, first week). 367 and 381 at the four weeks in a row with the most baskets. 361 would have
# twelve more a week earlier, and 321 is a smaller store: in their runs an item is sold that is not
# in the item file, and value without a quantity, so that those rules meet real lines.
RUNS = (("321", 21), ("361", 31), ("367", 4), ("381", 3))
WEEKS_N = 4

LINE_COLUMNS = (
    "store_id", "week", "transaction_timestamp", "basket_id", "household_id", "product_id",
    "quantity", "sales_value", "retail_disc", "coupon_disc", "coupon_match_disc",
)  # fmt: skip
ITEM_COLUMNS = (
    "product_id", "department", "product_category", "product_type", "brand", "package_size",
)  # fmt: skip

Row = Mapping[str, str]


def cut(transactions: Path, items: Path) -> tuple[int, int]:
    """Write both files beside this one; (lines, items) written."""
    wanted = {(store, str(first + n)) for store, first in RUNS for n in range(WEEKS_N)}
    lines = [row for row in _read(transactions) if (row["store_id"], row["week"]) in wanted]
    lines.sort(key=lambda row: tuple(row[name] for name in LINE_COLUMNS[:6]))
    sold = {row["product_id"] for row in lines}
    known = sorted(
        (row for row in _read(items) if row["product_id"] in sold),
        key=lambda row: int(row["product_id"]),
    )
    _write(LINES_FILE, LINE_COLUMNS, lines)
    _write(ITEMS_FILE, ITEM_COLUMNS, known)
    return len(lines), len(known)


def _read(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    # mtime 0: the same cut gives the same bytes.
    path.write_bytes(gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0))


def main(arguments: list[str]) -> int:
    """Entry point; 2 when the two paths are not given."""
    if len(arguments) != 2:
        sys.stderr.write(__doc__ or "")
        return 2
    lines_n, items_n = cut(Path(arguments[0]), Path(arguments[1]))
    sys.stdout.write(f"{lines_n} lines, {items_n} items\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
