"""One true top-of-book quote per symbol for every process of a trading desk's machine.

Nothing is imported here: a risk engine that wants `tickring.reader` must not pay for the service. Start at
`tickring.reader` (read quotes), `tickring.feeder` (write them) or `tickring.supervisor` (own a segment).
"""
