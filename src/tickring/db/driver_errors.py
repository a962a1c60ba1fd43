"""What a driver says about a database that is not there, locked or broken, as one error of ours."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tickring.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["driver_errors"]


@contextmanager
def driver_errors(url: str) -> Generator[None]:
    """Turn what concerns the database as a whole into DatabaseUnavailable; a broken constraint stays what it is."""
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseUnavailable(f"has no free connection: {error}", url=url) from error
    except DBAPIError as error:
        # SQLite says of a file that is no database what it also says of a refused statement, by the base class.
        is_whole = isinstance(error, OperationalError) or type(error) is DatabaseError or error.connection_invalidated
        if not is_whole:
            raise
        raise DatabaseUnavailable(f"does not answer: {' '.join(str(error.orig).split())}", url=url) from error
