"""Rich's style words as the terminal's own sequences."""

from collections.abc import Callable
from functools import lru_cache

from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style

__all__ = ["sgr_for"]

_SYSTEMS = {"standard": ColorSystem.STANDARD, "256": ColorSystem.EIGHT_BIT, "truecolor": ColorSystem.TRUECOLOR}


def sgr_for(console: Console) -> Callable[[str], str]:
    """Return a function from style words to the sequence that sets exactly that style; rich has judged the terminal.

    NO_COLOR leaves bold, dim and reverse.
    """
    system = _SYSTEMS.get(console.color_system or "", ColorSystem.STANDARD)

    @lru_cache(maxsize=256)
    def sgr(words: str) -> str:
        style = Style.parse(words)
        if console.no_color:
            style = style.without_color
        codes = style.render("x", color_system=system).partition("x")[0].removeprefix("\x1b[").removesuffix("m")
        return f"\x1b[0;{codes}m" if codes else "\x1b[m"

    return sgr
