"""Install the gateway's clients that the tests run, each in a directory of its own."""
