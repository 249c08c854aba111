from cext.lang.account import Account, Crossing, Standing

ACCOUNTS_MAX_N: int
PLACES_MAX_N: int
NAME_MAX_CHARS: int

class Accounts:
    @property
    def accounts_n(self) -> int: ...
    @property
    def size_bytes(self) -> int: ...
    def govern(
        self,
        kind: str,
        place: str,
        *,
        valued: bool = False,
        floor: int | None = None,
        hard: bool = False,
    ) -> None: ...
    def open_account(
        self, kind: str, item: str, place: str, *, lot: str = "", owner: str = "", right: str = ""
    ) -> int: ...
    def name_account(self, account: int) -> Account: ...
    def set_floor(self, account: int, floor: int | None, *, hard: bool = True) -> None: ...
    def set_buffer(self, account: int, buffer: int) -> None: ...
    def set_levels(
        self, account: int, *, low: int | None = None, high: int | None = None
    ) -> tuple[Crossing, ...]: ...
    def balance(
        self, kind: str, item: str, place: str, *, lot: str = "", owner: str = "", right: str = ""
    ) -> int: ...
    def value(
        self, kind: str, item: str, place: str, *, lot: str = "", owner: str = "", right: str = ""
    ) -> int: ...
    def balances(
        self, kind: str, place: str, *, lot: str = "", owner: str = "", right: str = ""
    ) -> dict[str, int]: ...
    def values(
        self, kind: str, place: str, *, lot: str = "", owner: str = "", right: str = ""
    ) -> dict[str, int]: ...
    def standing(
        self, kind: str, item: str, place: str, *, lot: str = "", owner: str = "", right: str = ""
    ) -> Standing: ...
