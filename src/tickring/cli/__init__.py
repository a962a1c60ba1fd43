"""The command `tickring`: look at a segment from a terminal or a script.

Reads and never writes: every command opens one `QuoteReader`, so looking cannot hurt the feed. Needs the extra
`service` (typer, rich); `tickring.cli.main` says so where they are missing. docs/cli.md describes every command.
"""
