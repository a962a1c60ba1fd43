"""The command `tickring`: run the feed, look at it and give it orders, from a terminal or a script.

What looks opens one `QuoteReader` and never writes, so looking cannot hurt the feed; orders go through the supervisor's
control socket. Needs the extra `service` (typer, rich); `tickring.cli.main` says so where they are missing. docs/cli.md
describes every command.
"""
