"""`tickring gateway-health`: whether the gateway answers; for Docker, systemd and people."""

import time
from typing import Annotated

import typer
from rich.text import Text

from tickring.cli.config_options import ConfigOption, SetOption, load_or_end
from tickring.cli.exits import BAD_NEWS, FINE
from tickring.cli.opening import cannot_look
from tickring.cli.options import JsonOption
from tickring.cli.output import people, print_json
from tickring.cli.printable import printable
from tickring.config.structs import GatewayConfig
from tickring.gateway_health import GatewayHealth, check_gateway

__all__ = ["gateway_health"]

_BETWEEN_TRIES_S = 2.0


def gateway_health(
    host: Annotated[str, typer.Option("--host", metavar="HOST", help="Name or address; else gateway.host.")] = "",
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65_535, metavar="PORT", help="0: gateway.port.")] = 0,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, max=600, metavar="S", help="For the whole of one check.")
    ] = 10.0,
    wait: Annotated[
        float, typer.Option("--wait", min=0, max=86_400, metavar="S", help="Check again until it is well, so long.")
    ] = 0.0,
    client_id: Annotated[
        int, typer.Option("--client-id", min=-1, metavar="N", help="-1: the last reserved one that is free.")
    ] = -1,
    config: ConfigOption = None,
    flags: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the gateway whether its API answers: hello, order id, accounts, time. An open port is not enough.

    Uses a client id of its own, of those that gateway.client_id_pool reserves, and gives it back at once.

    Exit code 0: it answers; 1: it does not, and why; 2: wrong arguments; 78: wrong configuration.

    [dim]Examples:[/dim]

      tickring gateway-health
      tickring gateway-health --host ib-gateway --port 4004 --timeout 5
      tickring gateway-health --wait 300 && systemctl start tickring
    """
    gateway = load_or_end(config, flags).config.gateway
    place = host or gateway.host, port or gateway.port
    ids = _ids(gateway) if client_id < 0 else [client_id]
    until_s = time.monotonic() + wait
    while True:
        health = check_gateway(*place, ids, timeout)
        if health.is_ready or time.monotonic() + _BETWEEN_TRIES_S >= until_s:
            break
        time.sleep(_BETWEEN_TRIES_S)
    if as_json:
        print_json({"ready": health.is_ready, "host": place[0], "port": place[1], **health._asdict()})
    else:
        _print(health, f"{place[0]}:{place[1]}")
    raise typer.Exit(FINE if health.is_ready else BAD_NEWS)


def _ids(gateway: GatewayConfig) -> list[int]:
    """The last reserved one first: the feeder begins with the first."""
    if gateway.client_id_pool == 0:
        cannot_look("gateway.client_id_pool reserves no client id for this; name one with --client-id")
    return [gateway.client_id + place for place in range(gateway.client_id_pool, 0, -1)]


def _print(health: GatewayHealth, place: str) -> None:
    word = Text(health.state.replace("_", " "), "green" if health.is_ready else "bold red")
    parts = [printable(health.text)]
    if health.accounts:
        parts.append(f"accounts {printable(', '.join(health.accounts))}")
    if health.server_version is not None:
        parts.append(f"version {health.server_version}")
    if health.clock_skew_s is not None:
        parts.append(f"clock {health.clock_skew_s:+.1f} s")
    people().print(Text.assemble(f"gateway {printable(place)} ", word, f": {'; '.join(parts)} ({health.took_s:.2f} s)"))
