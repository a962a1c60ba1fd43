"""The HTTP side of the house: starts, stops and shows the stream.

Sees `tickring.reader` and the control messages, never the feeder or the supervisor. The service lands here with its own
release; until then the package hands on nothing.
"""
