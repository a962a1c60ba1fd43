"""The gateway itself: sessions of clients, their requests and subscriptions, its faults."""
