"""`tickring exporter`: the metrics for Prometheus, where the api does not run."""

import errno
from typing import Annotated

import typer

from tickring.cli.exits import FINE, WRONG_CONFIGURATION
from tickring.cli.options import SegmentOption
from tickring.errors import InvalidName
from tickring.names import SegmentPaths

__all__ = ["exporter"]

HostOption = Annotated[str, typer.Option("--host", help="Address to listen at. Whoever reaches it may read.")]
PortOption = Annotated[int, typer.Option("--port", min=0, max=65_535, help="Port; 0: any free one, which is printed.")]


def exporter(
    segment: SegmentOption = "default",
    host: HostOption = "127.0.0.1",
    port: PortOption = 9464,
) -> None:
    """Serve the metrics of one segment to Prometheus until Ctrl-C; the api serves the same at /metrics.

    Reads when it is asked and keeps nothing; segment, feeder and supervisor may come and go meanwhile.
    Exit code 78: the address cannot be had.

    [dim]Examples:[/dim]

      tickring exporter
      curl -s localhost:9464/metrics | grep tickring_quotes
    """
    try:
        from tickring.metrics.exporter import MetricsServer
    except ImportError as error:
        typer.echo(f"{error.name} is not installed: pip install 'tickring[service]'", err=True)
        raise typer.Exit(WRONG_CONFIGURATION) from None
    try:
        SegmentPaths.of(segment)
        server = MetricsServer(segment, host, port)
    except InvalidName as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(WRONG_CONFIGURATION) from None
    except OSError as error:
        advice = "another port: --port" if error.errno == errno.EADDRINUSE else "--host 127.0.0.1"
        typer.echo(f"cannot listen at {host}:{port}: {error.strerror}; try {advice}", err=True)
        raise typer.Exit(WRONG_CONFIGURATION) from None
    with server:
        typer.echo(f"metrics of {segment} at http://{host}:{server.server_port}/metrics")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            raise typer.Exit(FINE) from None
