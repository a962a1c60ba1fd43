"""How a child ended, in words for an operator.

Codes as in `sysexits.h`, where the children use them; a negative code is minus the number of the signal.
"""

import signal
from typing import Final

__all__ = ["EXIT_CONFIGURATION", "EXIT_FENCED", "EXIT_TRY_AGAIN", "exit_words", "signal_name"]

EXIT_TRY_AGAIN: Final = 75
EXIT_FENCED: Final = 76
EXIT_CONFIGURATION: Final = 78

_OF_CODES: dict[int, str] = {
    0: "ended by itself without an error (0), though nobody asked it to",
    1: "ended with an error (1): its traceback is in the log",
    EXIT_TRY_AGAIN: "met something that another start may cure (75): the log says what",
    EXIT_FENCED: "another writer was granted the segment (76)",
    EXIT_CONFIGURATION: "its configuration is wrong (78): the log says what; correct it, then reload or restart it",
}
_OF_SIGNALS: dict[int, str] = {
    signal.SIGKILL: "killed by SIGKILL, which nobody here sent: out of memory? See the kernel's log",
    signal.SIGSEGV: "crashed in native code (SIGSEGV)",
    signal.SIGBUS: "crashed on memory that is not there (SIGBUS): is the tmpfs full, was the segment cut short?",
    signal.SIGABRT: "gave up on itself (SIGABRT)",
    signal.SIGILL: "crashed on an instruction this processor does not know (SIGILL)",
}


def exit_words(code: int, ended_for: str = "") -> str:
    """Return what an exit code means. `ended_for`: why the supervisor itself ended the child, empty if it did not."""
    if ended_for:
        return f"ended by the supervisor ({signal_name(-code) if code < 0 else code}): {ended_for}"
    if code >= 0:
        return _OF_CODES.get(code, f"ended with exit code {code}, which has no meaning here: see its log")
    return _OF_SIGNALS.get(-code, f"ended by {signal_name(-code)}, which nobody here sent")


def signal_name(number: int) -> str:
    """Return `SIGKILL` for 9, and `signal 99` for one that has no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
