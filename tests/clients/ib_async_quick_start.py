"""What ib_async's README tells newcomers to write, with a result that a test can read: one JSON object.

Arguments: host, port, client id.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

import json
import sys

from ib_async import IB, Stock

ib = IB()
ib.connect(sys.argv[1], int(sys.argv[2]), clientId=int(sys.argv[3]))

contract = Stock("AAPL", "SMART", "USD")
ib.qualifyContracts(contract)

ticker = ib.reqMktData(contract)
bids = []
for _ in range(10):
    ib.sleep(0.25)
    bids.append(ticker.bid)

other = Stock("MSFT", "SMART", "USD", primaryExchange="NASDAQ")
ib.qualifyContracts(other)
(detached,) = ib.reqTickers(other)

bars = ib.reqHistoricalData(
    contract,
    endDateTime="",
    durationStr="5 D",
    barSizeSetting="1 hour",
    whatToShow="TRADES",
    useRTH=True,
)

json.dump(
    {
        "con_id": contract.conId,
        "bids": bids,
        "ask": ticker.ask,
        "last": ticker.last,
        "close": ticker.close,
        "snapshot": [detached.bid, detached.ask],
        "bars": [[str(bar.date), bar.open, bar.high, bar.low, bar.close, bar.volume] for bar in bars],
        "positions": {position.contract.symbol: position.position for position in ib.positions()},
        "net_liquidation": [value.value for value in ib.accountSummary() if value.tag == "NetLiquidation"],
        "is_connected": ib.isConnected(),
    },
    sys.stdout,
)
ib.disconnect()
