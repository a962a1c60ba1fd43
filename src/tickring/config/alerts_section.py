"""The alerts' section of the configuration: where they go, when they are told, and how often it is tried."""

from typing import Annotated, Literal

import msgspec

from tickring.config.section import LongSeconds, Seconds, Section

__all__ = ["AlertsConfig"]

_SecondsOrNone = Annotated[float, msgspec.Meta(ge=0, le=86_400)]


class AlertsConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is told what goes wrong. Without an address nobody is, and no alerter runs."""

    telegram_chat_id: str = ""
    """Telegram: the chat that is written to, a number or `@channel`; empty: no Telegram."""
    telegram_token_file: str = ""
    """Telegram: holds the bot's token. A credential of the service by its name, or a file."""
    telegram_url: str = "https://api.telegram.org"
    """Telegram: where its API is; another one for a server of your own."""
    webhook_url: str = ""
    """Each alert goes there as JSON by POST; `file:NAME`: the address stands in that credential or file."""
    webhook_token_file: str = ""
    """Webhook: holds the bearer token to send, a credential or a file; empty: none is sent."""
    apprise_file: str = ""
    """Other services: a credential or a file with one address of apprise a line; needs 'tickring[alerts]'."""
    least_severity: Literal["info", "warning", "critical"] = "warning"
    """Nothing below it is told."""
    hold_s: _SecondsOrNone = 0.0
    """What is not critical is told once it has lasted so long, or has come back; 0: at once."""
    settle_s: _SecondsOrNone = 30.0
    """The end is told when the fault has stayed away for so long; until then it is the same alert."""
    flap_s: Seconds = 600.0
    """The same after a fault that came back: its comings and goings within this are one alert."""
    remind_first_s: Seconds = 900.0
    """From the first message to the first reminder."""
    remind_factor: Annotated[float, msgspec.Meta(ge=1, le=100)] = 2.0
    """Each wait for a reminder is so many times the one before."""
    remind_limit_s: LongSeconds = 86_400.0
    """No wait is longer than this."""
    symbols_max: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 5
    """So many symbols with the same fault are told one by one; the others together."""
    orphan_s: Seconds = 120.0
    """After the supervisor was started anew a fault that has not shown again for so long counts as over."""
    maintenance: tuple[str, ...] = ()
    """When faults are expected: `Sat,Sun 00:00-24:00 UTC`, `23:45-00:45 America/New_York`. Only critical is told."""
    runbook_url: str = "docs/runbook.md"
    """What the links in messages begin with; `#` and the kind follow."""
    poll_s: Seconds = 1.0
    """The supervisor is asked for news this often."""
    supervisor_timeout_s: Seconds = 2.0
    """Its answer is waited for so long."""
    supervisor_limit_s: Seconds = 30.0
    """A supervisor that has not answered for so long is an alert itself."""
    timeout_s: Seconds = 15.0
    """One message may take so long, from connecting to the whole answer."""
    retry_first_s: Seconds = 2.0
    """After a message that did not arrive the next try comes after this, then after twice as long."""
    retry_limit_s: Seconds = 300.0
    """No wait is longer than this, unless the other side asks for more."""
    queue_max: Annotated[int, msgspec.Meta(ge=10, le=100_000)] = 1000
    """Messages that wait; beyond it reminders go first, then the least severe; what is critical never goes."""
    keep_s: LongSeconds = 259_200.0
    """What could not be delivered for so long is given up; three days span a weekend."""
    stop_timeout_s: _SecondsOrNone = 1.0
    """At its end the alerter goes on delivering for so long; what is left waits on the disk."""
    ping_url: str = ""
    """A dead-man's switch: asked by GET while all is well, `file:NAME` as above; empty: none."""
    ping_period_s: Seconds = 60.0
    """Asked this often."""
