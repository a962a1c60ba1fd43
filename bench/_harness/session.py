"""What a question works with: the contenders that are here, their agents, the clock, and the cleaning up."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Self

from bench._contenders.registry import CONTENDERS, GATEWAY_CLIENTS
from bench._harness.agent import Agent, AgentFailed
from bench._harness.agent_process import serve_role
from bench._harness.cores import pin, reader_core, writer_core
from bench._harness.results import Peer
from bench._harness.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench._contenders.contract import Contender
    from bench._harness.progress import Progress

__all__ = ["Session"]


class Session:
    """Use it in a `with`: agents, stores and files are gone afterwards."""

    def __init__(
        self, progress: Progress, *, is_quick: bool, only: Sequence[str], among: Sequence[Contender] = CONTENDERS
    ) -> None:
        """`only`: names, of whichever question; `among`: the contenders of this one."""
        self.progress = progress
        self.is_quick = is_quick
        self.failures: dict[str, str] = {}
        self._workspace = Workspace()
        self._agents: dict[tuple[str, str], Agent] = {}
        known = dict.fromkeys(contender.name for contender in [*CONTENDERS, *GATEWAY_CLIENTS])
        if unknown := set(only) - set(known):
            raise SystemExit(f"no such contender: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        self._asked = [contender for contender in among if not only or contender.name in only]

    def peers(self) -> list[Peer]:
        """Return all contenders that were asked for, here or missing, for the report."""
        return [
            Peer(known.name, known.title, known.versions(), known.usage, known.lacks, known.missing())
            for known in self._asked
        ]

    def contenders(self, *, that: Callable[[Contender], bool] = lambda _: True) -> list[Contender]:
        """Return those that are here, keep quotes and pass the test."""
        return [known for known in self._asked if known.missing() is None and known.first_quote and that(known)]

    def asked(self, name: str) -> list[Contender]:
        """Return that one contender if it was asked for and is here."""
        return [known for known in self._asked if known.name == name and known.missing() is None]

    def writer(self, contender: Contender) -> Agent:
        """Return the contender's writer, on the writer's core."""
        return self._agent(contender, "writer", writer_core())

    def reader(self, contender: Contender) -> Agent:
        """Return the contender's timed reader, on the reader's core."""
        return self._agent(contender, "reader", reader_core())

    def crowd(self, contender: Contender) -> Agent:
        """Return what starts many readers of the contender, on the reader's core."""
        return self._agent(contender, "crowd", reader_core())

    def open_all(
        self, contenders: Sequence[Contender], sizes: Sequence[int], readers: str = "reader"
    ) -> list[Contender]:
        """Open stores of these sizes, writer and reader; return the contenders that could, and name the others."""
        able = []
        for contender in contenders:
            self.progress.say(f"opening {contender.title}")
            try:
                self.open(contender, [size for size in sizes if size <= contender.largest], readers)
            except AgentFailed as error:
                self.failures[contender.title] = str(error)
            else:
                able.append(contender)
        return able

    def open(self, contender: Contender, sizes: Sequence[int], readers: str = "reader") -> None:
        """Open one contender's stores.

        Raises:
            AgentFailed: it cannot.
        """
        reader = self.reader(contender) if readers == "reader" else self.crowd(contender)
        for size in sizes:
            self._workspace.place(contender.name, size)
            self.writer(contender).call("open", size)
            reader.call("open", size)

    @property
    def root(self) -> str:
        """The directory of all stores."""
        return str(self._workspace.root)

    def here(self) -> list[str]:
        """Return the names of all that were asked for and are here."""
        return [known.name for known in self._asked if known.missing() is None]

    def place(self, contender: Contender, size: int) -> str:
        """Return the directory of a store."""
        return str(self._workspace.place(contender.name, size))

    def _agent(self, contender: Contender, role: str, core: int) -> Agent:
        key = contender.name, role
        if key not in self._agents:
            make = partial(serve_role, contender.name, role, str(self._workspace.root))
            self._agents[key] = Agent(f"{contender.name} {role}", make, core)
        return self._agents[key]

    def __enter__(self) -> Self:
        # The coordinator sleeps while samples are taken; what little it does happens away from the reader's caches.
        pin(writer_core())
        self._workspace.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        try:
            for agent in reversed(self._agents.values()):  # readers before the writers they depend on
                agent.close()
        finally:
            self._workspace.__exit__()
            self.progress.done()
            sys.stderr.flush()
