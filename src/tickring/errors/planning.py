"""What can go wrong between the database, the origins of symbols and who asks them."""

from __future__ import annotations

from tickring.errors.base import TickringError

__all__ = [
    "ContractConflict",
    "DatabaseError",
    "DatabaseOutdated",
    "DatabaseTooNew",
    "DatabaseUnavailable",
    "ImportRefused",
    "InvalidProjectName",
    "NaiveDatetime",
    "OriginFailed",
    "ProjectExists",
    "SnapshotTooOld",
    "UnknownProject",
    "UnknownSnapshot",
]


class DatabaseError(TickringError):
    """The database cannot be used. `url` names it, without a password."""

    def __init__(self, message: str, *, url: str) -> None:
        super().__init__(f"{url}: {message}")
        self.url = url


class DatabaseUnavailable(DatabaseError):
    """It does not answer, is locked by another process, or may not be read or written."""


class DatabaseOutdated(DatabaseError):
    """Its tables are those of an earlier release: `tickring db upgrade`."""


class DatabaseTooNew(DatabaseError):
    """Its tables are those of a later release: install that one."""


class NaiveDatetime(TickringError, ValueError):
    """A time without a zone was to be stored or compared; every time has to say its zone."""


class InvalidProjectName(TickringError, ValueError):
    """Not usable as the name of a project or a snapshot. `name` is the value, `rule` what it breaks."""

    def __init__(self, name: str, rule: str) -> None:
        super().__init__(f"{name!r} is not a name: it {rule} (1-100 printable characters)")
        self.name = name
        self.rule = rule


class ProjectExists(TickringError):
    """Another project has this name already. `project_id` is its number."""

    def __init__(self, name: str, project_id: int) -> None:
        super().__init__(f"project {name!r} is there already, number {project_id}; choose another name, or use it")
        self.name = name
        self.project_id = project_id


class UnknownProject(TickringError, LookupError):
    """The database has no such project."""

    def __init__(self, project: int | str, known: tuple[str, ...] = ()) -> None:
        there = f"there are {', '.join(known)}" if known else "there is none yet; make one: tickring project add NAME"
        super().__init__(f"project {project!r} is not in the database; {there}")
        self.project = project


class UnknownSnapshot(TickringError, LookupError):
    """The database has no such decision snapshot, or it belongs to another project."""

    def __init__(self, decision_snapshot_id: int | None, why: str) -> None:
        which = "decision snapshot" if decision_snapshot_id is None else f"decision snapshot {decision_snapshot_id}"
        super().__init__(f"{which} {why}; see `tickring snapshot list`")
        self.decision_snapshot_id = decision_snapshot_id


class SnapshotTooOld(TickringError):
    """The latest decision snapshot was decided too long ago. `age_s` and `limit_s` are in seconds."""

    def __init__(self, decision_snapshot_id: int, age_s: float, limit_s: float) -> None:
        super().__init__(
            f"decision snapshot {decision_snapshot_id} was decided {age_s / 3600:.1f} h ago, the limit is "
            f"{limit_s / 3600:.1f} h; import a newer one, choose this one by `tickring snapshot use`, "
            "or raise planner.snapshot_age_limit_s"
        )
        self.decision_snapshot_id = decision_snapshot_id
        self.age_s = age_s
        self.limit_s = limit_s


class ContractConflict(TickringError):
    """Two symbols would be the same contract, or one symbol two. `symbol` is the one that was refused."""

    def __init__(self, symbol: str, why: str) -> None:
        super().__init__(f"{symbol!r} {why}")
        self.symbol = symbol


class ImportRefused(TickringError):
    """Nothing was imported. `problems` has one text for each bad row, with its line."""

    def __init__(self, name: str, problems: tuple[str, ...]) -> None:
        shown = problems[:20]
        more = f"\n  ... and {len(problems) - len(shown)} more" if len(problems) > len(shown) else ""
        super().__init__(f"{name}: nothing was imported:\n  - " + "\n  - ".join(shown) + more)
        self.name = name
        self.problems = problems


class OriginFailed(TickringError):
    """An origin of symbols gave no usable answer. `origin` names it."""

    def __init__(self, origin: str, why: str) -> None:
        super().__init__(f"origin {origin}: {why}")
        self.origin = origin
