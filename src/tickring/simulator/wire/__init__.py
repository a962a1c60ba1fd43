"""Messages of the TWS protocol: what they say (requests, replies) and the bytes they are."""
