"""What the settings of the alerts must be together, beyond the range of each."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from tickring.config.structs import Config

__all__ = ["of_alerts"]

_CHAT = re.compile(r"-?\d{1,20}|@\w{1,64}")
_FILE = "file:"


def of_alerts(config: Config) -> Iterator[tuple[str, str]]:
    """Return setting and fault of everything under [alerts] that does not fit together."""
    alerts = config.alerts
    if alerts.telegram_chat_id and not _CHAT.fullmatch(alerts.telegram_chat_id):
        yield "alerts.telegram_chat_id", f"is {alerts.telegram_chat_id!r}, must be a number or @channel"
    if alerts.telegram_chat_id and not alerts.telegram_token_file:
        yield "alerts.telegram_token_file", "is empty, but alerts.telegram_chat_id is not: name the bot token's file"
    if alerts.telegram_token_file and not alerts.telegram_chat_id:
        yield "alerts.telegram_chat_id", "is empty, but alerts.telegram_token_file is not: name the chat"
    urls = {"telegram_url": alerts.telegram_url, "webhook_url": alerts.webhook_url, "ping_url": alerts.ping_url}
    for key, url in urls.items():
        fault = _fault_of(url, may_be_file=key != "telegram_url")
        if fault:
            yield f"alerts.{key}", fault
    if alerts.maintenance:
        yield from _of_maintenance(alerts.maintenance)
    pairs = (
        ("retry", alerts.retry_first_s, alerts.retry_limit_s),
        ("remind", alerts.remind_first_s, alerts.remind_limit_s),
    )
    for word, first_s, limit_s in pairs:
        if first_s > limit_s:
            yield f"alerts.{word}_first_s", f"is {first_s:g}, more than alerts.{word}_limit_s ({limit_s:g})"


def _of_maintenance(texts: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    from tickring.maintenance_windows import WindowUnreadable, parse_window  # time zones: few need them at a start

    for text in texts:
        try:
            parse_window(text)
        except WindowUnreadable as error:
            yield "alerts.maintenance", f"has {text!r}, which {error}"


def _fault_of(url: str, *, may_be_file: bool) -> str:
    """Return what is wrong with an address, without the address: it may hold a secret."""
    if not url or (may_be_file and url.startswith(_FILE) and len(url) > len(_FILE)):
        return "" if url or may_be_file else "is empty, must begin with http:// or https:// and a host"
    try:
        parts = urlsplit(url)
        is_fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_fine = False
    more = ", or be file:NAME" if may_be_file else ""
    return "" if is_fine else f"must begin with http:// or https:// and a host{more}"
