"""Telling the simulator what to do: the control channel, timeline files, captures."""
