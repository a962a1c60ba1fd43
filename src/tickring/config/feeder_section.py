"""The feeder's section of the configuration: what it asks of the gateway, how often, and how long it waits."""

from typing import Annotated

import msgspec

from tickring.config.section import Seconds, Section

__all__ = ["FeederConfig"]


class FeederConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The feeder's loop."""

    heartbeat_period_s: Seconds = 0.05
    """The loop stamps the header this often, also when nothing happens."""
    suspend_limit_s: Seconds = 2.0
    """A machine that was suspended for longer: the connection is given up, and every price is asked for anew."""
    fast_lane: bool = True
    """Ticks of confirmed streams bypass ibapi's decoder; false: every message takes the long way."""
    messages_per_s: Annotated[float, msgspec.Meta(gt=0, le=1000)] = 45.0
    """Requests to the gateway; IB closes connections that send more than 50."""
    orders_reserve_per_s: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 5
    """So many of them are left to orders, which so never wait behind subscriptions."""
    pacing_slow_s: Seconds = 60.0
    """After the gateway has said that it was too much (100), half of them for this long."""
    lines_max: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 100
    """Market data lines of the account; symbols beyond them are served by snapshots in turn."""
    lines_reserve: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 2
    """Where not every symbol has a line, so many are kept for the snapshots of the others."""
    lines_probe_s: Seconds = 15.0
    """After the gateway has said that there is no line left (101), one more is tried after this, then more of them."""
    lines_probe_limit_s: Seconds = 600.0
    """Each such try that fails doubles the wait before the next one, up to this."""
    rotation_period_s: Seconds = 5.0
    """A symbol without a line is asked for as a snapshot at most this often."""
    rotation_dwell_s: Seconds = 1.0
    """Its snapshot ends this long after its first price, so that the next symbol can have the line."""
    competing_retry_s: Seconds = 5.0
    """While another session takes the market data (10197), one symbol is tried after this."""
    competing_retry_limit_s: Seconds = 45.0
    """Each such try that fails doubles the wait before the next one, up to this."""
    resolve_timeout_s: Seconds = 10.0
    """An unanswered reqContractDetails is sent again after this."""
    subscribe_timeout_s: Seconds = 15.0
    """A reqMktData that has brought nothing, not even an error, is cancelled and sent again after this."""
    retry_s: Seconds = 60.0
    """A refused subscription or an unresolved symbol is tried again after this."""
    retry_limit_s: Seconds = 900.0
    """Each refusal in a row doubles the wait before the next try, up to this."""
    fallback_after_s: Seconds = 5.0
    """A symbol whose stream has brought no price this long after it was asked for is asked for as a snapshot."""
    fallback_period_s: Seconds = 60.0
    """And again this often, until the stream serves it."""
    snapshot_timeout_s: Seconds = 12.0
    """A snapshot that has brought no price within this is followed by a request for history."""
    snapshots_open_max: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 50
    """Snapshots at once; each takes a market data line while it is open."""
    history_timeout_s: Seconds = 30.0
    """Bars that have not come within this are not waited for."""
    history_open_max: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20
    """Historical requests at once; IB serves 50."""
    history_window_s: Seconds = 600.0
    """IB counts historical requests over this time."""
    history_window_max: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 60
    """Historical requests in it; who comes later waits in a queue that the status shows."""
    history_identical_s: Seconds = 15.0
    """Between two identical historical requests, and after IB has said that there were too many."""
    history_contract_s: Seconds = 2.0
    """Within this time at most `history_contract_max` historical requests concern one contract, exchange and kind."""
    history_contract_max: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5
    """IB allows fewer than six."""
    stop_timeout_s: Seconds = 2.0
    """From SIGTERM to the end of the process; what hangs longer is ended with its traceback in the log."""
    poison_dir: str = ""
    """Where messages that could not be taken apart are kept, one file per kind; empty: only counted and logged."""
    poison_period_s: Seconds = 10.0
    """At most one log line about such messages in this time."""
