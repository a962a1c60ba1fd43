"""What each command of the control channel does to the gateway."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any

from tickring.simulator.control import commands as do
from tickring.simulator.control.lines import CommandRefused
from tickring.simulator.gateway import accounts
from tickring.simulator.gateway.broken_bytes import (
    send_absurd_length,
    send_bad_number,
    send_exactly_4096,
    send_garbage,
    send_half_a_message,
    send_unknown_message,
)
from tickring.simulator.gateway.greeting import FARMS
from tickring.simulator.gateway.settings import Holding, OpenOrder
from tickring.simulator.gateway.texts import error_text
from tickring.simulator.market.sessions import Phase

if TYPE_CHECKING:
    from tickring.simulator.gateway.subscription import Subscription
    from tickring.simulator.gateway.world import World

__all__ = ["act"]

_RESUMING = {2104}
_BREAKING = {2103}


@singledispatch
def act(command: do.Command, world: World) -> dict[str, Any]:
    """Carry out a command that concerns no listening port; return what the answer tells.

    Raises:
        CommandRefused: it cannot be done now; the text says why.
    """
    raise CommandRefused(f"{type(command).__name__} cannot be done with {len(world.clients)} clients connected")


def _everybody(world: World) -> int:
    ready = [client for client in world.clients if client.state == "ready"]
    return len(ready)


def _tell_all(world: World, code: int, detail: str = "") -> None:
    for client in list(world.clients):
        if client.state == "ready":
            client.send_error(-1, code, error_text(code, detail))


def _alive(world: World) -> list[Subscription]:
    return [subscription for subscription in world.streams if not subscription.is_cancelled]


def _known(world: World, symbol: str) -> str:
    """The symbol as the catalogue writes it."""
    found = world.catalog.by_symbol(symbol)
    if not found:
        raise CommandRefused(f"there is no symbol {symbol!r} in the simulator's catalogue")
    return found[0].symbol


# ---- silence ----


@act.register(do.Mute)
def _(command: do.Mute, world: World) -> dict[str, Any]:
    if command.symbol is not None:
        world.faults.muted_symbols.add(_known(world, command.symbol))
    if command.farm is not None:
        world.faults.muted_farms.add(command.farm)
    if command.symbol is None and command.farm is None:
        world.faults.is_muted = True
    return {}


@act.register(do.Unmute)
def _(command: do.Unmute, world: World) -> dict[str, Any]:
    if command.symbol is not None:
        world.faults.muted_symbols.discard(_known(world, command.symbol))
    if command.farm is not None:
        world.faults.muted_farms.discard(command.farm)
    if command.symbol is None and command.farm is None:
        world.faults.is_muted = False
        world.faults.muted_symbols.clear()
        world.faults.muted_farms.clear()
    return {}


@act.register(do.HalfOpen)
def _(command: do.HalfOpen, world: World) -> dict[str, Any]:
    del command
    frozen = [client for client in world.clients if client.state in {"greeted", "ready"}]
    for client in frozen:
        client.freeze()
    return {"clients": len(frozen)}


@act.register(do.Slow)
def _(command: do.Slow, world: World) -> dict[str, Any]:
    world.faults.slow_s = command.seconds
    return {}


# ---- connections ----


@act.register(do.Reset)
def _(command: do.Reset, world: World) -> dict[str, Any]:
    del command
    clients = list(world.clients)
    for client in clients:
        client.reset()
    return {"clients": len(clients)}


@act.register(do.Finish)
def _(command: do.Finish, world: World) -> dict[str, Any]:
    del command
    clients = list(world.clients)
    for client in clients:
        client.finish()
    return {"clients": len(clients)}


# ---- links and farms ----


@act.register(do.LinkDown)
def _(command: do.LinkDown, world: World) -> dict[str, Any]:
    world.faults.is_link_down = True
    for _ in range(command.repeat):
        _tell_all(world, command.code)
    return {"clients": _everybody(world)}


@act.register(do.LinkUp)
def _(command: do.LinkUp, world: World) -> dict[str, Any]:
    world.faults.is_link_down = False
    subscriptions = _alive(world)
    if command.code == 1101:
        world.forget_subscriptions()
    elif not command.data:
        for subscription in subscriptions:
            subscription.is_dead = True
    _tell_all(world, command.code)
    for code, farm in FARMS:
        _tell_all(world, code, farm)
    return {"clients": _everybody(world), "subscriptions": len(subscriptions)}


@act.register(do.FarmCode)
def _(command: do.FarmCode, world: World) -> dict[str, Any]:
    if command.code in _BREAKING:
        world.faults.farms_down.add(command.farm)
    elif command.code in _RESUMING:
        world.faults.farms_down.discard(command.farm)
        if not command.data:
            for subscription in _alive(world):
                subscription.is_dead |= subscription.listing.farm == command.farm
    _tell_all(world, command.code, command.farm)
    return {"clients": _everybody(world)}


# ---- permissions and limits ----


@act.register(do.Permission)
def _(command: do.Permission, world: World) -> dict[str, Any]:
    key = "" if command.symbol is None else _known(world, command.symbol)
    if command.code is None:
        world.faults.permissions.pop(key, None)
    else:
        world.faults.permissions[key] = command.code
    return {}


@act.register(do.CompetingSession)
def _(command: do.CompetingSession, world: World) -> dict[str, Any]:
    subscriptions = _alive(world)
    if command.start:
        world.faults.competing = "silent" if command.silent else "told"
        for subscription in subscriptions if not command.silent else ():
            subscription.session.send_error(subscription.req_id, 10197, error_text(10197))
    else:
        world.faults.competing = "no"
        for subscription in subscriptions if not command.resume else ():
            subscription.is_dead = True
    return {"subscriptions": len(subscriptions)}


@act.register(do.Lines)
def _(command: do.Lines, world: World) -> dict[str, Any]:
    if command.limit is not None:
        world.lines_limit = command.limit
    if command.taken is not None:
        world.lines_taken = command.taken
    return {"in_use": world.lines_in_use}


@act.register(do.MessageRate)
def _(command: do.MessageRate, world: World) -> dict[str, Any]:
    busiest, world.busiest_second = world.busiest_second, 0
    world.message_rate = command.limit
    return {"busiest_second": busiest}


@act.register(do.SendError)
def _(command: do.SendError, world: World) -> dict[str, Any]:
    text = command.text or error_text(command.code)
    told = 0
    if command.symbol is None:
        for client in [client for client in world.clients if client.state == "ready"]:
            client.send_error(command.req_id, command.code, text)
            told += 1
    else:
        symbol = _known(world, command.symbol)
        for subscription in _alive(world):
            if subscription.listing.symbol == symbol:
                subscription.session.send_error(subscription.req_id, command.code, text)
                told += 1
        if not told:
            raise CommandRefused(f"nobody has a subscription to {symbol}; subscribe first")
    return {"told": told}


# ---- broken bytes ----


@act.register(do.Garbage)
def _(command: do.Garbage, world: World) -> dict[str, Any]:
    return {"clients": send_garbage(world, command.count)}


@act.register(do.AbsurdLength)
def _(command: do.AbsurdLength, world: World) -> dict[str, Any]:
    return {"clients": send_absurd_length(world, command.length)}


@act.register(do.Truncate)
def _(command: do.Truncate, world: World) -> dict[str, Any]:
    return {"clients": send_half_a_message(world, close=command.close)}


@act.register(do.Split)
def _(command: do.Split, world: World) -> dict[str, Any]:
    world.faults.split = command.mode
    return {}


@act.register(do.Exact4096)
def _(command: do.Exact4096, world: World) -> dict[str, Any]:
    return {"messages": send_exactly_4096(world, seconds=command.seconds, cut=command.cut)}


@act.register(do.UnknownMessage)
def _(command: do.UnknownMessage, world: World) -> dict[str, Any]:
    return {"clients": send_unknown_message(world, command.message_id)}


@act.register(do.BadNumber)
def _(command: do.BadNumber, world: World) -> dict[str, Any]:
    return {"clients": send_bad_number(world, command.text)}


# ---- clock and market ----


@act.register(do.ClockOffset)
def _(command: do.ClockOffset, world: World) -> dict[str, Any]:
    world.clock.offset_s = command.seconds
    return {}


@act.register(do.MarketPhase)
def _(command: do.MarketPhase, world: World) -> dict[str, Any]:
    now_s = world.clock.now_s()
    world.sessions.force({"open": Phase.REGULAR, "closed": Phase.CLOSED, "auto": None}[command.phase], now_s)
    return {"phase": world.sessions.phase(now_s).value}


@act.register(do.Halt)
def _(command: do.Halt, world: World) -> dict[str, Any]:
    world.market.set_halted(_known(world, command.symbol), command.value, world.clock.now_s())
    return {}


@act.register(do.SetPrice)
def _(command: do.SetPrice, world: World) -> dict[str, Any]:
    world.market.set_factor(_known(world, command.symbol), command.factor)
    return {}


# ---- account ----


@act.register(do.Hold)
def _(command: do.Hold, world: World) -> dict[str, Any]:
    symbol = _known(world, command.symbol)
    holding = Holding(symbol=symbol, quantity=command.quantity, average_cost=command.average_cost)
    world.holdings[symbol] = holding
    accounts.tell_position(world, symbol)
    return {}


@act.register(do.WorkingOrder)
def _(command: do.WorkingOrder, world: World) -> dict[str, Any]:
    symbol = _known(world, command.symbol)
    world.orders.pop(symbol, None)
    if command.quantity > 0:
        world.orders[symbol] = OpenOrder(
            symbol=symbol,
            side=command.side,
            quantity=command.quantity,
            filled=command.filled,
            limit_price=command.limit_price,
        )
    return {}


# ---- looking ----


@act.register(do.Status)
def _(command: do.Status, world: World) -> dict[str, Any]:
    del command
    return world.status()
