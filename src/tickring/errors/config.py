"""A configuration that cannot be used."""

from tickring.errors.base import TickringError

__all__ = ["ConfigError"]


class ConfigError(TickringError):
    """Everything that is wrong with a configuration, all at once.

    `problems` has one text for each: the setting, its value, the rule, and where it came from.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        head = f"{len(problems)} things in the configuration are wrong:\n  - " if len(problems) > 1 else ""
        super().__init__(head + "\n  - ".join(problems))
        self.problems = problems
