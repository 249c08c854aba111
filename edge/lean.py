"""Keeps out of memory what a box never uses. `__main__` imports this before anything else.

structlog loads rich, where it is installed, to draw tracebacks for a terminal, and greenlet, for
threads that nobody has here: 4.7 and 1.1 MB resident of the 64 MB a box may take (VmRSS, Python
3.11). Without rich, tracebacks are plain.
"""

import sys
from types import ModuleType

_modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]
for _unused in ("rich", "greenlet"):
    _modules.setdefault(_unused, None)
