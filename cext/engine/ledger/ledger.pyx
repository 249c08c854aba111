"""The ledger: what every account has of everything, as a fold of movements.

A movement takes from one account what it gives to another of the same kind and item, and so does
the value that goes with it: the sum of both over all accounts is always zero.
"""

from heapq import heappop, heappush

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free, malloc

from cext.engine.ledger.accounts cimport (
    HARD_FLOOR,
    NO_FLOOR,
    NO_HIGH,
    NO_LOW,
    QUANTITY_LIMIT,
    SOFT_FLOOR,
    Cost,
    Rule,
    check_text,
)
from cext.engine.ledger.posting cimport Move, Posting
from cext.engine.rounding cimport take_int
from cext.engine.ledger.posting import MOVEMENTS_MAX_N
from cext.engine.ledger.snapshot import (
    SNAPSHOT_VERSION,
    AccountRow,
    LotRow,
    Policy,
    ReservationRow,
    RuleRow,
    SerialRow,
    Snapshot,
    seal,
    unseal,
)
from cext.errors import Refused, StorageError, break_off
from cext.lang.account import (
    ASSUMED,
    LOT,
    Account,
    Crossing,
    Expired,
    LotDates,
    Posted,
    Reservation,
    SerialStep,
)
from cext.lang.movement import Movement

cdef enum:
    RESERVATIONS_LIMIT = 1_000_000
    LOTS_LIMIT = 10_000
    STEPS_LIMIT = 1_000

RESERVATIONS_MAX_N = RESERVATIONS_LIMIT
LOTS_MAX_N = LOTS_LIMIT  # of one item
SERIAL_STEPS_MAX_N = STEPS_LIMIT
cdef int64_t INSTANT_LIMIT = 2**53
cdef tuple STAGES = ("expiry_over", "near_expiry", "expired")


cdef class Ledger(Posting):
    """Balances, values and promises; every balance begins at 0. `posted_n` counts movements."""

    cdef int64_t _reserved_n
    cdef dict _reservations  # number -> (source, target, quantity, owner, expires_ms)
    cdef list _ends  # a heap of (expires_ms, number); a number may be gone already
    cdef dict _lots  # item -> {lot: (remove_ms, expires_ms)}
    cdef dict _told  # (item, lot, place) -> 1 near expiry, 2 expired
    cdef dict _serials  # (item, serial) -> steps

    def __cinit__(self):
        self._reservations = {}
        self._ends = []
        self._lots = {}
        self._told = {}
        self._serials = {}

    def post(self, movements, *, at_ms=None):
        """Post all of `movements`, or none of them; says what they were worth and crossed.

        Refused: movement_invalid (a quantity below 1 without a cost, a place that gives to
        itself, a cost where no value is kept, more than MOVEMENTS_MAX_N), account_short (a hard
        floor), value_short, serial_elsewhere, lot_unknown, balance_too_large beyond 62 bits. With
        `at_ms`, movements of lots are held against their dates.
        """
        cdef Py_ssize_t i, n = len(movements), failed = 0
        cdef int code
        cdef Move* moves
        if n > MOVEMENTS_MAX_N:
            raise Refused("movement_invalid", f"at most {MOVEMENTS_MAX_N} movements at once")
        if at_ms is not None:
            take_int(at_ms, 0, INSTANT_LIMIT, "instant")
        moves = <Move*>malloc((n + 1) * sizeof(Move))
        if moves == NULL:
            raise MemoryError
        try:
            for i in range(n):
                self._read(movements[i], &moves[i])
            steps = self._check_serials(movements)
            self.enter()
            code = self.apply_moves(moves, n, &failed)
            if code:
                self.refuse(code, &moves[failed])
            for key, life in steps.items():
                self._serials[key] = life
            values = tuple([moves[i].cost for i in range(n)])
        finally:
            free(moves)
        crossings = self.tell()
        if at_ms is not None:
            crossings += self._tell_moved(movements, at_ms)
        return Posted(self.posted_n, values, crossings)

    def reserve(self, movement, *, owner="", expires_ms=None):
        """Promise what `movement` would move, checked and held in one step; gives its number.

        Refused("account_short") unless all of it is available; a soft floor is no licence to
        promise what is not there, and an account without a floor has one at 0 here.
        """
        cdef Move one
        cdef int64_t available
        self.enter()
        self._read(movement, &one)
        check_text(owner)
        if expires_ms is not None:
            take_int(expires_ms, 0, INSTANT_LIMIT, "instant")
        if one.quantity == 0 or one.cost >= 0 or movement.serial or one.source == one.target:
            raise Refused("movement_invalid", "a reservation moves goods, without cost or serial")
        if len(self._reservations) >= RESERVATIONS_LIMIT:
            raise Refused("reservations_full", f"more than {RESERVATIONS_LIMIT} are open")
        available = self.available_of(one.source)
        if available < one.quantity:
            self._refuse_promise(one.source, one.quantity, available)
        self._reserved_n += 1
        self._hold(self._reserved_n, one.source, one.target, (one.quantity, owner, expires_ms))
        return self._reserved_n

    def commit(self, reservation, *, quantity=None, cost=None):
        """Move what was reserved, or `quantity` of it; what is left of the promise ends.

        Refused("reservation_unknown") once it was committed, voided or has expired.
        """
        cdef Move one
        cdef int code
        source, target, reserved, owner, expires_ms = self._find_reservation(reservation)
        one = Move(0, source, target, reserved, -1)
        if quantity is not None:
            one.quantity = take_int(quantity, 1, reserved, "quantity")
        if cost is not None:
            one.cost = take_int(cost, 0, QUANTITY_LIMIT, "cost")
        self._release(source, reserved)
        code = self.apply(&one, True)
        if code:
            self._release(source, -reserved)
            self.refuse(code, &one)
        del self._reservations[reservation]
        return Posted(self.posted_n, (one.cost,), self.tell())

    def void(self, reservation):
        """Give up a promise; what it held is available again."""
        source, _, reserved, _, _ = self._find_reservation(reservation)
        self._release(source, reserved)
        gone = self._describe(reservation)
        del self._reservations[reservation]
        return gone

    def expire(self, at_ms):
        """Let time pass up to `at_ms`: reservations lapse at their instant, lots pass their dates.

        Lists what lapsed in order of (expires_ms, number), and the lots still at a governed
        place that have passed a date since they were last looked at.
        """
        take_int(at_ms, 0, INSTANT_LIMIT, "instant")
        self.enter()
        lapsed = []
        while self._ends and self._ends[0][0] <= at_ms:
            number = heappop(self._ends)[1]
            if number in self._reservations:
                lapsed.append(self.void(number))
        crossings = []
        for item in sorted(self._lots):
            for lot in sorted(self._lots[item]):
                for place in self._lot_places():
                    crossings += self._tell_lot((item, lot, place), at_ms)
        return Expired(tuple(lapsed), tuple(crossings))

    def reservations(self):
        """Every open reservation, oldest first."""
        return tuple([self._describe(number) for number in sorted(self._reservations)])

    def name_lot(self, item, lot, *, expires_ms, remove_ms=None, window_ms=0):
        """Say when a lot may no longer be sold, and from when it must leave the shelf.

        Without `remove_ms` that is `window_ms` before it expires: an order by removal dates that
        were never derived picks the wrong lot.
        """
        self.take_name(item)
        self.take_name(lot)
        take_int(expires_ms, 0, INSTANT_LIMIT, "instant")
        take_int(window_ms, 0, INSTANT_LIMIT, "instant")
        if remove_ms is None:
            remove_ms = max(0, expires_ms - window_ms)
        take_int(remove_ms, 0, INSTANT_LIMIT, "instant")
        if lot == "" or remove_ms > expires_ms:
            raise Refused("lot_invalid", f"lot {lot!r} of {item}: it expires before its removal")
        lots = self._lots.setdefault(item, {})
        if lot not in lots and len(lots) >= LOTS_LIMIT:
            raise Refused("lots_full", f"{item} has more than {LOTS_LIMIT} lots")
        lots[lot] = (remove_ms, expires_ms)

    def lots(self, item):
        """The lots of an item with their dates, first to leave first (FEFO)."""
        lots = [LotDates(lot, *dates) for lot, dates in self._lots.get(item, {}).items()]
        return tuple(sorted(lots, key=lambda one: (one.remove_ms, one.expires_ms, one.lot)))

    def serial(self, item, serial):
        """The life of a serial number, step by step; empty for one that never moved."""
        return tuple(self._serials.get((item, serial), ()))

    def snapshot(self):
        """The ledger as bytes, the same for the same movements wherever they were posted.

        Accounts that are as new ones would be are left out.
        """
        self.enter()
        told = {}
        for (item, lot, place), stage in sorted(self._told.items()):
            told.setdefault((item, lot), []).append((place, stage))
        lots = [
            LotRow(item, lot, *dates, tuple(told.get((item, lot), ())))
            for item, named in sorted(self._lots.items()) for lot, dates in sorted(named.items())
        ]
        return seal(Snapshot(
            SNAPSHOT_VERSION,
            self.posted_n,
            self._reserved_n,
            tuple(sorted(self._policy_rows(), key=lambda row: (row.kind, row.place))),
            tuple(sorted(self._account_rows(), key=lambda row: row.named)),
            tuple([self._reservation_row(number) for number in sorted(self._reservations)]),
            tuple(lots),
            tuple([
                SerialRow(*key, tuple(steps)) for key, steps in sorted(self._serials.items())
            ]),
        ))

    @staticmethod
    def restore(data):
        """The ledger of a snapshot; StorageError("snapshot_damaged") when it is not one."""
        cdef Ledger ledger = Ledger()
        saved = unseal(data)
        try:
            ledger._load(saved)
        except (Refused, OverflowError) as exc:  # whole and well hashed all the same
            raise StorageError("snapshot_damaged", f"no ledger can be so: {exc}") from exc
        return ledger

    def _load(self, saved):
        """Take over what a snapshot says; this ledger is new."""
        for policy in saved.policies:
            self.govern(
                policy.kind, policy.place,
                valued=policy.valued, floor=policy.floor, hard=policy.hard,
            )
        for row in saved.accounts:
            self._restore_account(row)
        for row in saved.reservations:
            source, target = self.open_named(row.source), self.open_named(row.target)
            self._hold(row.number, source, target, (row.quantity, row.owner, row.expires_ms))
        for row in saved.lots:
            self._lots.setdefault(row.item, {})[row.lot] = (row.remove_ms, row.expires_ms)
            for place, stage in row.told:
                self._told[row.item, row.lot, place] = stage
        for row in saved.serials:
            self._serials[row.item, row.serial] = row.steps
        self.posted_n = saved.posted_n
        self._reserved_n = saved.reserved_n

    cdef int _read(self, object movement, Move* move) except -1:
        if type(movement) is not Movement:
            break_off("exact_movement", what=type(movement).__name__)
        lot, owner, right = movement.lot, movement.owner, movement.right
        if movement.kind == LOT:
            self._check_lot(movement.item, lot)
            self._check_lot(movement.item, movement.to_lot or "")
        move.cost = -1
        if movement.cost is not None:
            move.cost = take_int(movement.cost, 0, QUANTITY_LIMIT, "movement")
        move.quantity = take_int(
            movement.quantity, 0 if move.cost > 0 else 1, QUANTITY_LIMIT, "movement"
        )
        move.source = self.open_named(
            (movement.kind, movement.item, movement.source, lot, owner, right)
        )
        move.target = self.open_named((
            movement.kind,
            movement.item,
            movement.target,
            lot if movement.to_lot is None else movement.to_lot,
            owner if movement.to_owner is None else movement.to_owner,
            right if movement.to_right is None else movement.to_right,
        ))
        return 0

    cdef int _check_lot(self, object item, object lot) except -1:
        """A lot without dates could neither be told from an expired one nor come up in FEFO."""
        if lot != "" and lot not in self._lots.get(item, ()):
            raise Refused(
                "lot_unknown", f"lot {lot!r} of {item} has no dates: name it first",
                item=item, lot=lot,
            )
        return 0

    cdef dict _check_serials(self, movements):
        """The lives of the serials that are moved, as they will be; Refused where one is not."""
        lives = {}
        for i, movement in enumerate(movements, 1):
            if movement.serial == "":
                continue
            check_text(movement.serial)
            check_text(movement.document)
            key = (movement.item, movement.serial)
            life = lives.get(key) or self._serials.get(key, ())
            if life and life[-1].target != movement.source:
                last = life[-1]
                raise Refused(
                    "serial_elsewhere",
                    f"serial {key[1]} of {key[0]} is not at {movement.source}: it went to "
                    f"{last.target} with {last.document or 'no document'} (posting {last.number})",
                    item=key[0], serial=key[1], document=last.document, number=last.number,
                )
            if len(life) >= STEPS_LIMIT:
                raise Refused("serial_full", f"serial {key[1]} has {STEPS_LIMIT} steps")
            step = SerialStep(
                self.posted_n + i, movement.source, movement.target, movement.document
            )
            lives[key] = (*life, step)
        return lives

    cdef int _hold(self, number, int32_t source, int32_t target, tuple promise) except -1:
        quantity, owner, expires_ms = promise
        self._release(source, -quantity)
        self._reservations[number] = (source, target, quantity, owner, expires_ms)
        if expires_ms is not None:
            heappush(self._ends, (expires_ms, number))
        return 0

    cdef int _release(self, int32_t account, int64_t quantity) except -1:
        self.open_rule(account).reserved -= quantity
        self.retune(account)
        return 0

    cdef tuple _find_reservation(self, object number):
        take_int(number, 1, INSTANT_LIMIT, "reservation")
        found = self._reservations.get(number)
        if found is None:
            raise Refused(
                "reservation_unknown",
                f"reservation {number} is not open: it was committed, voided or has expired",
            )
        return found

    def _describe(self, number):
        source, target, quantity, owner, expires_ms = self._reservations[number]
        giving, taking = Account(*self.named(source)), Account(*self.named(target))
        return Reservation(number, giving, taking, quantity, owner, expires_ms)

    def _refuse_promise(self, account, quantity, available):
        kind, item, place, lot, owner, right = self.named(account)
        raise Refused(
            "account_short",
            f"{place} has {max(available, 0)} of {kind} {item} to promise: {quantity} were asked",
            kind=kind, item=item, source=place, lot=lot, owner=owner, right=right,
            missing=quantity - available,
        )

    def _lot_places(self):
        """The governed places of lots: whose dates matter."""
        kind = self.ids.get(LOT)
        return sorted(self.names[place] for known, place in self.policies if known == kind)

    def _tell_moved(self, movements, at_ms):
        places = self._lot_places()
        lots = {}
        for one in movements:
            if one.kind == LOT:
                for lot, place in ((one.lot, one.source), (one.to_lot or one.lot, one.target)):
                    if place in places:
                        lots[one.item, lot, place] = None
        return tuple([told for key in lots for told in self._tell_lot(key, at_ms)])

    def _tell_lot(self, key, at_ms):
        """The crossing of one lot at one place, if it passed a date since it was last told."""
        item, lot, place = key
        dates = self._lots.get(item, {}).get(lot)
        if dates is None:
            return ()
        remove_ms, expires_ms = dates
        left = self.balance(LOT, item, place, lot=lot)
        left += self.balance(LOT, item, place, lot=lot, right=ASSUMED)
        stage = 0 if left <= 0 or at_ms < remove_ms else 2 if at_ms >= expires_ms else 1
        before = self._told.get(key, 0)
        # Shop clocks jump: time going back takes nothing back that was said.
        if stage == before or (0 < stage < before) or (stage == 0 < left):
            return ()
        if stage:
            self._told[key] = stage
        else:
            del self._told[key]
        level = expires_ms if stage == 2 else remove_ms
        return (Crossing(STAGES[stage], Account(LOT, item, place, lot), level, left),)

    def _policy_rows(self):
        return [
            Policy(self.names[kind], self.names[place], *policy)
            for (kind, place), policy in self.policies.items()
        ]

    def _reservation_row(self, number):
        source, target, quantity, owner, expires_ms = self._reservations[number]
        return ReservationRow(
            number, self.named(source), self.named(target), quantity, owner, expires_ms
        )

    def _account_rows(self):
        cdef int32_t account
        cdef Cost cost
        rows = []
        for account in range(self.count):
            cost = Cost(0, 0, 0, 0, 0)
            if self.cost_of[account] >= 0:
                cost = self.costs[self.cost_of[account]]
            rule = self._rule_row(account)
            balance = self.cells[account].balance
            if balance or cost.value or cost.last_quantity or rule is not None:
                named = self.named(account)
                learnt = (cost.value, cost.last_value, cost.last_quantity)
                rows.append(AccountRow(named, balance, *learnt, rule))
        return rows

    cdef object _rule_row(self, int32_t account):
        """What was set for an account; None when it is what its policy says."""
        cdef Rule rule
        if self.rule_of[account] < 0:
            return None
        rule = self.rules[self.rule_of[account]]
        row = RuleRow(rule.policy, rule.floor, rule.buffer, rule.low, rule.high)
        kind, place = self.keys[account].names[0], self.keys[account].names[2]
        _, floor, hard = self.policies.get((kind, place), (False, None, False))
        policy = NO_FLOOR if floor is None else HARD_FLOOR if hard else SOFT_FLOOR
        return None if row == RuleRow(policy, floor or 0, 0, NO_LOW, NO_HIGH) else row

    cdef int _restore_account(self, object row) except -1:
        cdef int32_t account = self.open_named(row.named)
        cdef Cost* cost
        cdef Rule* rule
        self.cells[account].balance = row.balance
        if self.cost_of[account] >= 0:
            cost = &self.costs[self.cost_of[account]]
            cost.value = row.value
            cost.last_value, cost.last_quantity = row.last_value, row.last_quantity
        if row.rule is not None:
            rule = self.open_rule(account)
            rule.policy, rule.floor, rule.buffer = row.rule.policy, row.rule.floor, row.rule.buffer
            rule.low, rule.high = row.rule.low, row.rule.high
        self.retune(account)
        return 0
