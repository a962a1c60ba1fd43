"""Orders: those of the settings and commands, as another program's; what places one is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.simulator.gateway.contracts import contract_of
from tickring.simulator.wire.replies import CompletedOrdersEnd, ExecDetailsEnd, OpenOrder, OpenOrderEnd, OrderStatus

if TYPE_CHECKING:
    from tickring.simulator.gateway.client_session import ClientSession

__all__ = ["cancel", "refuse", "send_completed", "send_executions", "send_open"]

_FIRST_PERM_ID = 1_000_000_000
_CLIENT_ID = 1  # of the program that has placed them


def send_open(session: ClientSession, *, of_all: bool) -> None:
    """Serve reqAllOpenOrders; without `of_all` reqOpenOrders and reqAutoOpenOrders, which have none of another's."""
    world = session.world
    for number, order in enumerate(world.orders.values() if of_all else (), 1):
        listings = world.catalog.by_symbol(order.symbol)
        if not listings:
            continue
        status = "Submitted" if order.filled < order.quantity else "Filled"
        session.send(
            OpenOrder(
                order_id=number,
                client_id=_CLIENT_ID,
                perm_id=_FIRST_PERM_ID + listings[0].con_id % _FIRST_PERM_ID,
                account=world.settings.accounts[0],
                contract=contract_of(listings[0]),
                action=order.side,
                quantity=order.quantity,
                limit_price=order.limit_price,
                status=status,
            )
        )
        session.send(
            OrderStatus(
                order_id=number,
                client_id=_CLIENT_ID,
                perm_id=_FIRST_PERM_ID + listings[0].con_id % _FIRST_PERM_ID,
                status=status,
                filled=order.filled,
                remaining=order.quantity - order.filled,
            )
        )
    session.send(OpenOrderEnd())


def send_completed(session: ClientSession) -> None:
    """Serve reqCompletedOrders."""
    session.send(CompletedOrdersEnd())


def send_executions(session: ClientSession, req_id: int) -> None:
    """Serve reqExecutions."""
    session.send(ExecDetailsEnd(req_id=req_id))


def refuse(session: ClientSession, order_id: int) -> None:
    """Answer placeOrder as a gateway that takes no orders."""
    session.send_error(order_id, 201, "Order rejected - reason:this simulator does not take orders yet")


def cancel(session: ClientSession, order_id: int) -> None:
    """Answer cancelOrder: there is nothing to cancel."""
    session.send_error(order_id, 10147, f"OrderId {order_id} that needs to be cancelled is not found.")
