"""Orders: the books are empty and stay so; what asks for them gets its end marker, what places one is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.simulator.wire.replies import CompletedOrdersEnd, ExecDetailsEnd, OpenOrderEnd

if TYPE_CHECKING:
    from tickring.simulator.gateway.client_session import ClientSession

__all__ = ["cancel", "refuse", "send_completed", "send_executions", "send_open"]


def send_open(session: ClientSession) -> None:
    """Serve reqOpenOrders, reqAllOpenOrders, reqAutoOpenOrders."""
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
