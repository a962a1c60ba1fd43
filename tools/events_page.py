"""Write docs/events.md from the log calls in the code: `python -m tools.events_page`."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from tickring.log_events import template_of

__all__ = ["PAGE", "LogCall", "log_calls", "page"]

_ROOT = Path(__file__).parents[1]
_SOURCE = _ROOT / "src" / "tickring"
PAGE = _ROOT / "docs" / "events.md"
_LOGGERS = {"_LOG", "_logger"}
_LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
GROUPS = {
    "alert": "faults that people are told of",
    "alerter": "messages to people ([alerts.md](alerts.md))",
    "api": "the HTTP service",
    "bus": "events inside the api",
    "child": "a process of the service starts, ends, hangs",
    "config": "the configuration is read again",
    "control": "the supervisor's socket",
    "disk": "the disk of the files",
    "episode": "faults, from their begin to their end ([runbook.md](runbook.md))",
    "feeder": "the feeder's own life, fallback and liveness",
    "gateway": "what the gateway says, and how it is",
    "kept_file": "what one life of the feeder leaves to the next",
    "log": "the log itself",
    "message": "a message that could not be taken apart",
    "planner": "what is to be streamed, and why",
    "run": "one run of the stream",
    "session": "one session with the gateway",
    "state": "the state file",
    "stream": "the stream as a whole ([states.md](states.md))",
    "supervisor": "the supervisor",
    "symbol": "one symbol",
    "systemd": "what systemd is told",
    "websocket": "clients of the WebSocket",
}
_HEAD = """# Events in the log

Made from the code by `python -m tools.events_page`; a test holds both together. A line of the service's log begins
with its event, a stable name; then come its fields. Under systemd lines are JSON with `at`, `level`, `process`, `pid`,
`event`, the fields, `text`, and `exception` where there was one; elsewhere they are text (`log.format`). The same line
is told three times a minute (`log.repeats_per_minute`), then as a number (`log.repeated`). `tickring logs` filters both
forms. The simulator logs for itself.

| group | about |
|---|---|
"""


class LogCall(NamedTuple):
    """One place that logs."""

    module: str
    line: int
    level: str
    template: str
    """Of a template that is not written there: its expression."""

    @property
    def event(self) -> str:
        """Its name, empty: none."""
        return template_of(self.template)[0]

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of its fields."""
        return tuple(name for name in template_of(self.template)[1] if name is not None)


def log_calls() -> list[LogCall]:
    """Return every call of a logger in the service; the simulator logs for itself."""
    found = []
    for path in sorted(_SOURCE.rglob("*.py")):
        if path.relative_to(_SOURCE).parts[0] == "simulator":
            continue
        module = ".".join(path.relative_to(_SOURCE).with_suffix("").parts)
        text = path.read_text()
        if not any(f".{level}(" in text for level in _LEVELS):
            continue  # most modules, and taking one apart takes much longer than this look
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _LEVELS:
                name = ast.unparse(node.func.value)
                if name in _LOGGERS or name.startswith("logging.getLogger("):
                    template = node.args[1 if node.func.attr == "log" else 0]
                    told = str(template.value) if isinstance(template, ast.Constant) else ast.unparse(template)
                    found.append(LogCall(module, node.lineno, node.func.attr, told))
    return found


def page() -> str:
    """Return the page's text."""
    events: dict[str, list[LogCall]] = defaultdict(list)
    for call in log_calls():
        events[call.event].append(call)
    groups = sorted({name.split(".")[0] for name in events})
    rows = [f"| `{group}.*` | {GROUPS[group]} |\n" for group in groups]
    rows.append("\n| event | level | fields | from |\n|---|---|---|---|\n")
    for name, calls in sorted(events.items()):
        levels = sorted({"error" if call.level == "exception" else call.level for call in calls} - {"log"})
        fields = list(dict.fromkeys(field for call in calls for field in call.fields))
        modules = list(dict.fromkeys(f"`{call.module}`" for call in calls))
        told = ", ".join(f"`{field}`" for field in fields)
        rows.append(f"| `{name}` | {', '.join(levels) or 'by what it tells'} | {told} | {', '.join(modules)} |\n")
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page())
