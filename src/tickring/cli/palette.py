"""What colour a word has, in every command: green may be traded on, yellow is for looking, red stops a trader.

Colours are rich's style words, restricted to the terminal's own 16, so that they follow the user's theme.
"""

from tickring.states import ApiMode, Connection, RunState
from tickring.verdict import Verdict

__all__ = [
    "CONNECTION_STYLES",
    "MODE_STYLES",
    "RUN_STATE_STYLES",
    "STREAM_STYLES",
    "SYMBOL_STYLES",
    "VERDICT_STYLES",
]

VERDICT_STYLES: dict[Verdict, str] = {
    Verdict.LIVE: "green",
    Verdict.QUIET: "cyan",
    Verdict.CLOSED: "bright_blue",
    Verdict.DELAYED: "yellow",
    Verdict.FALLBACK: "yellow",
    Verdict.STALE: "bold red",
    Verdict.FEED_DOWN: "bold white on red",
    Verdict.PAST: "dim",
    Verdict.MISSING: "bold magenta",
    Verdict.CONTENDED: "bold magenta",
}
SYMBOL_STYLES: dict[Verdict, str] = {
    **VERDICT_STYLES,
    Verdict.LIVE: "bold",
    Verdict.QUIET: "bold",
    Verdict.FEED_DOWN: "bold red",  # a whole column on red would hide what is red for a reason of its own
}
"""A symbol beside its verdict."""
RUN_STATE_STYLES: dict[RunState, str] = {
    RunState.UNKNOWN: "bold red",
    RunState.STARTING: "yellow",
    RunState.RUNNING: "green",
    RunState.DEGRADED: "yellow",
    RunState.BACKING_OFF: "yellow",
    RunState.STOPPING: "yellow",
    RunState.STOPPED: "bold red",
    RunState.FAILED: "bold red",
}
CONNECTION_STYLES: dict[Connection, str] = {
    Connection.UNKNOWN: "bold red",
    Connection.CONNECTING: "yellow",
    Connection.CONNECTED: "green",
    Connection.SUSPECT: "yellow",
    Connection.DISCONNECTED: "bold red",
}
STREAM_STYLES: dict[str, str] = {
    "connected": "bold black on green",
    "degraded": "bold black on yellow",
    "disconnected": "bold white on red",
}
MODE_STYLES: dict[ApiMode, str] = {
    ApiMode.UNKNOWN: "bold white on red",
    ApiMode.LIVE: "bold black on green",
    ApiMode.PAPER: "bold black on yellow",
    ApiMode.MOCK: "bold black on magenta",
}
