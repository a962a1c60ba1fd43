"""The alerter: tells people what goes wrong, once, in words, with the next step.

A process of its own that asks the supervisor for episodes and writes to Telegram and other addresses. Nothing else
waits for it, and nothing that does not answer ends it.
"""
