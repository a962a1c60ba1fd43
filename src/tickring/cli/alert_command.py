"""`tickring alert list|test`: what goes wrong and went wrong, and whether whoever should know of it would."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from tickring.cli.alert_direct import send_from_here
from tickring.cli.alert_page import print_episodes
from tickring.cli.asking import ControlTimeoutOption, order
from tickring.cli.config_options import ConfigOption, SetOption, load_or_end
from tickring.cli.exits import REFUSED
from tickring.cli.options import JsonOption, SegmentOption
from tickring.cli.output import people, print_json
from tickring.cli.printable import printable
from tickring.control.messages import AlertTest, AlertTestAsked, EpisodeList, Episodes, Status, SupervisorReport

if TYPE_CHECKING:
    from pathlib import Path

    from tickring.alerter_status import AlertTestResult

__all__ = ["alert"]

_LOOK_PERIOD_S = 0.1

alert = typer.Typer(name="alert", no_args_is_help=True, help="What goes wrong, and who is told of it.")


@alert.command("list")
def list_alerts(
    segment: SegmentOption = "default",
    open_only: Annotated[bool, typer.Option("--open", metavar="", help="Only what goes on.")] = False,
    timeout: ControlTimeoutOption = 5.0,
    as_json: JsonOption = False,
) -> None:
    """Show the faults that go on and the newest that are over, of the feeder and of the supervisor.

    Exit codes: 0 the supervisor answered; 2 none answers.

    [dim]Examples:[/dim]

      tickring alert list
      tickring alert list --open --json | jq -r '.episodes[] | [.kind, .scope, .cause] | @tsv'
    """
    answer = order(segment, Episodes(), EpisodeList, timeout_s=timeout, as_json=False)
    shown = [one for one in answer.episodes if one.is_open or not open_only]
    if as_json:
        print_json({"book": answer.book, "untold": answer.untold, "episodes": shown})
    else:
        print_episodes(people(), shown, answer.untold)


@alert.command("test")
def send_test(
    segment: SegmentOption = "default",
    sink: Annotated[
        str, typer.Option("--sink", metavar="NAME", help="Only there: telegram, webhook, apprise-1 ...")
    ] = "",
    direct: Annotated[
        bool, typer.Option("--direct", metavar="", help="Send it from here, without a service: before the first start.")
    ] = False,
    config: ConfigOption = None,
    flags: SetOption = None,
    timeout: ControlTimeoutOption = 30.0,
    as_json: JsonOption = False,
) -> None:
    """Have the service send a message that says it is a test, and tell whether it arrived.

    The running alerter sends it, with its own token and over its own network. With --direct this command does, as
    --config and --set say: with your rights and your network, once, within alerts.timeout_s for each address.

    Exit codes: 0 it arrived everywhere; 1 it did not, or no address is configured; 2 no supervisor answers; 78 wrong
    configuration.

    [dim]Examples:[/dim]

      tickring alert test
      tickring alert test --sink telegram --segment /run/tickring
      tickring alert test --direct --config /etc/tickring/tickring.toml
    """
    results = _from_here(config, flags, sink) if direct else _by_the_service(segment, sink, timeout)
    if as_json:
        print_json(results)
    else:
        for name, said in results.items():
            words = "not yet delivered; it is tried again" if said is None else said or "delivered"
            typer.echo(f"{printable(name)}: {printable(words)}")
    if not results or any(said != "" for said in results.values()):
        raise typer.Exit(REFUSED)


def _from_here(file: Path | None, flags: list[str] | None, sink: str) -> dict[str, str | None]:
    results: dict[str, str | None] = {**send_from_here(load_or_end(file, flags).config, sink)}
    if not results:
        sys.stderr.write("tickring: no address is configured under [alerts]: docs/alerts.md\n")
    return results


def _by_the_service(segment: str, sink: str, timeout: float) -> dict[str, str | None]:
    """Return what became of it by address; None: nothing yet."""
    asked = order(segment, AlertTest(sink), AlertTestAsked, timeout_s=timeout, as_json=False)
    deadline_s = time.monotonic() + timeout
    result = _result(segment, asked.number, timeout)
    while time.monotonic() < deadline_s and (result is None or None in result.results.values()):
        time.sleep(_LOOK_PERIOD_S)
        result = _result(segment, asked.number, timeout)
    if result is None:
        sys.stderr.write("tickring: the alerter has not taken the test up: `tickring status` shows how it is\n")
    return {} if result is None else result.results


def _result(segment: str, number: int, timeout_s: float) -> AlertTestResult | None:
    report = order(segment, Status(), SupervisorReport, timeout_s=timeout_s, as_json=False)
    tests = () if report.alerter is None else report.alerter.tests
    return next((one for one in tests if one.number == number), None)
