"""What the shop may expect of a device, whatever cable and protocol it has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, Literal, Protocol, runtime_checkable

from msgspec import Struct

from cext.errors import Refused
from cext.kit.clock import Clock
from edge.devices.labels import Label, Media
from edge.devices.paper import Roll
from edge.devices.scales.reading import Reading, Unit


class Report(Protocol):
    """Tells the supervisor how a device is."""

    def __call__(self, problem: str, code: str = "") -> None:
        """Say that it is there but cannot work, with the code of the trouble; "": it can."""


# The longest settings of any scale; who waits for a weight waits a little longer than this.
SETTLE_MAX_MS, ANSWER_MAX_MS = 10_000, 5_000
SCALE_READ_MAX_S = (SETTLE_MAX_MS + 2 * ANSWER_MAX_MS) // 1000


class DeviceSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every driver's `Settings` extends; `KIND` is the driver's row in `KINDS`.

    `NODE` is the class of sysfs its `port` belongs to, for ports named `usb:VID:PID:SERIAL`.
    """

    KIND: ClassVar[str] = ""
    NODE: ClassVar[str] = "tty"


class Scan(Struct, frozen=True):
    """One code that a scanner read, clean and whole.

    `symbology` is the AIM identifier as sent, `]E0` for an EAN-13, or empty if the scanner sends
    none; `text` comes without it and may hold GS (0x1D) between GS1 elements.
    """

    text: str
    symbology: str
    device: str
    at_ms: int


class Weight(Reading, frozen=True, kw_only=True):
    """One reading of a scale, with `raw` as evidence: what it told, which scale, and when.

    Only a `stable` one prices a line. `identity` is what tells this scale from every other: the
    name of its port that stays, or maker, model and serial number. What is not known is None.
    """

    device: str
    protocol: str
    identity: str = ""
    at_ms: int
    at_mono_ns: int

    def settled_g(self) -> int:
        """Give the weight in grams, above 0 and at rest, else Refused with what to do about it."""
        if self.over:
            raise Refused(
                "weight_over", "The scale is overloaded: take something off.", device=self.device
            )
        if self.under or (self.weight_g is not None and self.weight_g < 0):
            raise Refused(
                "weight_under", "The scale shows less than nothing: zero it.", device=self.device
            )
        if self.weight_g is None or not self.stable:
            raise Refused(
                "weight_unstable", "The scale has not settled: let go and wait.", device=self.device
            )
        if self.weight_g == 0:
            raise Refused(
                "scale_empty",
                "There is nothing on the scale: put the goods on it and scan again.",
                device=self.device,
            )
        return self.weight_g


class PrinterStatus(Struct, frozen=True, kw_only=True):
    """What a printer says of itself; None and "unknown" where it cannot say anything.

    `drawer_pin_high` is the level of the drawer's sensor; `drawer_open` what it means, None
    without a sensor.
    """

    online: bool | None
    cover_open: bool | None
    paper: Literal["ok", "near_end", "out", "unknown"]
    error: bool | None
    drawer_pin_high: bool | None
    drawer_open: bool | None = None

    def problem(self) -> tuple[str, str]:
        """(code, sentence) of what keeps it from printing, or two empty strings."""
        if self.cover_open:
            return "cover_open", "The printer's cover is open."
        if self.paper == "out":
            return "paper_out", "The printer is out of paper."
        if self.error:
            return "printer_error", "The printer reports an error: switch it off and on."
        if self.online is False:
            return "printer_offline", "The printer is offline."
        return "", ""


SILENT_STATUS = PrinterStatus(
    online=None, cover_open=None, paper="unknown", error=None, drawer_pin_high=None
)


class LabelStatus(Struct, frozen=True, kw_only=True):
    """What a label printer says of itself.

    `waiting_n` is how many labels it still holds, None where it only tells that it is `busy`.
    """

    head_open: bool = False
    media: Literal["ok", "out", "jam"] = "ok"
    ribbon_out: bool = False
    paused: bool = False
    busy: bool = False
    label_waiting: bool = False
    error: bool = False
    waiting_n: int | None = None

    def problem(self) -> tuple[str, str]:
        """(code, sentence) of what keeps it from printing, or two empty strings."""
        troubles = (
            (self.head_open, "cover_open", "The label printer's head or cover is open: close it."),
            (self.media == "out", "paper_out", "The label printer is out of labels."),
            (self.media == "jam", "paper_jam", "Labels are jammed in the printer: free them."),
            (self.ribbon_out, "ribbon_out", "The label printer is out of ribbon."),
            (self.error, "printer_error", "The label printer has an error: switch it off and on."),
            (self.paused, "printer_paused", "The label printer is paused: press its pause key."),
            (self.label_waiting, "label_waiting", "A label waits in the printer: take it."),
        )
        return next(((code, said) for is_so, code, said in troubles if is_so), ("", ""))


class DeviceState(Struct, frozen=True):
    """Whether a device can be used now. `detail` is a sentence for a person, or empty."""

    device: str
    kind: str
    state: Literal["ready", "gone"]
    detail: str
    since_ms: int


@runtime_checkable
class Scanner(Protocol):
    """A source of codes."""

    def scans(self) -> AsyncIterator[Scan]:
        """Every scan from now on, one consumer.

        A step raises DeviceGarbled for bytes that are no code, after which one may go on; and
        DeviceGone when the scanner went away.
        """


class Watched(Protocol):
    """A device that is asked, rather than one that speaks up."""

    async def watch(self, report: Report) -> None:
        """Stay until the device goes away, then raise OutsideError.

        `report(sentence, code)` says that it is there but cannot work; `report("")` that it can
        again.
        """


class Scale(Protocol):
    """A thing that weighs."""

    async def read(self, *, price_minor: int | None = None) -> Weight:
        """Weigh now; waits a moment for rest. Raises DeviceSlow, DeviceGone or DeviceGarbled.

        `price_minor` is what a kilogram costs, for a scale that shows it to the customer; others
        do not care. Never takes longer than SCALE_READ_MAX_S once it is its turn.
        """

    async def zero(self) -> Weight:
        """Set the empty scale to zero; gives what it then shows.

        Refused: device_unfit where its protocol cannot, zero_refused if it is not at zero after.
        """

    async def tare(self, weight_g: int | None = None) -> Weight:
        """Take what lies on the scale as tare, or `weight_g`; 0 clears it. Gives what is shown.

        Refused: device_unfit where its protocol cannot, tare_refused if the scale did not.
        """


class Printer(Protocol):
    """A receipt printer."""

    @property
    def roll(self) -> Roll:
        """What documents for this printer are rendered for; known while it is away too."""

    async def print(self, job: bytes) -> None:
        """Print `job` and return once the printer confirmed all of it.

        Raises DeviceGone or DeviceSlow otherwise: some of it may be on paper, nothing is claimed.
        The error's facts say how far it came: `sent` is "none" if provably no byte of the job
        left this box, "all" if all of them did, else "some"; `fenced_bytes` were confirmed.
        Never prints a job twice by itself. Refused("job_too_large") above 1 MiB.
        """

    async def status(self) -> PrinterStatus:
        """Ask the printer how it is; raises DeviceGone or DeviceSlow."""


class LabelPrinter(Protocol):
    """A printer of shelf labels."""

    @property
    def media(self) -> Media:
        """What labels are in it; known while it is away too."""

    async def print_labels(self, labels: Sequence[Label]) -> None:
        """Print the labels in order; return once the printer said that nothing is left to print.

        Raises DeviceGone or DeviceSlow otherwise: some may be printed, nothing is claimed. Never
        prints a label twice by itself. Refused labels_too_many, label_too_small.
        """

    async def label_status(self) -> LabelStatus:
        """Ask the printer how it is; raises DeviceGone, DeviceSlow or DeviceGarbled."""


class Drawer(Protocol):
    """A cash drawer."""

    async def kick(self) -> None:
        """Open the drawer; raises DeviceGone or DeviceSlow.

        With a sensor it is confirmed: DeviceSlow drawer_stuck if the drawer stays shut.
        """

    async def is_open(self) -> bool | None:
        """Whether the drawer is open, None without a sensor; raises DeviceGone or DeviceSlow."""


class Display(Protocol):
    """What the customer looks at: two lines of twenty columns."""

    async def show(self, upper: str, lower: str) -> None:
        """Show two lines; what is too long is cut, what cannot be shown is `?`.

        Raises DeviceGone or DeviceSlow. A display never answers: nothing more is claimed.
        """

    async def clear(self) -> None:
        """Show nothing; raises DeviceGone or DeviceSlow."""


Device = Scanner | Watched
Opener = Callable[..., AbstractAsyncContextManager[Device]]
"""Every driver's `open(settings, *, device: str, clock: Clock, tap: Tap)`; raises DeviceGone."""

__all__ = [
    "Clock",
    "Device",
    "DeviceSettings",
    "DeviceState",
    "Display",
    "Drawer",
    "LabelPrinter",
    "LabelStatus",
    "Opener",
    "Printer",
    "PrinterStatus",
    "Report",
    "Roll",
    "Scale",
    "Scan",
    "Scanner",
    "Unit",
    "Watched",
    "Weight",
]
