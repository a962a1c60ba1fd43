"""Commands about what shall be streamed: projects, themes, snapshots, contracts, the database, and the set."""
