"""The history of the ledger's schema: alembic scripts that ship with the package, and bringing a database up to date.

A new revision is a file in `versions/` and its number in `HEAD`. Rows must never change, so a revision that has to rewrite some
drops the table's `keep_` triggers first and makes them again in the same transaction. alembic itself is imported only when a
database is not up to date: that takes longer than all else that opening does.
"""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

HEAD = "0004"
VERSION_TABLE = "alembic_version"
VERSION_QUERY = "SELECT version_num FROM alembic_version"
_one_at_a_time = threading.Lock()  # alembic keeps its context in module globals


@dataclass(frozen=True)
class History:
    """The newest revision, and the folder of the scripts that lead to it."""

    head: str = HEAD
    scripts: Path = Path(__file__).parent

    def knows(self, revision: str) -> bool:
        """Tell whether a revision is one of ours; one of a newer program is not."""
        from alembic.script import ScriptDirectory

        scripts = ScriptDirectory.from_config(self._config())
        return revision in {script.revision for script in scripts.walk_revisions()}

    def upgrade(self, connection: "Connection") -> None:
        """Bring a database to the newest revision inside the transaction that the caller has begun."""
        from alembic import command

        config = self._config()
        config.attributes["connection"] = connection
        with _one_at_a_time:
            command.upgrade(config, self.head)

    def _config(self) -> "Config":
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(self.scripts).replace("%", "%%"))
        return config
