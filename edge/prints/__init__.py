"""Proof of print: every paper is a job with a key, its bytes, their hash, and a known end."""

from __future__ import annotations

from edge.prints.body import Body
from edge.prints.job import Ask, Made, Maker, PrintJob, PrintNews, PrintView, view_of
from edge.prints.journal import Printing, PrintJournal
from edge.prints.outlet import Outlet, PaperOutlet, make_outlet
from edge.prints.papers import StoredPapers
from edge.prints.states import MOVES, Sent, State
from edge.prints.store import PrintStore, open_prints

__all__ = [
    "MOVES",
    "Ask",
    "Body",
    "Made",
    "Maker",
    "Outlet",
    "PaperOutlet",
    "PrintJob",
    "PrintJournal",
    "PrintNews",
    "PrintStore",
    "PrintView",
    "Printing",
    "Sent",
    "State",
    "StoredPapers",
    "make_outlet",
    "open_prints",
    "view_of",
]
