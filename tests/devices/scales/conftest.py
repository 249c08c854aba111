"""What the tests of all scales share: the kinds, their simulators, and how a reading is said."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from cext.kit.clock import SystemClock
from edge.devices import KINDS, decode_settings
from edge.devices.scales.reading import Answer, Noise, Reading, Talk

SCALES = tuple(kind for kind in KINDS if kind.endswith("_scale"))
SERIAL_SCALES = tuple(kind for kind in SCALES if kind != "hid_scale")
NOBODY = 65_534


def make_sim(kind: str, folder: Path) -> Any:
    return import_module(f"edge.sim.{kind}").make_sim(folder)


def open_on(sim: Any, **more: int | str) -> Any:
    """The driver of a simulator, opened by `async with`."""
    table = {**sim.table(), **more}
    settings = decode_settings({"scale": table})["scale"]
    module = import_module(KINDS[table["kind"]])
    return module.open(settings, device="scale", clock=SystemClock())


def make_talk(kind: str, **more: int | str) -> Talk:
    settings = decode_settings({"it": {"kind": kind, "port": "/dev/none", **more}})["it"]
    talk: Talk = import_module(KINDS[kind]).make_talk(settings)
    return talk


def say(answer: Answer) -> str:
    """An answer in a line: the weight, and every other field that is not as usual."""
    if isinstance(answer, Noise):
        return "noise"
    usual = Reading(weight_g=None, stable=False, raw=b"")
    words = ["none" if answer.weight_g is None else str(answer.weight_g)]
    for name in answer.__struct_fields__:
        value = getattr(answer, name)
        if name in ("weight_g", "raw") or value == getattr(usual, name):
            continue
        words.append(name if value is True else f"{name}={value}")
    return " ".join(words)
