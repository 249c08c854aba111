from collections.abc import Sequence

PARTS_MAX_N: int
AMOUNT_LIMIT: int

def round_half_up(numerator: int, denominator: int) -> int: ...
def share_fairly(total_minor: int, weights: Sequence[int]) -> tuple[int, ...]: ...
