"""One name, listed twice: two contracts fit."""

from __future__ import annotations

__all__ = ["TWINS"]

TWINS = """
[[listing]]
symbol = "TWIN"
primary_exchange = "NYSE"
price = 10.0
con_id = 11
[[listing]]
symbol = "TWIN"
primary_exchange = "ARCA"
price = 20.0
con_id = 12
"""
"""For a simulator's file of listings."""
