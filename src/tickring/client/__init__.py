"""Quotes over the network, for hosts without the segment. Needs httpx and websockets: extra `client`.

from tickring.client import Client

with Client("http://desk:8765", token="...", api_mode="paper") as client:
    for quote in client.follow(["SPY", "QQQ"]):
        print(quote.symbol, quote.verdict, quote.bid, quote.ask)

Where the segment is, `tickring.reader` needs no service, and a read there is no request at all.
"""

from tickring.client.async_client import AsyncClient
from tickring.client.async_follow import AsyncFollow
from tickring.client.documents import RunStarted, RunStopped, ServiceStatus, StreamWord
from tickring.client.remote_quote import RemoteQuote
from tickring.client.sync_client import Client
from tickring.client.sync_follow import Follow
from tickring.client.timing import ClientTiming

__all__ = [
    "AsyncClient",
    "AsyncFollow",
    "Client",
    "ClientTiming",
    "Follow",
    "RemoteQuote",
    "RunStarted",
    "RunStopped",
    "ServiceStatus",
    "StreamWord",
]
