"""Where the console script starts.

Imports nothing at the top that a plain `pip install tickring` lacks, so that a light installation gets one clear line
instead of a traceback. What concerns the whole process (signals, encoding of the output) is set here and nowhere else:
tests and other programs may call the app itself.
"""

import io
import signal
import sys

from tickring.cli.exits import CANNOT_LOOK

__all__ = ["main"]


def main() -> None:
    """Run the command line and leave the process with its exit code."""
    try:
        from tickring.cli.command_table import app_with, asked_for

        app = app_with(asked_for(sys.argv[1:]))
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "tickring":
            raise
        sys.stderr.write(f"tickring: the command line needs '{error.name}': install 'tickring[service]'\n")
        sys.exit(CANNOT_LOOK)
    # `tickring verdicts | head -1`: end silently when nobody reads any more, as every other tool of the pipe does.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a latin-1 terminal gets '?' for a sparkline, not a traceback
    app(prog_name="tickring")
