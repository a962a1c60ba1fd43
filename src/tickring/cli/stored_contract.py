"""What the planner's database knows of a symbol, for commands that only look: nothing is made or migrated for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tickring.db import Contract, Database
from tickring.db.engine import parse_url
from tickring.planner.contract_answers import is_foreign
from tickring.states import ApiMode

if TYPE_CHECKING:
    from tickring.config.structs import Config

__all__ = ["stored_contract"]


def stored_contract(settings: Config, symbol: str) -> Contract | None:
    """Return the row of a symbol; None: there is none, or no database at all, or a simulator's word about it.

    Raises:
        DatabaseError: there is a database, and it cannot be read.
    """
    url = parse_url(settings.database.url)
    if url.drivername.startswith("sqlite") and not Path(url.database or "").exists():
        return None
    with Database.open(settings.database, is_migrated=False) as database, database.reading() as session:
        row = session.get(Contract, symbol)
    return None if row is None or is_foreign(row, ApiMode(settings.stream.api_mode)) else row
