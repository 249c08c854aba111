"""Cuts the GS1 syntax dictionary down to what the engine reads (`python .ci/gs1_table.py`).

The dictionary's comments and titles are left out; every other word stands as GS1 wrote it. Run it
after a new dictionary was put into cext/engine/codes/data; a test compares.
"""

from __future__ import annotations

from pathlib import Path

ENGINE = Path(__file__).resolve().parent.parent / "cext" / "engine" / "codes"
SOURCE = ENGINE / "data" / "gs1-syntax-dictionary.txt"
TABLE = ENGINE / "gs1_table.py"
HEAD = '''"""GS1 application identifiers: AI, flags ("-" for none), components, rules; one a line.

Made by .ci/gs1_table.py from data/gs1-syntax-dictionary.txt, titles and comments left out.
Copyright (c) 2020-2021 BWIPP project, (c) 2020-2021 Zint Project, (c) 2021-2025 GS1 AISBL.
Apache License 2.0: data/LICENSE.Apache-2.0.txt.
"""

ROWS = """
'''


def make_table(dictionary: str) -> str:
    """The text of the table module for the text of a dictionary."""
    rows = []
    for line in dictionary.splitlines():
        words = line.partition("#")[0].split()
        if words:
            flagged = not words[1][0].isalnum()
            rows.append(" ".join(words if flagged else [words[0], "-", *words[1:]]))
    return HEAD + "\n".join(rows) + '\n"""\n'


if __name__ == "__main__":
    TABLE.write_text(make_table(SOURCE.read_text(encoding="utf-8")), encoding="utf-8")
