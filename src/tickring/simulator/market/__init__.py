"""The market behind the gateway: listings, prices, sessions, bars; the same for the same seed."""
