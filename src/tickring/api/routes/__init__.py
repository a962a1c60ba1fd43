"""The routes by subject; each module has one `router`."""
