"""Servers and clients of bench/api.py."""
