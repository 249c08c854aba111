"""A large price book in the box: the memory it adds to the bare daemon, and how soon it prices."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from msgspec.structs import replace

from bench.figure import Figure, figure, percentile
from bench.pricing_book import make_book
from bench.pricing_world import make_world
from bench.process import resident_mb
from bench.stage import STORE, daemons
from cext.engine import Codes, Pricer, decode_book, encode_book, with_check_digit
from cext.lang.item import Item, PriceBook

ITEMS_N = 100_000
OFFERS_N = 2_000
ROUNDS_N = 5
SETTLE_S = 3.0
# A name is one of each: 17 makes, 19 goods, 13 sorts and 11 sizes are 46,189 names.
MAKES = (
    "海河 Haihe", "春山 Chunshan", "老街口 Laojiekou", "青禾 Qinghe", "金麦 Jinmai",
    "白鹭 Bailu", "三江 Sanjiang", "福满 Fuman", "云岭 Yunling", "东篱 Dongli",
    "小桥 Xiaoqiao", "禾木 Hemu", "南塘 Nantang", "百味 Baiwei", "竹溪 Zhuxi",
    "长乐 Changle", "北仓 Beicang",
)  # fmt: skip
GOODS = (
    "纯牛奶", "酸奶", "乌龙茶", "苏打饼干", "挂面", "酱油", "陈醋", "花生油", "薯片", "矿泉水",
    "豆腐干", "巧克力", "洗发水", "牙膏", "抽纸", "洗衣液", "速冻水饺", "火腿肠", "燕麦片",
)  # fmt: skip
SORTS = (
    "原味", "低糖", "无糖", "香辣", "五香", "海盐", "蜂蜜", "柠檬", "草莓", "清香", "浓香", "经典",
    "家庭装",
)  # fmt: skip
SIZES = (
    "50g", "100g", "250g", "500g", "1kg", "330ml", "500ml", "1L", "2L", "250ml*12", "80g*5",
)  # fmt: skip
DEPARTMENTS_N = 24
BRANDS_N = 1_500


def measure() -> list[Figure]:
    """Memory of a box with 100,000 items and 2,000 offers over one without any; time to compile."""
    raw = encode_book(make_large_book())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        book = folder / "book.json"
        book.write_bytes(raw)
        bare_mb = _resident_mb(folder / "bare", None)
        full_mb = _resident_mb(folder / "full", book)
    return [
        figure("book_resident", full_mb - bare_mb, "MB", goal=("<=", 30)),
        figure("book_compile", _compile_s(raw), "s", goal=("<=", 2)),
    ]


def make_large_book() -> PriceBook:
    """The shop of the pricing bench without its member prices, with goods as shops have them.

    Each has a name of about 20 characters, a department, a category, a brand and an EAN-13.
    """
    world = make_world(items_n=ITEMS_N, offers_n=OFFERS_N, lines_n=(), baskets_n=0)
    world = replace(world, wares=tuple(replace(ware, member_minor=0) for ware in world.wares))
    book = make_book(world)
    items = tuple(_dress(item, n) for n, item in enumerate(book.items))
    return replace(book, store=STORE, currency="CNY", items=items)


def _dress(item: Item, n: int) -> Item:
    words = (part[n % len(part)] for part in (MAKES, GOODS, SORTS))
    return replace(
        item,
        name=f"{''.join(words)} {SIZES[n % len(SIZES)]}",
        codes=(with_check_digit(f"690{n:09d}"),),
        department=f"department-{n % DEPARTMENTS_N}",
        brand=f"brand-{n % BRANDS_N}",
    )


def _resident_mb(folder: Path, book: Path | None) -> float:
    """Of a box that starts with the book it took in before, as every box but a new one does."""
    folder.mkdir()
    with daemons(folder) as stage:
        stage.add_store(price_book=book)
        stage.start_broker()
        stage.start_edge()
        stage.stop_last()
        pid = stage.start_edge()
        time.sleep(SETTLE_S)
        return resident_mb(pid)


def _compile_s(raw: bytes) -> float:
    """From a book read to one that prices and reads codes; the median of some rounds."""
    took_s = []
    for _ in range(ROUNDS_N):
        book = decode_book(raw)
        began_s = time.perf_counter()
        Pricer(book)
        Codes(book)
        took_s.append(time.perf_counter() - began_s)
    return percentile(took_s, 0.5)
