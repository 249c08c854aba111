"""The schema's history: numbered revisions, forward only, never edited after a release."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def load_revisions() -> ScriptDirectory:
    """All revisions, read from disk now, so that `migrate` need not."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    list(script.walk_revisions())
    return script


def migrate(connection: Connection, script: ScriptDirectory) -> None:
    """Bring the schema to the newest revision inside the caller's transaction."""

    def steps(revision: Any, _context: object) -> list[Any]:
        return list(script._upgrade_revs("head", revision))

    # Alembic's documented way to run without an env.py: an EnvironmentContext with its own `fn`.
    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()
