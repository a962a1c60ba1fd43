"""Open orders in protobuf replies. Source of the field numbers: the descriptors in ibapi 10.51.1."""

from tickring.simulator.wire import replies
from tickring.simulator.wire.number_text import size_text
from tickring.simulator.wire.protobuf_details import contract_body
from tickring.simulator.wire.protobuf_fields import double_field, int_field, message_field, text_field

__all__ = ["open_order_body", "order_status_body"]


def open_order_body(reply: replies.OpenOrder) -> bytes:
    """An OpenOrder: id, contract, order, state."""
    order = [
        int_field(1, reply.client_id),
        int_field(2, reply.order_id),
        int_field(3, reply.perm_id),
        text_field(5, reply.action),
        text_field(6, size_text(reply.quantity)),
        text_field(8, "LMT"),
        double_field(9, reply.limit_price),
        text_field(11, "GTC"),
        text_field(12, reply.account),
    ]
    return (
        int_field(1, reply.order_id)
        + message_field(2, contract_body(reply.contract))
        + message_field(3, b"".join(order))
        + message_field(4, text_field(1, reply.status))
    )


def order_status_body(reply: replies.OrderStatus) -> bytes:
    """An OrderStatus."""
    return b"".join(
        [
            int_field(1, reply.order_id),
            text_field(2, reply.status),
            text_field(3, size_text(reply.filled)),
            text_field(4, size_text(reply.remaining)),
            double_field(5, 0.0),  # avgFillPrice
            int_field(6, reply.perm_id),
            int_field(7, 0),  # parentId
            double_field(8, 0.0),  # lastFillPrice
            int_field(9, reply.client_id),
            double_field(11, 0.0),  # mktCapPrice
        ]
    )
