"""All contenders, in the order the tables name them."""

from bench._contenders import (
    iceoryx2_blackboard,
    json_files,
    lmdb_map,
    manager_dict,
    redis_server,
    struct_seqlock,
    tickring_segment,
    ultradict_stream,
    unix_socket,
)
from bench._contenders.contract import Contender
from bench._contenders.gateway_clients import GATEWAY_CLIENTS

__all__ = ["CONTENDERS", "GATEWAY_CLIENTS", "contender"]

CONTENDERS: list[Contender] = [
    tickring_segment.CONTENDER,
    struct_seqlock.CONTENDER,
    iceoryx2_blackboard.CONTENDER,
    lmdb_map.CONTENDER,
    *redis_server.CONTENDERS,
    json_files.CONTENDER,
    ultradict_stream.CONTENDER,
    manager_dict.CONTENDER,
    unix_socket.CONTENDER,
]


def contender(name: str) -> Contender:
    """Return the contender of that name."""
    return next(known for known in CONTENDERS if known.name == name)
