"""What can be published on the event bus: one type an event, with the name that programs know it by."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import msgspec

if TYPE_CHECKING:
    from tickring.reader import Quote

__all__ = [
    "BarReceived",
    "BrokerConnected",
    "BrokerDisconnected",
    "BusEvent",
    "EventName",
    "ExecutionEvent",
    "QuoteReceived",
    "ServiceEvent",
]


class EventName(StrEnum):
    """Names are stable: clients filter by them. Those of execution are published by whoever executes orders."""

    QUOTE_RECEIVED = "QUOTE_RECEIVED"
    BAR_RECEIVED = "BAR_RECEIVED"
    BROKER_CONNECTED = "BROKER_CONNECTED"
    BROKER_DISCONNECTED = "BROKER_DISCONNECTED"
    STREAM_TRANSITION = "STREAM_TRANSITION"
    EPISODE_OPENED = "EPISODE_OPENED"
    EPISODE_CLOSED = "EPISODE_CLOSED"
    EXECUTION_INTENT_CREATED = "EXECUTION_INTENT_CREATED"
    EXECUTION_ORDER_SUBMITTED = "EXECUTION_ORDER_SUBMITTED"
    EXECUTION_ORDER_REJECTED = "EXECUTION_ORDER_REJECTED"
    EXECUTION_ORDER_ACKNOWLEDGED = "EXECUTION_ORDER_ACKNOWLEDGED"
    EXECUTION_KILL_SWITCH_ACTIVATED = "EXECUTION_KILL_SWITCH_ACTIVATED"
    EXECUTION_KILL_SWITCH_DEACTIVATED = "EXECUTION_KILL_SWITCH_DEACTIVATED"
    EXECUTION_STATUS = "EXECUTION_STATUS"
    EXECUTION_POSITIONS_UPDATED = "EXECUTION_POSITIONS_UPDATED"


class QuoteReceived(msgspec.Struct, frozen=True):
    """A symbol has a newer quote, or its verdict has changed."""

    quote: Quote
    name: ClassVar[EventName] = EventName.QUOTE_RECEIVED


class BarReceived(msgspec.Struct, frozen=True):
    """A bar has ended. `at` is its beginning: ISO 8601, UTC."""

    symbol: str
    timeframe: str
    """`M1`: one minute."""
    at: str
    open: float
    high: float
    low: float
    close: float
    volume: float
    name: ClassVar[EventName] = EventName.BAR_RECEIVED


class BrokerConnected(msgspec.Struct, frozen=True):
    """The feeder has its gateway."""

    at: str
    name: ClassVar[EventName] = EventName.BROKER_CONNECTED


class BrokerDisconnected(msgspec.Struct, frozen=True):
    """The feeder has lost its gateway, or its gateway the broker; `cause` in words."""

    at: str
    cause: str
    name: ClassVar[EventName] = EventName.BROKER_DISCONNECTED


class ServiceEvent(msgspec.Struct, frozen=True):
    """What the supervisor tells: a step of the stream's states, an episode."""

    name: EventName
    at: str
    content: dict[str, Any]


class ExecutionEvent(msgspec.Struct, frozen=True):
    """Something of an order, a position or the kill switch."""

    name: EventName
    at: str
    content: dict[str, Any]
    scope: str = ""
    """Whose: a run, an account. Equal contents of different scopes are different news."""


BusEvent: TypeAlias = QuoteReceived | BarReceived | BrokerConnected | BrokerDisconnected | ServiceEvent | ExecutionEvent
