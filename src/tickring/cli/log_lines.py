"""Log lines read back, JSON or text, and which of them somebody wants to see."""

from __future__ import annotations

import fnmatch
import re
from typing import Any, NamedTuple

import msgspec

from tickring.log_events import event_name

__all__ = ["LEVELS", "LogLine", "Wanted", "parse_line"]

LEVELS = ("debug", "info", "warning", "error", "critical")
_TEXT = re.compile(
    r"(?:(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) )?(?P<process>[a-z]\w*) "
    r"(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) (?P<text>.*)"
)
_FIELD = re.compile(r"(\w+)=('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s;]+)")


class LogLine(NamedTuple):
    """One line. What is not known is empty; a line that belongs to the one before (a traceback) has its text only."""

    at: str
    level: str
    process: str
    event: str
    fields: dict[str, str]
    text: str
    raw: str

    @property
    def is_continuation(self) -> bool:
        """Whether it belongs to the line before."""
        return not self.level


def parse_line(raw: str) -> LogLine:
    """Take a line apart; whatever it is, nothing is lost."""
    raw = raw.rstrip("\n")
    if raw.startswith("{"):
        try:
            return _from_json(raw, msgspec.json.decode(raw, type=dict[str, Any]))
        except msgspec.MsgspecError:
            return LogLine("", "", "", "", {}, raw, raw)
    found = _TEXT.fullmatch(raw)
    if found is None:
        return LogLine("", "", "", "", {}, raw, raw)
    text = found["text"]
    event = event_name(text)
    fields = {key: value.strip("'\"") for key, value in _FIELD.findall(text)} if event else {}
    return LogLine(
        at=found["at"] or "",
        level=found["level"].lower(),
        process=found["process"],
        event=event,
        fields=fields,
        text=text,
        raw=raw,
    )


def _from_json(raw: str, line: dict[str, Any]) -> LogLine:
    own = {key: str(line.get(key, "")) for key in ("at", "level", "process", "event", "text")}
    fields = {key: str(value) for key, value in line.items() if key not in {*own, "pid", "exception"}}
    text = own["text"] + (f"\n{line['exception']}" if "exception" in line else "")
    level = own["level"] or "info"
    return LogLine(own["at"], level, own["process"], own["event"], fields, text, raw)


class Wanted(NamedTuple):
    """All that is given must hold."""

    symbols: tuple[str, ...] = ()
    codes: tuple[int, ...] = ()
    events: tuple[str, ...] = ()
    """With wildcards: `child.*`."""
    process: str = ""
    level: str = "debug"
    """This and worse."""

    def holds(self, line: LogLine) -> bool:
        """Whether somebody wants to see it. A continuation is for the caller: it goes with the line before."""
        if line.level in LEVELS and LEVELS.index(line.level) < LEVELS.index(self.level):
            return False
        if self.process and line.process != self.process:
            return False
        if self.events and not any(fnmatch.fnmatchcase(line.event, one) for one in self.events):
            return False
        if self.codes and line.fields.get("code") not in {str(code) for code in self.codes}:
            return False
        return not self.symbols or any(_names(line, symbol) for symbol in self.symbols)


def _names(line: LogLine, symbol: str) -> bool:
    """Whether a line concerns a symbol: it has it as its own, in its scope, or in a list."""
    if line.fields.get("symbol") == symbol or line.fields.get("scope") == f"symbol {symbol}":
        return True
    return symbol in line.fields.get("symbols", "").split(",")
