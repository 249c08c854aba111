"""The error tree: one root, a branch for each who must act.

`Refused` is for the person at the counter, `OutsideError` for a supervisor that tries again,
`ConfigError` for the installer, `StorageError` for the shopkeeper, `Broken` for us.
"""

from __future__ import annotations

from typing import NoReturn

EXIT_CONFIG = 78  # EX_CONFIG of sysexits.h: systemd must not restart on it.

Fact = str | int | bool | None | tuple[str, ...]


class ShopError(Exception):
    """Root of everything the shop can say went wrong.

    `code` is stable snake_case for machines, `detail` a sentence that names the problem and the
    cure, `facts` go to the log and to the problem document.
    """

    def __init__(self, code: str, detail: str = "", **facts: Fact) -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail or code.replace("_", " ")
        self.facts = facts


class Refused(ShopError):
    """The shop says no; nothing was changed. HTTP 422, or 404/409 where the code says so."""


class OutsideError(ShopError):
    """Something outside the process failed; its supervisor tries again."""


class DeviceGone(OutsideError):
    """The device is not there: unplugged, powered off, port missing."""


class DeviceGarbled(OutsideError):
    """The device speaks, but not its protocol."""


class DeviceSlow(OutsideError):
    """The device did not answer in time."""


class LinkDown(OutsideError):
    """The broker cannot be reached."""


class RemoteBroken(OutsideError):
    """The other end speaks, but breaks the protocol."""


class ConfigError(ShopError):
    """The configuration is wrong; the daemon does not start. `problems` lists all of them."""

    def __init__(self, problems: tuple[str, ...], *, path: str = "") -> None:
        super().__init__("config_wrong", "\n".join(problems), path=path)
        self.problems = problems


class StorageError(ShopError):
    """A promise cannot be kept on disk: stop selling and say so."""


class Broken(ShopError):
    """Our own invariant is false. Never caught below app.py; the process ends."""


def must(condition: object, name: str, **facts: Fact) -> None:
    """Raise `Broken(name)` unless `condition` holds; unlike `assert` it stays under `python -O`."""
    if not condition:
        break_off(name, **facts)


def break_off(name: str, **facts: Fact) -> NoReturn:
    """Raise `Broken`: the state named `name` cannot be."""
    raise Broken(name, f"invariant {name} is false", **facts)
