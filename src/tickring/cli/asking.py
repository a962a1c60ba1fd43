"""Give the supervisor one order, and turn what comes back into one line and an exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import msgspec
import typer

from tickring.cli.exits import REFUSED
from tickring.cli.opening import cannot_look, what_stands
from tickring.cli.output import print_json
from tickring.control.client import SupervisorClient
from tickring.control.messages import Refusal
from tickring.errors import SupervisorNotRunning, TickringError

if TYPE_CHECKING:
    from tickring.control.messages import RequestBody

__all__ = ["ControlTimeoutOption", "order"]

ControlTimeoutOption = Annotated[
    float, typer.Option("--timeout", metavar="S", min=0.1, max=3600, help="Wait so long for the supervisor's answer.")
]
AnswerT = TypeVar("AnswerT", bound=msgspec.Struct)


def order(segment: str, body: RequestBody, expected: type[AnswerT], *, timeout_s: float, as_json: bool) -> AnswerT:
    """Return the supervisor's answer; end the command with 1 if it refuses, with 2 if it cannot be asked.

    With `as_json` the answer, or the refusal, is printed as one line of JSON.
    """
    try:
        with SupervisorClient(segment, timeout_s=timeout_s) as client:
            answer = client.ask(body)
    except SupervisorNotRunning as error:
        hint = "" if Path(error.path).parent.exists() else f"; {what_stands()}"
        cannot_look(f"{error}{hint}")
    except TickringError as error:
        cannot_look(str(error))
    if as_json:
        print_json(answer)
    if isinstance(answer, Refusal):
        _end_as_refused(answer, as_json)
    if not isinstance(answer, expected):
        cannot_look(f"the supervisor answers {answer.__struct_config__.tag}: it is of another release of tickring")
    return answer


def _end_as_refused(refusal: Refusal, as_json: bool) -> NoReturn:
    if not as_json:
        sys.stderr.write(f"tickring: {refusal.code}: {refusal.message}\n")
        if refusal.holder is not None:
            holder = refusal.holder
            sys.stderr.write(
                f"  held by pid {holder.pid} since {holder.since}, run {holder.run_id or '-'}: {holder.command}\n"
            )
        if refusal.next_step:
            sys.stderr.write(f"  {refusal.next_step}\n")
    raise typer.Exit(REFUSED)
