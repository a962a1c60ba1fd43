"""The installed ibapi, whichever release it is, without its socket, threads and run loop.

Requests are built by its EClient and leave through our buffer; payloads are handed to its Decoder, which calls our
callbacks. Releases: 9.81.1.post1, nautilus-ibapi 10.46.1, ibapi-latest 10.51.1; all are called `ibapi`.
"""

from __future__ import annotations

import importlib
import inspect
import logging
from typing import TYPE_CHECKING, Any

from tickring.errors import TickringError
from tickring.feeder.api_callbacks import make_callbacks

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.config.structs import ContractConfig
    from tickring.feeder.message_sink import MessageSink
    from tickring.known_contract import KnownContract

__all__ = ["ApiClient", "MessageUnreadable", "NoApi", "load_api"]

_LOWEST_VERSION = 100
_PROTOBUF_FROM = 201
_PROTOBUF_IDS_FROM = 200
_REASON_SHOWN = 200  # characters; the whole message is kept elsewhere
_BARS_OF = "1 D"  # of the last trading day there was, also on a Sunday
_BAR_SIZE = "1 min"  # IB's hard limits are for bars of 30 s and less


class NoApi(TickringError):
    """ibapi is not installed, or not one that is known."""


class MessageUnreadable(TickringError):
    """ibapi cannot make sense of a message, and says so in its log only."""


class _Raising(logging.Handler):
    """Ibapi drops a message with the wrong number of fields and logs each: here it is an error like any other."""

    def emit(self, record: logging.LogRecord) -> None:
        raise MessageUnreadable(record.getMessage()[:_REASON_SHOWN])


class _Connection:
    """Takes the place of ibapi's connection: what it sends goes to the feeder's socket."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send

    def isConnected(self) -> bool:  # noqa: N802 - ibapi's name
        return True

    def sendMsg(self, data: bytes) -> int:  # noqa: N802 - ibapi's name
        self._send(data)
        return len(data)

    def disconnect(self) -> None:
        """Ibapi may ask for it; the session ends by the loop alone."""


class ApiClient:
    """One session's encoder and decoder. Make a new one per connection."""

    def __init__(self, sink: MessageSink, send: Callable[[bytes], None], client_id: int, highest_version: int = 0):
        """`highest_version` 0: as high as the release speaks.

        Raises:
            NoApi: no usable ibapi.
        """
        client, wrapper, decoder, contract = load_api()
        self._contract_class = contract.Contract
        self._decoder_class = decoder.Decoder
        self._callbacks = make_callbacks(wrapper.EWrapper, sink)
        self._client = client.EClient(wrapper=self._callbacks)
        self._client.conn = _Connection(send)
        self._client.clientId = client_id
        if self._client.optCapab is None:
            self._client.optCapab = ""
        self._connected_state = client.EClient.CONNECTED
        self._send = send
        own_highest = _own_highest(client)
        self.highest_version = min(own_highest, highest_version) if highest_version else own_highest
        self.server_version = 0
        self.sizes_are_whole = _is_first_release(decoder.Decoder)
        """This release knows sizes without a fraction only."""
        self._decode: Callable[[bytes], None] = self._not_begun

    def hello(self) -> bytes:
        """Return what a client says first."""
        versions = f"v{_LOWEST_VERSION}..{self.highest_version}".encode()
        return b"API\0" + len(versions).to_bytes(4, "big") + versions

    def begin(self, server_version: int) -> None:
        """Agree on the version and send startApi."""
        self.server_version = server_version
        self._client.serverVersion_ = server_version
        self._client.connState = self._connected_state
        decoder = self._decoder_class(self._callbacks, server_version)
        self._client.decoder = decoder
        self._decode = self._make_decode(decoder, server_version)
        self._client.startApi()

    def decode(self, payload: bytes) -> None:
        """Take one message apart and call the sink.

        Raises:
            Exception: whatever ibapi or a callback raised; the message is lost, the stream is not.
        """
        self._decode(payload)

    def _not_begun(self, payload: bytes) -> None:
        raise AssertionError(f"a message before the hello: {payload[:20]!r}")

    def _make_decode(self, decoder: Any, server_version: int) -> Callable[[bytes], None]:
        interpret = decoder.interpret
        if self.sizes_are_whole:  # 9.81.1: the id is the first field

            def decode_whole(payload: bytes) -> None:
                interpret(tuple(payload.split(b"\0")[:-1]))

            return decode_whole
        if server_version < _PROTOBUF_FROM:

            def decode_text(payload: bytes) -> None:
                number, _, rest = payload.partition(b"\0")
                interpret(tuple(rest.split(b"\0")[:-1]), int(number))

            return decode_text
        process = decoder.processProtoBuf

        def decode_either(payload: bytes) -> None:
            number = int.from_bytes(payload[:4], "big")
            if number > _PROTOBUF_IDS_FROM:
                process(payload[4:], number - _PROTOBUF_IDS_FROM)
            else:
                interpret(tuple(payload[4:].split(b"\0")[:-1]), number)

        return decode_either

    # ---- requests ----

    def _contract(self, named: ContractConfig | KnownContract, symbol: str) -> Any:
        """Return ibapi's Contract of what is asked for, or of what is known."""
        contract = self._contract_class()
        contract.symbol = symbol
        contract.secType = named.sec_type
        contract.exchange = named.exchange
        contract.primaryExchange = named.primary_exchange
        contract.currency = named.currency
        contract.conId = named.con_id
        contract.localSymbol = named.local_symbol
        contract.tradingClass = named.trading_class
        return contract

    def request_market_data_type(self, data_type: int) -> None:
        """Say which downgrade is accepted; concerns requests that follow."""
        self._client.reqMarketDataType(data_type)

    def request_time(self) -> None:
        """Ask for the gateway's time. A second question within a second is not answered."""
        self._client.reqCurrentTime()

    def request_details(self, req_id: int, symbol: str, wanted: ContractConfig) -> None:
        """Ask what a symbol is, as it is configured."""
        self._client.reqContractDetails(req_id, self._contract(wanted, wanted.symbol or symbol))

    def request_positions(self) -> None:
        """Ask for the positions of all accounts, and for each change from then on."""
        self._client.reqPositions()

    def request_all_orders(self) -> None:
        """Ask once for the working orders of all programs."""
        self._client.reqAllOpenOrders()

    def request_ticks(self, req_id: int, contract: KnownContract) -> None:
        """Ask for the stream of a contract."""
        self._client.reqMktData(req_id, self._contract(contract, contract.symbol), "", False, False, [])

    def request_snapshot(self, req_id: int, contract: KnownContract) -> None:
        """Ask for the values of this moment; they come as ticks, and the end may take eleven seconds."""
        self._client.reqMktData(req_id, self._contract(contract, contract.symbol), "", True, False, [])

    def cancel_ticks(self, req_id: int) -> None:
        """End a stream or a snapshot; a tick or two may still come."""
        self._client.cancelMktData(req_id)

    def request_bars(self, req_id: int, contract: KnownContract) -> None:
        """Ask for the bars of a minute up to now, also outside regular hours, with times in seconds since 1970."""
        self._client.reqHistoricalData(
            req_id,
            self._contract(contract, contract.symbol),
            "",
            _BARS_OF,
            _BAR_SIZE,
            contract.bar_kind,
            0,
            2,
            False,
            [],
        )

    def cancel_bars(self, req_id: int) -> None:
        """Ask for bars no longer; IB confirms it by error 162."""
        self._client.cancelHistoricalData(req_id)


def load_api() -> tuple[Any, Any, Any, Any]:
    """Import ibapi's modules client, wrapper, decoder and contract. The first time takes some 0.1 s and more.

    Raises:
        NoApi: it is not installed, or cannot be imported.
    """
    logging.getLogger("ibapi").setLevel(logging.ERROR)  # below, it formats every message
    decoders_log = logging.getLogger("ibapi.decoder")
    if not decoders_log.handlers:
        decoders_log.addHandler(_Raising())
    try:
        client, wrapper, decoder, contract = (
            importlib.import_module(f"ibapi.{name}") for name in ("client", "wrapper", "decoder", "contract")
        )
    except ImportError as error:
        raise NoApi(
            f"ibapi cannot be imported ({error}): install one of the extras, `pip install 'tickring[service,ib]'` "
            "(9.81.1) or 'tickring[service,ib10]' (10.46.1)"
        ) from error
    return client, wrapper, decoder, contract


def _is_first_release(decoder_class: Any) -> bool:
    return len(inspect.signature(decoder_class.interpret).parameters) == 2  # self and the fields


def _own_highest(client_module: Any) -> int:
    value = getattr(client_module, "MAX_CLIENT_VER", None)
    if not isinstance(value, int):
        raise NoApi("this ibapi does not say which versions it speaks; known are 9.81.1, 10.46.1 and 10.51.1")
    return value
