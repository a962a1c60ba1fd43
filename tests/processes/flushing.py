"""A flusher on command, for tests of the disk it writes to: `turn` it, fill the disk, make it read-only."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.json_files import check_against_schema, drafts_in
from tests.processes.serving import Servant
from tickring.config.structs import FilesConfig
from tickring.flusher import Flusher

if TYPE_CHECKING:
    from collections.abc import Callable


class FlushingProcess:
    """Every method that is served is a command."""

    def __init__(self) -> None:
        self._flusher: Flusher
        self._root: Path

    def serve(self) -> None:
        """Obey until stdin closes."""
        commands: tuple[Callable[..., object], ...] = (
            *(self.open, self.turn, self.quote, self.status, self.names, self.drafts),
            *(self.fill, self.empty, self.protect, self.permit),
        )
        Servant().serve(*commands)

    def open(self, segment: str, root: str) -> None:
        """Make the flusher; its directory is `root`."""
        self._root = Path(root)
        files = FilesConfig(data_root=root, writes_per_s=1000.0, retry_s=0.02, status_period_s=0.02)
        self._flusher = Flusher(segment, files)

    def turn(self, for_s: float = 0.2) -> None:
        """Let it turn for so long."""
        until_s = time.monotonic() + for_s
        while time.monotonic() < until_s:
            self._flusher.turn()
            time.sleep(0.002)

    def quote(self, name: str) -> dict[str, Any]:
        """Return what the file says, after its schema has."""
        return check_against_schema("quote", self._root / "stream" / f"{name}.json")

    def status(self) -> dict[str, Any]:
        """Return `_status.json`."""
        return check_against_schema("status", self._root / "stream" / "_status.json")

    def names(self) -> list[str]:
        """Return what lies in the directory."""
        return sorted(path.name for path in (self._root / "stream").iterdir())

    def drafts(self) -> list[str]:
        """Return the half-made files."""
        return drafts_in(self._root / "stream")

    def fill(self) -> None:
        """Leave no byte free."""
        with (self._root / "ballast").open("wb", buffering=0) as file:
            try:
                while file.write(b"\0" * 4096):
                    pass
            except OSError:
                return

    def empty(self) -> None:
        """Make room again."""
        (self._root / "ballast").unlink()

    def protect(self) -> None:
        """Make the disk read-only for whoever goes there by its path."""
        subprocess.run(["mount", "--bind", str(self._root), str(self._root)], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", str(self._root)], check=True)
        assert not os.access(self._root, os.W_OK)

    def permit(self) -> None:
        """Undo `protect`."""
        subprocess.run(["umount", str(self._root)], check=True)


if __name__ == "__main__":
    FlushingProcess().serve()
