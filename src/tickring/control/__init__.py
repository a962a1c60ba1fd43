"""The supervisor's control socket, as both ends see it: messages, frames, client."""
