"""The price book in force: checked before it counts, on disk before it is used."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

import structlog

from cext.engine import Codes, Pricer, decode_book, encode_book, pack_book
from cext.errors import ConfigError, Refused, StorageError
from cext.kit.clock import Clock
from cext.lang.code import ItemCode
from cext.lang.events import Body, PriceBookApplied, Stored
from cext.lang.item import Item, PriceBook
from cext.lang.quantity import Unit
from cext.offers import list_coupons, lower_offer
from cext.offers.rows import Catalogue, TierRow
from edge.book_review import check_book
from edge.journal import Draft, Journal
from edge.lows import Lows

log = structlog.get_logger(__name__)

FILE_NAME = "price-book.json"
OLD_BOOKS_N = 2  # kept beside the one in force, so that younger receipts can be priced again
SOURCE_NAME = "price-book.source"  # SHA-256 of the file that was last taken up at a start


class ActiveBook:
    """A price book compiled: prices, codes and items under one version that never changes."""

    __slots__ = ("_items", "_units", "book", "codes", "coupons", "hash", "pricer")

    def __init__(self, book: PriceBook, *, hash_hex: str) -> None:
        self.book, self._items = pack_book(book)
        self.hash = hash_hex
        self.pricer = Pricer(self.book)
        self.codes = Codes(self.book)
        self.coupons = frozenset(dict(list_coupons(self.book)))
        self._units: dict[str, Unit] = {}

    def get_item(self, item: str) -> Item:
        """The item with this id; Refused("item_unknown")."""
        return self.pricer.get_item(item)

    def find_item(self, item: str) -> Item | None:
        """The item with this id, or None."""
        try:
            return self.pricer.get_item(item)
        except Refused:
            return None

    def say_offer(self, offer: str) -> str:
        """What a person reads of the offer with this id."""
        return self.pricer.say_offer(offer)

    def unit_of(self, offer: str) -> Unit:
        """What the offer counts in: a tier in the unit of its items, any other in pieces."""
        if offer not in self._units:
            self._units[offer] = self._find_unit(offer)
        return self._units[offer]

    def _find_unit(self, offer: str) -> Unit:
        found = next((one for one in self.book.offers if one.offer == offer), None)
        if found is None:
            return "piece"
        rows = lower_offer(found, Catalogue(self.book.items, self.book.currency)).rows
        tiers = [row for row in rows if isinstance(row, TierRow)]
        return self.get_item(tiers[0].items[0]).unit if tiers else "piece"

    def check_coupon(self, coupon: str) -> None:
        """Refused("coupon_unknown") when no offer of the book takes this coupon."""
        if coupon not in self.coupons:
            raise Refused(
                "coupon_unknown", "no offer takes this coupon; sell without it", coupon=coupon
            )

    def search(self, text: str, *, limit_n: int) -> tuple[Item, ...]:
        """Items whose name, id or code holds `text`, in the order of the book."""
        items = self._items
        found = set(items.search(text, limit_n)) | {items.find(text)}
        decoded = self.codes.decode(text)
        if isinstance(decoded, ItemCode):
            found.add(items.find(decoded.item))
        return tuple(items[at] for at in sorted(found - {-1})[:limit_n])


class Books:
    """The one book in force. Open baskets keep the book they began with."""

    def __init__(
        self, state_dir: Path, *, store: str, currency: str, journal: Journal, clock: Clock
    ) -> None:
        self._path = state_dir / FILE_NAME
        self._store = store
        self._currency = currency
        self._journal = journal
        self._clock = clock
        self._lock = asyncio.Lock()
        self._journaled_hash = ""
        self._lows = Lows()
        self.applied_ms = 0
        self.active: ActiveBook | None = None

    def fold(self, stored: tuple[Stored, ...], bodies: tuple[Body, ...]) -> None:
        """Remember the last book that came into force, and the prices of the last days."""
        self._lows.fold(bodies)
        for _, body in zip(stored, bodies, strict=True):
            if isinstance(body, PriceBookApplied):
                self._journaled_hash = body.hash

    def get(self) -> ActiveBook:
        """The book in force; Refused("book_missing") when none ever came."""
        if self.active is None:
            raise Refused("book_missing", "no price book is in force; send one first")
        return self.active

    async def load_by_hash(self, hash_hex: str) -> ActiveBook:
        """The book in force or an older one that is still kept; Refused("book_gone")."""
        if self.active is not None and self.active.hash == hash_hex:
            return self.active
        path = self._kept_path(hash_hex)
        try:
            raw = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError as exc:
            raise Refused(
                "book_gone",
                f"the price book {hash_hex[:12]} is no longer kept here; ask the hub",
                book_hash=hash_hex,
            ) from exc
        except OSError as exc:
            raise StorageError("book_unreadable", f"{path}: {exc}") from exc
        book = await asyncio.to_thread(decode_book, raw)
        return await asyncio.to_thread(ActiveBook, book, hash_hex=hash_hex)

    def _kept_path(self, hash_hex: str) -> Path:
        return self._path.with_name(f"price-book.{hash_hex}.json")

    def _drop_old(self) -> None:
        """Let go of all set-aside books but the latest few."""
        kept = sorted(
            self._path.parent.glob("price-book.*.json"), key=lambda path: path.stat().st_mtime_ns
        )
        for path in kept[:-OLD_BOOKS_N]:
            path.unlink()

    async def restore(self, fresh_file: str) -> None:
        """Take up the book on disk, then the one in `fresh_file` if it differs.

        ConfigError when `fresh_file` is named and cannot be used: somebody wrote it there.
        """
        kept = await asyncio.to_thread(self._load_kept)
        if kept is not None:
            await self._enter(kept)
        if not fresh_file:
            return
        try:
            await self._take_up(Path(fresh_file))
        except (OSError, Refused) as exc:
            raise ConfigError((f"price_book_file: {fresh_file}: {exc}",)) from exc

    async def _take_up(self, path: Path) -> None:
        """Apply the book in `path`, unless it is the one that was taken up at an earlier start."""
        source = self._path.with_name(SOURCE_NAME)
        book, digest = await asyncio.to_thread(_load_fresh, path, source)
        if book is not None:
            await self.apply(book)
            await asyncio.to_thread(_write_durably, source, digest.encode())

    async def apply(self, book: PriceBook) -> ActiveBook:
        """Check `book`, write it down, say so in the journal, then price by it.

        Refused("book_foreign") when it is another store's, Refused("price_book_invalid") with all
        its faults, Refused("book_early") before its time.
        """
        async with self._lock:
            raw = await asyncio.to_thread(encode_book, book)
            digest = hashlib.sha256(raw).hexdigest()
            if self.active is not None and self.active.hash == digest:
                return self.active
            self._check(book)
            await asyncio.to_thread(check_book, book, self._lows.before(book.effective_ms))
            active = await asyncio.to_thread(ActiveBook, book, hash_hex=digest)
            await asyncio.to_thread(self._write, raw)
            await self._enter(active)
            return active

    def _write(self, raw: bytes) -> None:
        try:
            if self.active is not None:
                _write_durably(self._kept_path(self.active.hash), self._path.read_bytes())
            self._drop_old()
        except OSError as exc:
            raise StorageError("book_unwritable", f"{self._path}: {exc}") from exc
        _write_durably(self._path, raw)

    async def _enter(self, active: ActiveBook) -> None:
        """Put `active` in force. The file is there already: a crash in between heals at start."""
        book = active.book
        if self._journaled_hash != active.hash:
            event = PriceBookApplied(
                version=book.version,
                hash=active.hash,
                effective_ms=book.effective_ms,
                items_n=len(book.items),
                offers_n=len(book.offers),
            )
            await self._journal.append((Draft(event),))
        self.active = active
        self.applied_ms = self._clock.now_ms()
        log.info("price_book_applied", version=book.version, items_n=len(book.items))

    def _check(self, book: PriceBook) -> None:
        problems = []
        if book.store != self._store:
            problems.append(f"store: made for {book.store!r}, this is {self._store!r}")
        if book.currency != self._currency:
            problems.append(f"currency: {book.currency}, this store takes {self._currency}")
        if problems:
            raise Refused("book_foreign", "; ".join(problems))
        now_ms = self._clock.now_ms()
        if book.effective_ms > now_ms:
            wait_ms = book.effective_ms - now_ms
            raise Refused("book_early", "the book is not in force yet", wait_ms=wait_ms)

    def _load_kept(self) -> ActiveBook | None:
        try:
            raw = self._path.read_bytes()
            book = decode_book(raw)
        except FileNotFoundError:
            return None
        except (OSError, Refused) as exc:
            raise StorageError("book_unreadable", f"{self._path}: {exc}") from exc
        return ActiveBook(book, hash_hex=hashlib.sha256(raw).hexdigest())


def _load_fresh(path: Path, source: Path) -> tuple[PriceBook | None, str]:
    """The book in `path` and its digest; None when `source` names the same digest.

    Decoding a large book twice at each start would cost time and leave holes in the memory.
    """
    raw = path.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    if source.exists() and source.read_text() == digest:
        return None, digest
    return decode_book(raw), digest


def _write_durably(path: Path, raw: bytes) -> None:
    """Replace `path` so that a power cut leaves the old or the new file, never a torn one."""
    fresh = path.with_suffix(".new")
    try:
        with fresh.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as exc:
        raise StorageError("book_unwritable", f"{path}: {exc}") from exc
