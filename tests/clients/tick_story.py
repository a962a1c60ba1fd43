"""What a simulator sent and what a client heard of it, in one form: (tick number, value), in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.waiting import wait_until
from tickring.simulator.control.tick_fields import FIELD_WORDS

if TYPE_CHECKING:
    from tests.clients.talking import TalkingClient
    from tickring.simulator.running import SimulatorProcess

__all__ = ["SIZE_OF_PRICE", "Tick", "heard_ticks", "sent_ticks", "tick_values", "wait_until_all_is_heard"]

Tick = tuple[int, "float | str"]

SIZE_OF_PRICE = {1: 0, 2: 3, 4: 5, 66: 69, 67: 70, 68: 71}
"""The size that ibapi makes of a price message, as a callback of its own."""

_VALUE = {"tickPrice": "price", "tickSize": "size", "tickString": "value", "tickGeneric": "value"}
_NUMBERS = {word: number for number, word in FIELD_WORDS.items()}


def sent_ticks(simulator: SimulatorProcess, client_id: int, req_id: int) -> list[Tick]:
    """Every tick message that left for a request."""
    return [
        (_NUMBERS[line.field], line.value)
        for line in simulator.sent()
        if line.kind == "tick"
        and (line.client_id, line.req_id) == (client_id, req_id)
        and line.field is not None
        and line.value is not None
    ]


def heard_ticks(talker: TalkingClient, req_id: int, since: int = 0) -> list[Tick]:
    """Every tick message that arrived: without the sizes that ibapi makes of prices."""
    ticks: list[Tick] = []
    made: int | None = None
    for told in talker.heard[since:]:
        args = told["args"]
        if told["call"] not in _VALUE or args.get("reqId") != req_id:
            continue
        number = args["tickType"]
        if made is not None:
            assert number == made, f"{told} instead of the size that belongs to the price before"
            made = None
            continue
        ticks.append((number, args[_VALUE[told["call"]]]))
        if talker.is_ibapi and told["call"] == "tickPrice":
            made = SIZE_OF_PRICE.get(number)
    return ticks


def tick_values(talker: TalkingClient, req_id: int, number: int, since: int = 0) -> list[float | str]:
    """Everything that one tick type brought."""
    return [value for heard, value in heard_ticks(talker, req_id, since) if heard == number]


def wait_until_all_is_heard(talker: TalkingClient, simulator: SimulatorProcess, req_id: int) -> list[Tick]:
    """Return the ticks once the client has heard exactly what was sent, every one, in order. Mute the market first."""

    def both() -> tuple[list[Tick], list[Tick]]:
        return sent_ticks(simulator, talker.client_id, req_id), heard_ticks(talker, req_id)

    def difference() -> object:
        sent, heard = both()
        same = next((at for at, (one, two) in enumerate(zip(sent, heard, strict=False)) if one != two), None)
        at = min(len(sent), len(heard)) if same is None else same
        return {
            "sent": len(sent),
            "heard": len(heard),
            "differs at": at,
            "pair": (sent[at : at + 3], heard[at : at + 3]),
        }

    def is_same() -> bool:
        sent, heard = both()
        return sent == heard and bool(sent)

    wait_until(is_same, f"{talker.name} hears what was sent for request {req_id}", timeout_s=5, show=difference)
    return heard_ticks(talker, req_id)
