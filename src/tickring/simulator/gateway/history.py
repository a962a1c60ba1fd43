"""Historical bars for a client: rules, dates and units as a gateway has them.

Day bars carry `yyyymmdd` whatever formatDate says; shorter ones epoch seconds with formatDate 2, local text with 1 (two
spaces up to version 173; one and the zone's name from 174 on; recorded). Volumes are hundreds of shares below 175.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tickring.simulator.gateway.history_pacing import OPEN_AT_ONCE
from tickring.simulator.gateway.market_data_desk import ambiguous_text
from tickring.simulator.gateway.texts import error_text
from tickring.simulator.market.history import BadHistoryRequest, bar_seconds, bars, head_timestamp
from tickring.simulator.market.sessions import NEW_YORK
from tickring.simulator.wire.replies import Bar, HeadTimestamp, HistoricalData, HistoricalDataUpdate

if TYPE_CHECKING:
    from tickring.simulator.gateway.client_session import ClientSession
    from tickring.simulator.market.history import RawBar
    from tickring.simulator.market.listing import Listing
    from tickring.simulator.wire.requests import ReqHeadTimestamp, ReqHistoricalData

__all__ = ["cancel", "send_bars", "send_head_timestamp"]

_BARS_AFTER_S = 0.2
_UPDATE_S = 5.0
_ZONE_IN_DATES = 174
_VOLUME_IN_SHARES = 175
_DAY_S = 86_400.0


def send_bars(session: ClientSession, request: ReqHistoricalData) -> None:
    """Serve reqHistoricalData."""
    world = session.world
    found = world.catalog.find(request.contract)
    if len(found) != 1:
        session.send_error(request.req_id, 200, ambiguous_text(found))
        return
    if request.req_id in session.open_history or request.req_id in session.desk:
        session.send_error(request.req_id, 322, error_text(322))
        return
    if request.keep_up_to_date and request.end:
        session.send_error(request.req_id, 321, error_text(321, "keepUpToDate needs an empty end date"))
        return
    try:
        end_s = _end_s(request.end, world.clock.now_s())
        bar_s = bar_seconds(request.bar_size)
    except (ValueError, BadHistoryRequest) as error:
        session.send_error(request.req_id, 321, error_text(321, str(error)))
        return
    if world.settings.history_pacing and _breaks_the_rules(session, request, found[0], bar_s):
        text = "Historical Market Data Service error message:Historical data request pacing violation"
        session.send_error(request.req_id, 162, text)
        return
    session.open_history.add(request.req_id)
    world.after(_BARS_AFTER_S, lambda: _send(session, request, found[0], end_s, bar_s))


def _breaks_the_rules(session: ClientSession, request: ReqHistoricalData, listing: Listing, bar_s: float) -> bool:
    world = session.world
    if sum(len(client.open_history) for client in world.clients) >= OPEN_AT_ONCE:
        return True
    contract = (listing.con_id, request.contract.exchange, request.what_to_show)
    return world.history_pacing.violation(
        time.monotonic(),
        identity=(contract, request.end, request.duration, request.bar_size, request.use_rth),
        contract=contract,
        is_bid_ask=request.what_to_show == "BID_ASK",
        bar_s=bar_s,
    )


def _send(session: ClientSession, request: ReqHistoricalData, listing: Listing, end_s: float, bar_s: float) -> None:
    if request.req_id not in session.open_history or session.state != "ready":
        return
    try:
        found = bars(
            session.world.market,
            listing,
            end_s=end_s,
            duration=request.duration,
            bar_size=request.bar_size,
            use_rth=request.use_rth,
            what=request.what_to_show,
        )
    except BadHistoryRequest as error:
        session.open_history.discard(request.req_id)
        session.send_error(request.req_id, 321, error_text(321, str(error)))
        return
    if not found:
        session.open_history.discard(request.req_id)
        text = "Historical Market Data Service error message:HMDS query returned no data: " + listing.symbol
        session.send_error(request.req_id, 162, text)
        return
    convert = _Converter(session.server_version, request, bar_s)
    session.send(
        HistoricalData(
            req_id=request.req_id,
            start=convert.moment(found[0].start_s),
            end=convert.moment(end_s),
            bars=tuple(convert(bar) for bar in found),
        )
    )
    if request.keep_up_to_date:
        session.world.again(_UPDATE_S, lambda: _update(session, request, listing, convert))
    else:
        session.open_history.discard(request.req_id)


def _update(session: ClientSession, request: ReqHistoricalData, listing: Listing, convert: _Converter) -> None:
    """Send the running bar again, every few seconds until the request is cancelled."""
    if request.req_id not in session.open_history or session.state != "ready":
        return
    world = session.world
    if not world.faults.silence(listing):
        newest = bars(
            world.market,
            listing,
            end_s=world.clock.now_s(),
            duration=f"{max(60, int(convert.bar_s))} S" if convert.bar_s < _DAY_S else "1 D",
            bar_size=request.bar_size,
            use_rth=request.use_rth,
            what=request.what_to_show,
        )
        if newest:
            session.send(HistoricalDataUpdate(req_id=request.req_id, bar=convert(newest[-1])))
    world.again(_UPDATE_S, lambda: _update(session, request, listing, convert))


def cancel(session: ClientSession, req_id: int) -> None:
    """Serve cancelHistoricalData; IB confirms a cancel as error 162."""
    if req_id not in session.open_history:
        session.send_error(req_id, 366, error_text(366, str(req_id)))
        return
    session.open_history.discard(req_id)
    session.send_error(req_id, 162, "Historical Market Data Service error message:API historical data query cancelled")


def send_head_timestamp(session: ClientSession, request: ReqHeadTimestamp) -> None:
    """Serve reqHeadTimestamp."""
    found = session.world.catalog.find(request.contract)
    if len(found) != 1:
        session.send_error(request.req_id, 200, ambiguous_text(found))
        return
    start_s = head_timestamp(found[0])
    text = str(int(start_s)) if request.format_date == 2 else f"{datetime.fromtimestamp(start_s, UTC):%Y%m%d-%H:%M:%S}"
    session.world.after(_BARS_AFTER_S, lambda: session.send(HeadTimestamp(req_id=request.req_id, text=text)))


def _end_s(text: str, now_s: float) -> float:
    """Return the end a client asked for: empty, `yyyymmdd hh:mm:ss [zone]`, or UTC `yyyymmdd-hh:mm:ss`."""
    words = text.split()
    try:
        if not words:
            return now_s
        if "-" in words[0] and ":" in words[0]:
            at = datetime.strptime(words[0], "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC)
            return min(now_s, at.timestamp())
        zone = UTC if len(words) > 2 and words[2] in {"UTC", "GMT"} else NEW_YORK
        form = "%Y%m%d %H:%M:%S" if len(words) > 1 else "%Y%m%d"
        at = datetime.strptime(" ".join(words[:2]), form).replace(tzinfo=zone)
    except ValueError:
        raise ValueError(
            f"Invalid date/time '{text}': use yyyymmdd hh:mm:ss with a zone, yyyymmdd-hh:mm:ss for UTC, or nothing"
        ) from None
    return min(now_s, at.timestamp())


class _Converter:
    """From the market's bars to those of one request."""

    def __init__(self, server_version: int, request: ReqHistoricalData, bar_s: float) -> None:
        self.bar_s = bar_s
        self._server_version = server_version
        self._is_epoch = request.format_date == 2
        self._volume_unit = 1.0 if server_version >= _VOLUME_IN_SHARES else 100.0

    def __call__(self, bar: RawBar) -> Bar:
        return Bar(
            date=self._date(bar.start_s),
            open=bar.open,
            high=bar.high,
            low=bar.low,
            close=bar.close,
            volume=-1 if bar.volume < 0 else bar.volume // self._volume_unit,
            wap=bar.wap,
            count=bar.count,
        )

    def _date(self, start_s: float) -> str:
        if self.bar_s >= _DAY_S:
            return f"{datetime.fromtimestamp(start_s, NEW_YORK):%Y%m%d}"
        return str(int(start_s)) if self._is_epoch else self.moment(start_s)

    def moment(self, at_s: float) -> str:
        at = datetime.fromtimestamp(at_s, NEW_YORK)
        if self._server_version >= _ZONE_IN_DATES:
            return f"{at:%Y%m%d %H:%M:%S} US/Eastern"
        return f"{at:%Y%m%d  %H:%M:%S}"
