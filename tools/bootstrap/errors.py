"""The one error of the bootstrap: something only the operator can mend."""


class BootstrapError(Exception):
    """Says what is missing and which command brings it."""
