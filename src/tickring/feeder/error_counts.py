"""How often each code of the gateway has come, however many codes there are."""

from tickring.feeder_status import OTHER_CODES

__all__ = ["ErrorCounts"]

_CODES_MAX = 64


class ErrorCounts:
    """Lives as long as the feeder; holds at most 64 codes and one line for all others."""

    def __init__(self) -> None:
        self.by_code: dict[int, int] = {}

    def count(self, code: int) -> None:
        """One more of it."""
        if code not in self.by_code and len(self.by_code) >= _CODES_MAX:
            code = OTHER_CODES
        self.by_code[code] = self.by_code.get(code, 0) + 1
