"""`tickring status`: how the service is, asked of its supervisor, or read from what a dead one has left."""
