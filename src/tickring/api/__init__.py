"""The HTTP side of the house: shows the stream to browsers and other machines, starts and stops it.

Sees `tickring.reader`, the database and the control messages, never the feeder, the planner or the supervisor. Hands on
nothing, because whatever lies here needs FastAPI: `tickring.api.app.create_app`, `tickring.api.process.main`.
"""
