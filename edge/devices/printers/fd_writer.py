"""Writes to a file descriptor without ever waiting for it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import Callable

LOOK_AGAIN_S = 0.02


class FdWriter:
    """Queue of bytes for `fd`, which must not block.

    `may_write` is asked before each piece of at most `piece_n` bytes; while it says no it is asked
    again every 20 ms. `on_sent(data)` hears what the kernel took, `on_empty()` that nothing is
    left, `on_error(exc)` that writing failed, after which nothing more is written.
    """

    def __init__(
        self,
        fd: int,
        *,
        on_sent: Callable[[bytes], None],
        on_empty: Callable[[], None],
        on_error: Callable[[OSError], None],
        may_write: Callable[[], bool] = lambda: True,
        piece_n: int = 4096,
    ) -> None:
        self._fd = fd
        self._on_sent = on_sent
        self._on_empty = on_empty
        self._on_error = on_error
        self._may_write = may_write
        self._piece_n = piece_n
        self._loop = asyncio.get_running_loop()
        self._pieces: deque[bytes] = deque()
        self._again: asyncio.TimerHandle | None = None
        self._is_waiting = False
        self._is_closed = False
        self.waiting_n = 0

    def put(self, data: bytes) -> None:
        """Queue `data` and write what the kernel takes now."""
        for start in range(0, len(data), self._piece_n):
            self._pieces.append(data[start : start + self._piece_n])
        self.waiting_n += len(data)
        if not self._is_waiting and self._again is None:
            self._go_on()

    def close(self) -> None:
        """Forget what was not written; the descriptor stays open."""
        self._is_closed = True
        self._rest()
        if self._again is not None:
            self._again.cancel()
            self._again = None

    def write_last(self, data: bytes) -> None:
        """Write `data` if the kernel takes it at once; for after `close`."""
        with contextlib.suppress(OSError):  # full, or gone: nobody can be told any more
            self._on_sent(data[: os.write(self._fd, data)])

    def _rest(self) -> None:
        if self._is_waiting:
            self._loop.remove_writer(self._fd)
            self._is_waiting = False

    def _go_on(self) -> None:
        self._again = None
        try:
            self._write()
        except BlockingIOError:
            if not self._is_waiting and not self._is_closed:
                self._loop.add_writer(self._fd, self._go_on)
                self._is_waiting = True
        except OSError as exc:
            self.close()
            self._on_error(exc)

    def _write(self) -> None:
        while self._pieces and not self._is_closed:
            if not self._may_write():
                self._rest()
                self._again = self._loop.call_later(LOOK_AGAIN_S, self._go_on)
                return
            piece = self._pieces[0]
            sent_n = os.write(self._fd, piece)
            self.waiting_n -= sent_n
            self._on_sent(piece[:sent_n])
            if sent_n < len(piece):
                self._pieces[0] = piece[sent_n:]
            else:
                self._pieces.popleft()
        self._rest()
        if not self._is_closed:
            self._on_empty()
