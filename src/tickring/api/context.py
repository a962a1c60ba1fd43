"""What every route works with: put together once per service, found through the request or the WebSocket."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from tickring.api.access import Access
    from tickring.api.database_desk import DatabaseDesk
    from tickring.api.file_desk import FileDesk
    from tickring.api.segment_view import SegmentView
    from tickring.api.supervisor_desk import SupervisorDesk
    from tickring.config.structs import Config

__all__ = ["ApiContext", "context_of"]


class ApiContext(NamedTuple):
    """The parts of one service."""

    config: Config
    access: Access
    segment: SegmentView
    supervisor: SupervisorDesk
    database: DatabaseDesk
    files: FileDesk

    def close(self) -> None:
        """Give everything back. Idempotent."""
        self.segment.close()
        self.supervisor.close()
        self.database.close()
        self.files.close()


def context_of(connection: HTTPConnection) -> ApiContext:
    """Return the service's parts for a request or a WebSocket."""
    return cast("ApiContext", connection.app.state.context)
