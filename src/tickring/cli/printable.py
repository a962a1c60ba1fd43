"""Text that another process or a gateway has chosen, made harmless for a terminal."""

__all__ = ["printable"]


def printable(text: str) -> str:
    """Return the text with `?` for whatever could command the terminal; line ends become spaces."""
    flat = " ".join(text.splitlines())
    return "".join(character if character.isprintable() else "?" for character in flat)
