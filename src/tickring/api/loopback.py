"""Whether an address is this machine's own, which nobody else can reach."""

from __future__ import annotations

import ipaddress

__all__ = ["address_in", "is_loopback"]


def address_in(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a text is, brackets or not; None for a name."""
    try:
        return ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach what listens there: 127.0.0.0/8, ::1, `localhost`."""
    address = address_in(host)
    return host.lower() == "localhost" if address is None else address.is_loopback
