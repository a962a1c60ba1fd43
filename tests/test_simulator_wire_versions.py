"""The named server versions are those of the clients' own tables."""

from __future__ import annotations

import re

import pytest

from tests.clients.environments import IBAPI_9, IBAPI_10_46, IBAPI_10_51, directory
from tickring.simulator.wire import versions


def table_of(client: str) -> dict[str, int]:
    """Names without their prefix, as the client's server_versions.py assigns them."""
    text = (directory(client) / "ibapi" / "server_versions.py").read_text()
    return {name: int(number) for name, number in re.findall(r"^MIN_SERVER_VER_(\w+)\s*=\s*(\d+)", text, re.MULTILINE)}


@pytest.mark.parametrize("client", [IBAPI_10_46, IBAPI_10_51])
def test_every_named_version_is_the_one_the_client_has_under_that_name(client: str) -> None:
    """All but the limits of the simulator itself."""
    theirs = table_of(client)
    ours = {
        name: getattr(versions, name) for name in versions.__all__ if name not in {"LOWEST", "HIGHEST", "negotiate"}
    }
    assert ours == {name: theirs.get(name) for name in ours}


def test_the_lowest_version_is_all_that_the_oldest_client_knows() -> None:
    """Its table ends there."""
    assert max(table_of(IBAPI_9).values()) == versions.LOWEST
