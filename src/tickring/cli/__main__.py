"""`python -m tickring.cli`: the same as the command `tickring`."""

from tickring.cli.main import main

main()
