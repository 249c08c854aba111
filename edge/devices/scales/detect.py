"""How to find out what scale is plugged in: the plan, and what it proved; pure.

On each setting of the line it listens first, then asks what is known to be harmless. A device that
speaks by itself is not asked: a scale that answers questions is silent until then. What is not
proven is an unknown serial device, shown with its bytes; kinds without proof are set by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Literal

from msgspec import Struct

from edge.devices import KINDS, decode_settings
from edge.devices.scales.probe import How, ListenProbe, Probe, Proof, ReplyProbe, TalkProbe
from edge.devices.scales.reading import Talk

LISTEN_MS = 1_000
ANSWER_MS = 400
SPEAKS_FROM_N = 4  # fewer bytes may be the noise of a plug
SHOWN_MAX_N = 32
SHOWN_STEPS_N = 3


class Wire(Struct, frozen=True):
    """How a line is set."""

    baud: int
    data_bits: Literal[7, 8]
    parity: Literal["N", "E", "O"]
    stop_bits: Literal[1, 2] = 1

    def say(self) -> str:
        """As manuals write it: `9600 7-E-1`."""
        return f"{self.baud} {self.data_bits}-{self.parity}-{self.stop_bits}"


class Step(Struct, frozen=True):
    """Open the line as `wire`, let `probe` talk, and stop after `wait_ms` or once it has a proof.

    A step that is not `listens` is left out if the device spoke by itself on this wire.
    """

    wire: Wire
    wait_ms: int
    listens: bool
    probe: Probe


class Found(Struct, frozen=True):
    """A scale, the line it was found on, and how its protocol is known."""

    kind: str
    wire: Wire
    how: How
    serial: str = ""

    def to_toml(self, port: str) -> str:
        """The table for the configuration of the box."""
        wire = self.wire
        return (
            f'[devices.scale1]\nkind = "{self.kind}"\nport = "{port}"\nbaud = {wire.baud}\n'
            f'data_bits = {wire.data_bits}\nparity = "{wire.parity}"\n'
            f"stop_bits = {wire.stop_bits}\n"
        )


class Unknown(Struct, frozen=True):
    """Nothing is proven. `detail` is a sentence, with the bytes that were heard."""

    detail: str


SEVEN_EVEN = Wire(9600, 7, "E")
EIGHT_NONE = Wire(9600, 8, "N")
SLOW = Wire(4800, 8, "N")
SLOWEST = Wire(2400, 8, "N")
FAST = Wire(19_200, 8, "N")

MakeProbe = Callable[[Wire], Probe]


def _probe_toledo(_wire: Wire) -> Probe:
    echo = rb"\x02E\rhello"
    return ReplyProbe("toledo_8217_scale", "echo", ask=b"Ehello", pattern=echo, last=b"F")


def _probe_sma(_wire: Wire) -> Probe:
    return ReplyProbe("sma_scale", "name", ask=b"\r\nA\r", pattern=rb"\nSMA:[^\r\n]*\r")


def _probe_sics(_wire: Wire) -> Probe:
    name = rb'I4 A "(?P<serial>[ -~]*?)"\r\n'
    return ReplyProbe("mt_sics_scale", "name", ask=b"\r\nI4\r\n", pattern=name)


def _probe_enq(wire: Wire) -> Probe:
    return TalkProbe("enq_dc1_scale", make_talk("enq_dc1_scale", wire))


def _probe_yaohua(wire: Wire) -> Probe:
    return TalkProbe("yaohua_xk3190_scale", make_talk("yaohua_xk3190_scale", wire))


def _probe_nci(wire: Wire) -> Probe:
    return TalkProbe("nci_scale", make_talk("nci_scale", wire), flush=b"\r")


# In this order: `A` would start the self-test of an 8217 and `C`, a tare asked of a Yaohua, clear
# its tare; by then it has been found.
ASKED: tuple[tuple[Wire, tuple[MakeProbe, ...]], ...] = (
    (SEVEN_EVEN, (_probe_toledo, _probe_enq, _probe_nci)),
    (
        EIGHT_NONE,
        (_probe_toledo, _probe_enq, _probe_sics, _probe_sma, _probe_yaohua, _probe_nci),
    ),
    (SLOW, ()),
    (SLOWEST, ()),
    (FAST, ()),
)


# What speaks by itself and can be told apart by its grammar or its checksum.
SPEAKING = ("ascii_lines_scale", "digi_ds_scale")


def _listen(wire: Wire) -> Probe:
    return ListenProbe({kind: make_talk(kind, wire) for kind in SPEAKING})


def make_talk(kind: str, wire: Wire) -> Talk:
    """The conversation of a scale of this kind on this line."""
    table = {
        "kind": kind,
        "port": "none",
        "baud": wire.baud,
        "data_bits": wire.data_bits,
        "parity": wire.parity,
        "stop_bits": wire.stop_bits,
    }
    talk: Talk = import_module(KINDS[kind]).make_talk(decode_settings({"it": table})["it"])
    return talk


def plan(*, listen_ms: int = LISTEN_MS, answer_ms: int = ANSWER_MS) -> Iterator[Step]:
    """Every step, in order; about nine seconds if nothing answers."""
    for wire, asked in ASKED:
        yield Step(wire, listen_ms, listens=True, probe=_listen(wire))
        for make_probe in asked:
            yield Step(wire, answer_ms, listens=False, probe=make_probe(wire))


class Verdict:
    """Gathers what each step heard and says what it comes to."""

    def __init__(self) -> None:
        self._speaks: set[Wire] = set()
        self._shown: list[tuple[Wire, bytes]] = []
        self._doubt = ""
        self.found: Found | None = None

    def wants(self, step: Step) -> bool:
        """Whether `step` is still worth taking."""
        return self.found is None and (step.listens or step.wire not in self._speaks)

    def take(self, step: Step, heard: bytes) -> None:
        """Note what was heard in a step that is over."""
        if heard and len(self._shown) < SHOWN_STEPS_N:
            self._shown.append((step.wire, heard[:SHOWN_MAX_N]))
        if step.listens and len(heard) >= SPEAKS_FROM_N:
            self._speaks.add(step.wire)
        proofs = step.probe.proofs()
        if len(proofs) == 1:
            self.found = _found(proofs[0], step.wire)
        elif proofs:
            self._doubt = " or ".join(sorted(proof.kind for proof in proofs))

    def unknown(self) -> Unknown:
        """What to say when every step is over and nothing was found."""
        if not self._shown:
            return Unknown("Nothing answers: is it on, is it the right cable, the right port?")
        shown = "; ".join(f"{wire.say()}: {heard.hex(' ')}" for wire, heard in self._shown)
        if self._doubt:
            return Unknown(f"It may be a {self._doubt}: set the kind by hand. Heard {shown}")
        return Unknown(f"An unknown serial device. Heard {shown}")


def _found(proof: Proof, wire: Wire) -> Found:
    return Found(proof.kind, wire, proof.how, proof.serial)
