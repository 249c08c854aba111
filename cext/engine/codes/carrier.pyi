SEPARATORS_MAX_N: int
SEPARATORS: tuple[str, ...]
