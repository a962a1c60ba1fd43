"""The gateway's section of the configuration: where it is, how a connection is watched, and when one is given up."""

from typing import Annotated, Literal

import msgspec

from tickring.config.section import Port, Seconds, Section

__all__ = ["GatewayConfig"]


class GatewayConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The gateway or TWS, and how long we wait for it."""

    host: str = "127.0.0.1"
    """Name or address."""
    port: Port = 4002
    """TWS live 7496, TWS paper 7497, Gateway live 4001, Gateway paper 4002."""
    client_id: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 47
    """Unique per gateway while connected; neither 0 nor the gateway's master id."""
    client_id_pool: Annotated[int, msgspec.Meta(ge=0, le=30)] = 3
    """So many ids after `client_id` are reserved for data: used while that one is taken; the last one is
    `gateway-health`'s."""
    client_id_patience_s: Seconds = 30.0
    """A client id that is taken (326) is asked for again for this long, then a reserved one is used."""
    follow_port: bool = False
    """When the gateway says that its port has changed (1300), connect there; false: it is told, and `port` is tried."""
    max_server_version: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    """The highest protocol version asked for; 0: as high as the installed ibapi speaks. 200: no protobuf."""
    market_data_type: Literal[1, 2, 3, 4] = 1
    """The worst that is accepted: 1 live, 2 frozen, 3 delayed, 4 delayed-frozen."""
    connect_timeout_s: Seconds = 5.0
    """Until the TCP connection stands."""
    hello_timeout_s: Seconds = 10.0
    """From there until hello, nextValidId and managed accounts have come."""
    half_message_timeout_s: Seconds = 10.0
    """From the beginning of a message to its end; later, the stream cannot be followed and the connection is dead."""
    backoff_first_s: Seconds = 1.0
    """Wait before the first reconnection; doubled for each one that follows without a price in between."""
    backoff_limit_s: Seconds = 60.0
    """No wait is longer than this, but for a tenth that chance adds."""
    probe_after_s: Seconds = 15.0
    """A connection that has brought nothing for so long is asked for the time."""
    probe_answer_s: Seconds = 5.0
    """If nothing comes within this, the connection is `suspect` and asked again."""
    probe_limit_s: Seconds = 30.0
    """A connection that has brought nothing for so long is dead."""
    clock_period_s: Seconds = 300.0
    """The gateway's clock is compared with this machine's this often."""
    clock_skew_limit_s: Seconds = 2.0
    """Clocks that are further apart than this are an episode."""
    link_settle_s: Seconds = 1.0
    """A price this soon after 1100 was on its way before it, and does not prove the link to be back."""
    link_verify_s: Seconds = 15.0
    """After 1101 or 1102, with every market closed, no price can prove the link; it counts as back after this."""
    farm_settle_s: Seconds = 15.0
    """A data farm's outage is over when it has been well for this long; what flaps is one outage."""
    region: Literal["north_america", "europe", "asia"] = "north_america"
    """Where the account's servers stand: an outage in the reset times of IB there is expected."""
    outage_critical_s: Seconds = 300.0
    """An outage of the gateway that lasts longer is critical."""
    reset_grace_s: Seconds = 600.0
    """One that began in, or runs into, a reset time becomes critical only this long after the end of that."""
    outbound_limit_bytes: Annotated[int, msgspec.Meta(ge=4096, le=1 << 26)] = 1 << 20
    """Requests that may wait for the socket; more means that the connection is dead."""
    outbound_deadline_s: Seconds = 5.0
    """The oldest waiting byte may be this old."""
    receive_bytes: Annotated[int, msgspec.Meta(ge=4096, le=1 << 24)] = 1 << 18
    """At most this much is taken from the socket at once."""
