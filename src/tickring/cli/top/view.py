"""What the person at the keyboard has chosen: order, filter, place in the list. Keys change it, frames follow it."""

from dataclasses import dataclass

from tickring.cli.top.selection import Sort

__all__ = ["View"]


@dataclass
class View:
    """The state behind the screen. `page` and `total` are what the last frame had room for and could choose from."""

    sort: Sort = Sort.VERDICT
    is_reversed: bool = False
    needle: str = ""
    is_editing: bool = False
    bad_only: bool = False
    is_paused: bool = False
    is_helping: bool = False
    is_over: bool = False
    offset: int = 0
    page: int = 1
    total: int = 0

    def press(self, key: str) -> None:
        """Change what the key changes; unknown keys do nothing."""
        if self.is_helping:
            self.is_helping = False
            self.is_over = key == "q"
        elif self.is_editing and self._edit(key):
            return
        else:
            self._command(key)
        self.offset = max(0, min(self.offset, self.total - self.page))

    def _edit(self, key: str) -> bool:
        """Return whether the key belonged to the filter's line; arrows and pages go on to the table."""
        if key == "enter":
            self.is_editing = False
        elif key == "escape":
            self.is_editing, self.needle = False, ""
        elif key == "backspace":
            self.needle = self.needle[:-1]
        elif len(key) == 1:
            self.needle, self.offset = self.needle + key, 0
        else:
            return False
        return True

    def _command(self, key: str) -> None:
        match key:
            case "q":
                self.is_over = True
            case "s":
                self.sort, self.offset = self.sort.next(), 0
            case "r":
                self.is_reversed, self.offset = not self.is_reversed, 0
            case "/":
                self.is_editing = True
            case "escape":
                self.needle = ""
            case "v":
                self.bad_only, self.offset = not self.bad_only, 0
            case " ":
                self.is_paused = not self.is_paused
            case "?" | "h":
                self.is_helping = True
            case _:
                self._scroll(key)

    def _scroll(self, key: str) -> None:
        match key:
            case "up" | "k":
                self.offset -= 1
            case "down" | "j":
                self.offset += 1
            case "page up":
                self.offset -= self.page
            case "page down":
                self.offset += self.page
            case "home" | "g":
                self.offset = 0
            case "end" | "G":
                self.offset = self.total
            case _:
                pass
