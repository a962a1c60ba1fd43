"""`tickring drill`: what goes wrong at night, on purpose, before an installation is trusted."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from tickring.cli.exits import BAD_NEWS, FINE
from tickring.cli.opening import cannot_look
from tickring.cli.options import JsonOption
from tickring.cli.output import people, print_json
from tickring.cli.tables import light_table
from tickring.errors import TickringError

if TYPE_CHECKING:
    from tickring.drill import Outcome

__all__ = ["drill"]

OnlyOption = Annotated[
    list[str] | None, typer.Option("--only", metavar="NAME", help="This scenario; repeatable. Else all.")
]
SpeedOption = Annotated[
    float, typer.Option("--speed", min=1, max=20, help="Divide every timer of the service by it; 1: as in production.")
]
ListOption = Annotated[bool, typer.Option("--list", metavar="", help="Name the scenarios and play none.")]


def drill(
    only: OnlyOption = None,
    speed: SpeedOption = 1.0,
    is_list: ListOption = False,
    as_json: JsonOption = False,
) -> None:
    """Play faults of a simulated gateway against the whole service, and show how soon each was told and healed.

    Runs beside a service of yours without touching it: a gateway, a segment and files of its own. Every quote that
    reads live meanwhile is held against what the gateway had sent. At speed 1 it takes a quarter of an hour.
    Exit code 0: all passed; 1: not all; 2: it could not be played.

    [dim]Examples:[/dim]

      tickring drill
      tickring drill --speed 10 --only 'nightly restarts'
      tickring drill --json > drill.json
    """
    try:
        from tickring.drill import SCENARIOS, run_drill
    except ModuleNotFoundError as error:
        cannot_look(f"this needs '{error.name}': install 'tickring[service,ib]'")
    names = [scenario.name for scenario in SCENARIOS]
    if is_list:
        for scenario in SCENARIOS:
            typer.echo(f"{scenario.name:<18} {scenario.what}")
        raise typer.Exit(FINE)
    unknown = [name for name in only or () if name not in names]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(names)}", param_hint="--only")
    chosen = [scenario for scenario in SCENARIOS if not only or scenario.name in only]
    console = people()
    outcomes: list[Outcome] = []
    try:
        for outcome in run_drill(chosen, speed=speed):
            outcomes.append(outcome)
            if not as_json:
                _print_progress(console, outcome, len(outcomes), len(chosen))
    except TickringError as error:
        cannot_look(str(error))
    except KeyboardInterrupt:
        typer.echo(f"ended after {len(outcomes)} of {len(chosen)}", err=True)
        raise typer.Exit(BAD_NEWS) from None
    if as_json:
        print_json({"speed": speed, "passed": all(one.is_passed for one in outcomes), "scenarios": outcomes})
    else:
        _print_table(console, outcomes)
    raise typer.Exit(FINE if all(one.is_passed for one in outcomes) else BAD_NEWS)


def _print_progress(console: Console, outcome: "Outcome", number: int, of: int) -> None:
    word = ("passed", "green") if outcome.is_passed else ("FAILED", "bold red")
    console.print(Text.assemble((f"{number:>3}/{of} ", "dim"), word, f"  {outcome.name}: {outcome.what}"))


def _print_table(console: Console, outcomes: "list[Outcome]") -> None:
    table = light_table()
    for title in ("scenario", "what happened", "told after", "healed after", ""):
        table.add_column(title, justify="right" if "after" in title else "left", overflow="fold")
    for one in outcomes:
        passed = Text("pass", "green") if one.is_passed else Text("; ".join(one.faults), "bold red")
        table.add_row(one.name, one.what, _seconds(one.verdict_s), _seconds(one.recovery_s), passed)
    console.print()
    console.print(table)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"
