"""A gateway that speaks the TWS protocol on a loopback port and misbehaves on demand.

For tests of any client of Interactive Brokers' API, for demonstrations, and for `make run`. `tickring simulator` starts
it, `tickring.simulator.testing` has a pytest fixture, docs/simulator.md has every fault.
"""
