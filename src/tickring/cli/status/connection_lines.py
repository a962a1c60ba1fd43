"""The connection as rows of a page: who the feeder is to the gateway, farms, clocks, codes, what goes wrong now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from tickring.cli.printable import printable
from tickring.cli.status.clocks import local_clock
from tickring.episodes import Severity
from tickring.feeder_status import OTHER_CODES
from tickring.gateway_codes import GATEWAY_CODES, OWN

if TYPE_CHECKING:
    from tickring.feeder_status import FeederStatus

__all__ = ["codes_text", "connection_text", "episode_lines"]

_CODES_SHOWN = 6
_EPISODES_SHOWN = 5
_STYLES = {Severity.INFO: "bright_blue", Severity.WARNING: "yellow", Severity.CRITICAL: "red"}


def connection_text(feeder: FeederStatus) -> Text:
    """Client id, attempts, clocks, and the data farms that are not well."""
    parts = [Text("no session" if feeder.client_id is None else f"client {feeder.client_id}")]
    if feeder.reconnect_attempts:
        parts.append(Text(f"{feeder.reconnect_attempts:,} failed attempts since the newest price", "yellow"))
    if feeder.clock_skew_s is not None:
        parts.append(Text(f"clock {feeder.clock_skew_s:+.1f} s"))
    ill = [farm for farm in feeder.farms if farm.state in {"broken", "connecting"}]
    parts += [Text(f"{farm.kind} farm {printable(farm.name)} {farm.state}", "yellow") for farm in ill]
    if len(feeder.farms) > len(ill):
        parts.append(Text(f"{len(feeder.farms) - len(ill):,} farms well"))
    return Text(", ").join(parts)


def codes_text(feeder: FeederStatus) -> Text:
    """The codes that came most often; those that nobody knows stand out."""
    counts = sorted(feeder.errors_by_code.items(), key=lambda item: (-item[1], item[0]))
    parts = [_code_text(code, count) for code, count in counts[:_CODES_SHOWN]]
    if len(counts) > _CODES_SHOWN:
        parts.append(Text(f"and {len(counts) - _CODES_SHOWN:,} more (--json has all)", "dim"))
    return Text(", ").join(parts)


def _code_text(code: int, count: int) -> Text:
    if code in {OWN, OTHER_CODES}:
        return Text(f"{'own' if code == OWN else 'others'} x{count:,}")
    return Text(f"{code} x{count:,}") if code in GATEWAY_CODES else Text(f"unknown {code} x{count:,}", "yellow")


def episode_lines(feeder: FeederStatus) -> list[Text]:
    """What goes wrong now, the newest first; some of it, and how many more."""
    going = [one for one in reversed(feeder.episodes) if one.is_open]
    lines = [
        Text.assemble(
            (printable(one.kind), _STYLES[one.severity]),
            f" {printable(one.scope)} since {local_clock(one.opened_at)}: {printable(one.cause)}",
            (f"; ends: {printable(one.heals)}" if one.heals else "", "dim"),
        )
        for one in going[:_EPISODES_SHOWN]
    ]
    if len(going) > _EPISODES_SHOWN:
        lines.append(Text(f"and {len(going) - _EPISODES_SHOWN:,} more (--json has all)", "dim"))
    return lines
