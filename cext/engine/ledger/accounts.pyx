"""Accounts: a number for each (kind, item, place, lot, owner, right), balances in flat arrays.

A name is kept once and numbered; an account's key is six such numbers, found through an open hash
table. What few accounts have (a floor, thresholds, a value) lies in tables of its own.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset

from cext.engine.rounding cimport take_int
from cext.errors import Refused, break_off
from cext.lang.account import VARIANCE, Account, Crossing, Standing, quarantine_of

cdef extern from "stdlib.h":
    void* aligned_alloc(size_t alignment, size_t size) noexcept nogil

cdef enum:
    ACCOUNTS_LIMIT = 4_000_000
    PLACES_LIMIT = 10_000
    NAME_LIMIT = 128
    ROOM_FIRST = 64

ACCOUNTS_MAX_N = ACCOUNTS_LIMIT
PLACES_MAX_N = PLACES_LIMIT
NAME_MAX_CHARS = NAME_LIMIT
BALANCE_LIMIT = 2**62
VALUE_LIMIT = 2**61
QUANTITY_LIMIT = 10**15
NO_LOW = 1 - 2**63
NO_HIGH = 2**63 - 1


cdef class Accounts:
    """The flat table. `Ledger` is built on it; see there for the doors."""

    def __cinit__(self):
        self.ids = {"": 0}
        self.names = [""]
        self.places = set()
        self.policies = {}
        self.valued_kinds = set()
        self._rehash(ROOM_FIRST * 2)

    def __dealloc__(self):
        free(self.cells)
        free(self.keys)
        free(self.rule_of)
        free(self.cost_of)
        free(self.rules)
        free(self.costs)
        free(self.slots)

    def govern(self, kind, place, *, valued=False, floor=None, hard=False):
        """Say how accounts of `kind` at `place` behave; before the first account of the kind.

        `valued`: the place holds goods, their value is carried by moving average. `floor`: the
        least that may be available; below it a movement is refused (`hard`) or flagged.
        Refused("policy_late") once there is an account of the kind.
        """
        kind_id, place_id = self.take_name(kind), self.take_name(place)
        if type(valued) is not bool or type(hard) is not bool:
            break_off("exact_bool", what="govern")
        if floor is not None:
            take_int(floor, -QUANTITY_LIMIT, QUANTITY_LIMIT, "floor")
        if hard and floor is None:
            raise Refused("policy_invalid", f"{kind} at {place}: a hard floor needs a floor")
        if self._has_kind(kind_id):
            raise Refused("policy_late", f"there are accounts of the kind {kind!r} already")
        self.policies[kind_id, place_id] = (valued, floor, hard)
        self.valued_kinds = {known for (known, _), policy in self.policies.items() if policy[0]}

    def open_account(self, kind, item, place, *, lot="", owner="", right=""):
        """The number of an account, for the fast doors; a new one holds 0."""
        return self.open_named((kind, item, place, lot, owner, right))

    def set_floor(self, account, floor, *, hard=True):
        """The least that may be available on `account`; None takes the floor away."""
        cdef int32_t number = self.take_account(account)
        cdef Rule* rule
        if type(hard) is not bool:
            break_off("exact_bool", what="hard")
        if floor is None:
            rule = self.open_rule(number)
            rule.policy, rule.floor = NO_FLOOR, 0
        else:
            take_int(floor, -QUANTITY_LIMIT, QUANTITY_LIMIT, "floor")
            rule = self.open_rule(number)
            rule.policy, rule.floor = HARD_FLOOR if hard else SOFT_FLOOR, floor
        self.retune(number)

    def set_buffer(self, account, buffer):
        """How much of `account` is kept back from everybody."""
        cdef int32_t number = self.take_account(account)
        take_int(buffer, 0, QUANTITY_LIMIT, "buffer")
        self.open_rule(number).buffer = buffer
        self.retune(number)

    def set_levels(self, account, *, low=None, high=None):
        """Report when the balance falls under `low` or rises above `high`; None reports nothing.

        Returns what is across already, so that nothing is passed over in silence.
        Refused("levels_invalid") unless low <= high.
        """
        cdef int32_t number = self.take_account(account)
        cdef int64_t least = NO_LOW, most = NO_HIGH, balance
        if low is not None:
            least = take_int(low, -QUANTITY_LIMIT, QUANTITY_LIMIT, "low")
        if high is not None:
            most = take_int(high, -QUANTITY_LIMIT, QUANTITY_LIMIT, "high")
        if least > most:
            raise Refused("levels_invalid", f"low {low} is above high {high}")
        rule = self.open_rule(number)
        rule.low, rule.high = least, most
        self.retune(number)
        balance = self.cells[number].balance
        across = []
        if low is not None and balance < least:
            across.append(Crossing("low", Account(*self.named(number)), low, balance))
        if high is not None and balance > most:
            across.append(Crossing("high", Account(*self.named(number)), high, balance))
        return tuple(across)

    def balance(self, kind, item, place, *, lot="", owner="", right=""):
        """What one account holds, in the unit of its kind; 0 for what was never moved."""
        cdef int32_t account = self.find_named((kind, item, place, lot, owner, right))
        return 0 if account < 0 else self.cells[account].balance

    def value(self, kind, item, place, *, lot="", owner="", right=""):
        """The value one account carries, in 1/10,000 of the major unit."""
        cdef int32_t account = self.find_named((kind, item, place, lot, owner, right))
        if account < 0 or self.cost_of[account] < 0:
            return 0
        return self.costs[self.cost_of[account]].value

    def balances(self, kind, place, *, lot="", owner="", right=""):
        """Every item of which `place` has something or owes something, by name."""
        found = {}
        for account, item in self._items_at((kind, place, lot, owner, right)):
            balance = self.cells[<int32_t>account].balance
            if balance:
                found[item] = balance
        return dict(sorted(found.items()))

    def values(self, kind, place, *, lot="", owner="", right=""):
        """The value of every item of `place` that has one, by name; in 1/10,000."""
        cdef int32_t cost
        found = {}
        for account, item in self._items_at((kind, place, lot, owner, right)):
            cost = self.cost_of[<int32_t>account]
            if cost >= 0 and self.costs[cost].value:
                found[item] = self.costs[cost].value
        return dict(sorted(found.items()))

    def standing(self, kind, item, place, *, lot="", owner="", right=""):
        """What is on hand at `place` and in its quarantine, and what of it is available."""
        cdef int32_t account = self.find_named((kind, item, place, lot, owner, right))
        apart = self.balance(
            kind, item, quarantine_of(place), lot=lot, owner=owner, right=right
        )
        balance = 0 if account < 0 else self.cells[account].balance
        reserved = buffer = 0
        if account >= 0 and self.rule_of[account] >= 0:
            rule = self.rules[self.rule_of[account]]
            reserved, buffer = rule.reserved, rule.buffer
        return Standing(
            on_hand=balance + apart,
            reserved=reserved,
            buffer=buffer,
            quarantine=apart,
            available=balance - reserved - buffer,
        )

    def name_account(self, account):
        """The six names of an account's number."""
        return Account(*self.named(self.take_account(account)))

    @property
    def accounts_n(self):
        """How many accounts are open."""
        return self.count

    @property
    def size_bytes(self):
        """What the arrays take; the names of items come on top."""
        per_account = sizeof(Cell) + sizeof(Key) + 2 * sizeof(int32_t)
        tables = self.rules_room * sizeof(Rule) + self.costs_room * sizeof(Cost)
        return self.room * per_account + tables + self.slots_n * sizeof(int32_t)

    cdef int enter(self) except -1:
        """Broken while a batch runs in another thread: a ledger has one writer at a time."""
        if self.busy:
            break_off("ledger_has_one_writer")
        return 0

    cdef int32_t take_name(self, object name) except -1:
        """The number of a name; a new one is kept. Refused("name_invalid") as `check_text` says."""
        if type(name) is not str:
            break_off("exact_str", what=type(name).__name__)
        number = self.ids.get(name)
        if number is None:
            check_text(name)
            number = self.ids[name] = len(self.names)
            self.names.append(name)
        return number

    cdef int32_t find_named(self, tuple named) except -2:
        """The account of six names; -1 when there is none."""
        cdef Key key
        for i in range(FIELDS):
            if type(named[i]) is not str:
                break_off("exact_str", what=type(named[i]).__name__)
            number = self.ids.get(named[i])
            if number is None:
                return -1
            key.names[i] = number
        return self._find(&key)

    cdef int32_t open_named(self, tuple named) except -1:
        cdef Key key
        cdef int32_t account = self.find_named(named)
        if account >= 0:
            return account
        for i in range(FIELDS):
            key.names[i] = self.take_name(named[i])
        return self.open_key(&key)

    cdef int32_t take_account(self, object account) except -1:
        return <int32_t>take_int(account, 0, self.count - 1, "account")

    cdef tuple named(self, int32_t account):
        cdef Key* key = &self.keys[account]
        return tuple([self.names[key.names[i]] for i in range(FIELDS)])

    cdef int32_t open_key(self, Key* key) except -1:
        """The account of a key; a new one with the policy of its kind and place."""
        cdef int32_t account = self._find(key), variance = -1
        cdef bint valued = key.names[KIND] in self.valued_kinds
        if account >= 0:
            return account
        self.enter()
        if valued:
            variance = self._open_variance(key)  # first, so that no account is left without it
        if key.names[PLACE] not in self.places:
            if len(self.places) >= PLACES_LIMIT:
                raise Refused("movement_invalid", f"more than {PLACES_LIMIT} places")
            self.places.add(key.names[PLACE])
        if self.count >= ACCOUNTS_LIMIT:
            raise Refused("accounts_full", f"more than {ACCOUNTS_LIMIT} accounts")
        if self.count == self.room:
            self._widen(self.room + (self.room >> 1) if self.room else ROOM_FIRST)
        if 3 * (<int64_t>self.count + 1) > 2 * self.slots_n:
            self._rehash(self.slots_n * 2)
        account = self.count
        self.count += 1
        self.keys[account] = key[0]
        self.cells[account] = Cell(0, 0, 0, key.names[KIND], key.names[ITEM])
        self.rule_of[account] = -1
        self.cost_of[account] = -1
        self.slots[self._slot(key)] = account
        settles = self._apply_policy(account)
        if valued:
            self._open_cost(account, variance, settles)
        self.retune(account)
        return account

    cdef bint _apply_policy(self, int32_t account) except -1:
        """Give a new account the floor of its kind and place; whether it holds goods of value."""
        cdef int32_t kind = self.keys[account].names[KIND]
        cdef Rule* rule
        policy = self.policies.get((kind, self.keys[account].names[PLACE]), (False, None, False))
        if policy[1] is not None:
            rule = self.open_rule(account)
            rule.policy, rule.floor = HARD_FLOOR if policy[2] else SOFT_FLOOR, policy[1]
        return policy[0]

    cdef Rule* open_rule(self, int32_t account) except NULL:
        cdef Rule* rules
        self.enter()
        if self.rule_of[account] < 0:
            if self.rules_n == self.rules_room:
                room = max(16, self.rules_room * 2)
                rules = <Rule*>realloc(self.rules, room * sizeof(Rule))
                if rules == NULL:
                    raise MemoryError
                self.rules, self.rules_room = rules, room
            self.rules[self.rules_n] = Rule(0, 0, 0, NO_LOW, NO_HIGH, NO_FLOOR)
            self.rule_of[account] = self.rules_n
            self.rules_n += 1
        return &self.rules[self.rule_of[account]]

    cdef int32_t _open_variance(self, const Key* key) except -2:
        """The account where the differences of a key's costs go; -1 for that account's own key."""
        cdef Key its
        memset(&its, 0, sizeof(Key))
        its.names[KIND] = key.names[KIND]
        its.names[ITEM] = key.names[ITEM]
        its.names[PLACE] = self.take_name(VARIANCE)
        return -1 if memcmp(&its, key, sizeof(Key)) == 0 else self.open_key(&its)

    cdef int _open_cost(self, int32_t account, int32_t variance, bint settles) except -1:
        """Give an account a value."""
        cdef Cost* costs
        if self.costs_n == self.costs_room:
            room = max(16, self.costs_room * 2)
            costs = <Cost*>realloc(self.costs, room * sizeof(Cost))
            if costs == NULL:
                raise MemoryError
            self.costs, self.costs_room = costs, room
        self.costs[self.costs_n] = Cost(0, 0, 0, variance, settles)
        self.cost_of[account] = self.costs_n
        self.costs_n += 1
        return 0

    # Buffer and floor are within 50 bits, balance and reserved within 62: only a balance and what
    # is kept back from it can pass 63 together, and then the answer stays far below any quantity.
    @cython.overflowcheck(False)
    cdef int64_t available_of(self, int32_t account) noexcept nogil:
        cdef int64_t balance = self.cells[account].balance, kept, least
        cdef Rule* rule
        if self.rule_of[account] < 0:
            return balance
        rule = &self.rules[self.rule_of[account]]
        kept = rule.reserved + rule.buffer + rule.floor
        least = NO_LOW + 4 * QUANTITY_LIMIT
        if kept > 0 and balance < least + kept:
            return least
        return balance - kept

    @cython.overflowcheck(False)
    cdef void retune(self, int32_t account) noexcept nogil:
        """Find anew the span within which a movement of this account needs no further thought."""
        cdef Cell* cell = &self.cells[account]
        cdef Rule* rule
        cdef int64_t low = -BALANCE_LIMIT, high = BALANCE_LIMIT
        if self.cost_of[account] >= 0:
            cell.calm_low, cell.calm_high = NO_HIGH, NO_LOW
            return
        if self.rule_of[account] >= 0:
            rule = &self.rules[self.rule_of[account]]
            if rule.policy != NO_FLOOR:
                low = max(low, rule.floor + rule.reserved + rule.buffer)
            if rule.low != NO_LOW and cell.balance < rule.low:
                high = min(high, rule.low - 1)
            else:
                low = max(low, rule.low)
            if rule.high != NO_HIGH and cell.balance > rule.high:
                low = max(low, rule.high + 1)
            else:
                high = min(high, rule.high)
        cell.calm_low, cell.calm_high = low, high

    cdef int32_t _find(self, Key* key) noexcept nogil:
        return self.slots[self._slot(key)]

    # Unsigned arithmetic that is meant to wrap; the mask keeps the slot within the table, which
    # always has free slots, so that the walk ends.
    @cython.overflowcheck(False)
    cdef int64_t _slot(self, Key* key) noexcept nogil:
        """Where a key is, or where it belongs."""
        cdef uint64_t hashed = 0
        cdef int64_t slot, mask = self.slots_n - 1
        cdef int i
        for i in range(FIELDS):
            hashed = (hashed ^ <uint64_t>key.names[i]) * <uint64_t>0x9E3779B97F4A7C15
            hashed = hashed ^ (hashed >> 29)
        slot = <int64_t>(hashed >> 8) & mask
        while self.slots[slot] >= 0:
            if memcmp(&self.keys[self.slots[slot]], key, sizeof(Key)) == 0:
                return slot
            slot = (slot + 1) & mask
        return slot

    cdef int _rehash(self, int64_t slots_n) except -1:
        cdef int32_t* slots = <int32_t*>malloc(slots_n * sizeof(int32_t))
        cdef int32_t account
        if slots == NULL:
            raise MemoryError
        memset(slots, 0xFF, slots_n * sizeof(int32_t))
        free(self.slots)
        self.slots, self.slots_n = slots, slots_n
        for account in range(self.count):
            self.slots[self._slot(&self.keys[account])] = account
        return 0

    cdef int _widen(self, int32_t room) except -1:
        # On a boundary of 64 bytes two accounts that are opened together share one cache line.
        cdef Cell* cells = <Cell*>aligned_alloc(64, ((room + 1) & ~1) * sizeof(Cell))
        if cells != NULL:
            if self.count:
                memcpy(cells, self.cells, self.count * sizeof(Cell))
            free(self.cells)
            self.cells = cells
        cdef Key* keys = <Key*>realloc(self.keys, room * sizeof(Key))
        if keys != NULL:
            self.keys = keys
        cdef int32_t* rule_of = <int32_t*>realloc(self.rule_of, room * sizeof(int32_t))
        if rule_of != NULL:
            self.rule_of = rule_of
        cdef int32_t* cost_of = <int32_t*>realloc(self.cost_of, room * sizeof(int32_t))
        if cost_of != NULL:
            self.cost_of = cost_of
        if cells == NULL or keys == NULL or rule_of == NULL or cost_of == NULL:
            raise MemoryError
        self.room = room
        return 0

    cdef bint _has_kind(self, int32_t kind):
        cdef int32_t account
        for account in range(self.count):
            if self.cells[account].kind == kind:
                return True
        return False

    def _items_at(self, named):
        """(account, item) of every account that differs in its item only."""
        cdef Key* key
        cdef int32_t account, kind, place, lot, owner, right
        for name in named:
            if type(name) is not str:
                break_off("exact_str", what=type(name).__name__)
            if name not in self.ids:
                return []
        kind, place, lot, owner, right = [self.ids[name] for name in named]
        found = []
        for account in range(self.count):
            key = &self.keys[account]
            if (
                key.names[KIND] == kind
                and key.names[PLACE] == place
                and key.names[LOT] == lot
                and key.names[OWNER] == owner
                and key.names[RIGHT] == right
            ):
                found.append((account, self.names[key.names[ITEM]]))
        return found


cdef int check_text(object text) except -1:
    """Refused("name_invalid") for what is too long to be a name, or no snapshot could keep."""
    if type(text) is not str:
        break_off("exact_str", what=type(text).__name__)
    if len(text) > NAME_LIMIT:
        raise Refused("name_invalid", f"a name has at most {NAME_LIMIT} characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refused("name_invalid", f"{ascii(text)} holds half a character") from None
    return 0
