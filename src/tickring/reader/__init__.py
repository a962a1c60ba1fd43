"""Read quotes: map a segment read-only and never get a price without a verdict.

from tickring.reader import QuoteReader

with QuoteReader.open("demo", api_mode="mock") as reader:
    quote = reader["SPY"]
    print(quote.verdict, quote.bid, quote.ask)
"""

from tickring._core import Batch, Handle, Quote
from tickring.reader.follow import Follow
from tickring.reader.quote_reader import QuoteReader
from tickring.reader.status import ReaderStatus
from tickring.states import ApiMode, Connection, DataType, QuoteState, RunState, Source
from tickring.valuation import Unpriced, Valuation
from tickring.verdict import GOOD, Reason, Verdict

__all__ = [
    "GOOD",
    "ApiMode",
    "Batch",
    "Connection",
    "DataType",
    "Follow",
    "Handle",
    "Quote",
    "QuoteReader",
    "QuoteState",
    "ReaderStatus",
    "Reason",
    "RunState",
    "Source",
    "Unpriced",
    "Valuation",
    "Verdict",
]
