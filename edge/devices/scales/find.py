"""Finds out what scale is on a port, by the plan of `detect.py`."""

from __future__ import annotations

import asyncio
from itertools import groupby

from cext.errors import OutsideError
from cext.kit.clock import Clock
from edge.devices.scales.detect import (
    ANSWER_MS,
    LISTEN_MS,
    SHOWN_MAX_N,
    Found,
    Step,
    Unknown,
    Verdict,
    Wire,
    plan,
)
from edge.devices.serial_port import Line, SerialPort

WAITS_MAX_N = 4  # of a dialogue of several answers


async def find_scale(
    port: str, *, clock: Clock, listen_ms: int = LISTEN_MS, answer_ms: int = ANSWER_MS
) -> Found | Unknown:
    """Listen and ask on `port`; takes up to ten seconds. Raises DeviceGone or DeviceSlow.

    The port must be free: a box that runs holds its devices.
    """
    verdict = Verdict()
    steps = plan(listen_ms=listen_ms, answer_ms=answer_ms)
    for wire, steps_of_wire in groupby(steps, key=lambda step: step.wire):
        ear = _Ear(port, wire, clock)
        try:
            await ear.port.start()
            for step in steps_of_wire:
                if verdict.wants(step):
                    verdict.take(step, await ear.run(step))
        finally:
            await ear.port.close()
        if verdict.found is not None:
            return verdict.found
    return verdict.unknown()


class _Ear:
    """An open line, and the probe that has the word."""

    def __init__(self, port: str, wire: Wire, clock: Clock) -> None:
        self._step: Step | None = None
        self._heard = bytearray()
        self._chunks_n = 0
        self._over: asyncio.Future[None] | None = None
        self.port = SerialPort(
            Line(port, wire.baud, wire.data_bits, wire.parity, wire.stop_bits),
            device="scale",
            clock=clock,
            on_bytes=self._on_bytes,
        )
        self.port.gone.add_done_callback(lambda _: self._end())

    async def run(self, step: Step) -> bytes:
        """Take one step; gives the first bytes that were heard."""
        self._heard.clear()
        self._step, self._over = step, asyncio.get_running_loop().create_future()
        try:
            self._send(step.probe.begin())
            await self._wait(step, self._over)
            if self.port.gone.done():
                raise self.port.gone_error()
            self._send(step.probe.end())
        finally:
            self._step = None
        if self._over.done():
            self._over.result()
        return bytes(self._heard)

    async def _wait(self, step: Step, over: asyncio.Future[None]) -> None:
        """Until it is over; who has begun to answer gets the time of another answer."""
        for _ in range(1 if step.listens else WAITS_MAX_N):
            chunks_n = self._chunks_n
            await asyncio.wait((over,), timeout=step.wait_ms / 1000)
            if over.done() or self._chunks_n == chunks_n:
                return

    def _on_bytes(self, data: bytes, at_mono_ns: int) -> None:
        del at_mono_ns
        if self._step is None:
            return
        self._chunks_n += 1
        self._heard += data[: SHOWN_MAX_N - len(self._heard)]
        try:
            self._send(self._step.probe.hear(data))
        except OutsideError as exc:
            if self._over is not None and not self._over.done():
                self._over.set_exception(exc)
        if not self._step.listens and self._step.probe.proofs():
            self._end()

    def _send(self, data: bytes) -> None:
        if data:
            self.port.write(data)

    def _end(self) -> None:
        if self._over is not None and not self._over.done():
            self._over.set_result(None)
