"""`tickring simulator`: a gateway that speaks the TWS protocol, in this terminal."""

import asyncio
import contextlib
import logging
import os
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tickring.cli.exits import CANNOT_LOOK
from tickring.errors import TickringError

__all__ = ["simulator"]


def simulator(
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="Where clients connect; 0: any.")] = 4002,
    seed: Annotated[int, typer.Option("--seed", help="Another number, another market.")] = 1,
    max_server_version: Annotated[
        int, typer.Option("--max-server-version", min=157, max=226, metavar="N", help="From 201 on partly protobuf.")
    ] = 200,
    rate: Annotated[
        float, typer.Option("--rate", min=0.02, max=1000, metavar="HZ", help="Looks at each symbol a second; IB: 4.")
    ] = 4.0,
    always_open: Annotated[
        bool, typer.Option("--always-open", metavar="", help="A trading day without end, whatever the calendar says.")
    ] = False,
    generated: Annotated[
        int, typer.Option("--generated", min=0, max=99_999, metavar="N", help="N more symbols SIM00001, ...")
    ] = 0,
    listings: Annotated[
        Path | None, typer.Option("--listings", metavar="FILE", help="TOML file of further listings.")
    ] = None,
    lines: Annotated[int, typer.Option("--lines", min=0, max=100_000, help="Market data lines of all clients.")] = 100,
    pace: Annotated[
        float, typer.Option("--pace", min=0, max=10, help="Factor on what a gateway takes its time for.")
    ] = 1.0,
    control: Annotated[
        str, typer.Option("--control", metavar="PLACE", help="Take commands at a socket's path or 127.0.0.1:PORT.")
    ] = "",
    timeline: Annotated[
        Path | None, typer.Option("--timeline", metavar="FILE", help="Commands with their times, a JSON object a line.")
    ] = None,
    log: Annotated[
        Path | None, typer.Option("--log", metavar="FILE", help="Write down everything sent and received.")
    ] = None,
    record: Annotated[
        str, typer.Option("--record", metavar="HOST:PORT", help="Stand between clients and this gateway and record.")
    ] = "",
    replay: Annotated[
        Path | None, typer.Option("--replay", metavar="FILE", help="Play a recording instead of a market.")
    ] = None,
    capture: Annotated[
        Path, typer.Option("--capture", metavar="FILE", help="Where --record writes; account ids are taken out.")
    ] = Path("capture.jsonl"),
    speed: Annotated[float, typer.Option("--speed", min=0.01, help="Pace of --replay; 2: twice as fast.")] = 1.0,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", metavar="", help="Tell of every client.")] = False,
) -> None:
    """Run a gateway without Interactive Brokers: real protocol, made-up market, faults on command.

    Any client of the TWS API connects to it as to a real gateway. Accounts are called SIM...; orders are refused.
    docs/simulator.md has every fault with an example.

    [dim]Examples:[/dim]

      tickring simulator --always-open
      tickring simulator --port 7497 --seed 7 --rate 20
      tickring simulator --control /tmp/sim.sock --timeline night.jsonl
      tickring simulator --record 127.0.0.1:4001 --capture morning.jsonl
      tickring simulator --replay morning.jsonl --speed 10
    """
    from tickring.simulator.control.recorder import record as run_recorder
    from tickring.simulator.control.replay import replay as run_replay
    from tickring.simulator.gateway.process import Ready, run_simulator
    from tickring.simulator.gateway.settings import GatewaySettings

    def announce(ready: Ready) -> None:
        more = f", commands at {ready.control}" if ready.control else ""
        typer.echo(f"simulated gateway on {ready.host}:{ready.port}{more}; Ctrl-C ends it")

    def announce_record(place: str) -> None:
        typer.echo(f"recording {record} into {capture}; connect clients to {place}; Ctrl-C ends it")

    def announce_replay(place: str) -> None:
        typer.echo(f"replaying {replay} on {place}; Ctrl-C ends it")

    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(asctime)s %(message)s")
    settings = GatewaySettings(
        port=port,
        seed=seed,
        max_server_version=max_server_version,
        sample_s=1.0 / rate,
        always_open=always_open,
        generated=generated,
        listings="" if listings is None else str(listings),
        lines=lines,
        pace=pace,
        control=control,
        timeline="" if timeline is None else str(timeline),
        log="" if log is None else str(log),
    )
    listen = f"127.0.0.1:{port}"
    try:
        if record and replay is not None:
            raise typer.BadParameter("--record and --replay exclude each other")
        with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how a recording and a replay end
            if record:
                asyncio.run(run_recorder(record, capture, listen=listen, on_listening=announce_record))
            elif replay is not None:
                asyncio.run(run_replay(replay, listen=listen, speed=speed, on_listening=announce_replay))
            else:
                asyncio.run(run_simulator(settings, announce, os.getpid()))
    except (TickringError, ValueError, OSError, msgspec.MsgspecError) as error:
        typer.echo(f"tickring simulator: {error}", err=True)
        raise typer.Exit(CANNOT_LOOK) from None
