"""Log set-up: an event name and facts, as JSON for the journal or as text for a person."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog
from msgspec import Struct


class LogSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much is logged, and for whom: json for machines, console for a person."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    form: Literal["json", "console"] = "json"


_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure_log(settings: LogSettings) -> None:
    """Send every log event to standard error, one line each. Call once, from `__main__`."""
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[settings.level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
