"""The service against its own OpenAPI: whatever a fuzzer sends, the answer is one that the document tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.api_rig import ApiRig, own_feed
from tests.test_api_routes import fill
from tickring.positions import Position, write_positions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import Case

schemathesis = pytest.importorskip("schemathesis")

_EXAMPLES = 8
"""Of good values and as many of bad ones, for each operation."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiRig]:
    """A service with a feed, a database and positions; no supervisor, so orders end in 503."""
    place = tmp_path_factory.mktemp("fuzzed")
    fill(place / "desk.db")
    with own_feed() as feed:
        feed.stream("SPY", "bid", 601.12, "ask", 601.13)
        feed.say_data_flows()
        held = Position(account="SIM1", symbol="SPY", quantity=10, currency="USD", average_cost=1.0)
        write_positions(feed.name, [held])
        with ApiRig(feed.name, place) as rig:
            yield rig.wait_up()


@pytest.mark.slow
def test_no_value_brings_an_answer_of_another_form_or_a_server_error(api: ApiRig) -> None:
    """Every operation with good values and with bad ones: status, type, headers and body as OpenAPI tells, no 500."""
    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{api.port}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= 20
    asked = {operation.label: fuzz(operation, api) for operation in operations}
    assert min(asked.values()) >= 1
    assert sum(asked.values()) >= 10 * _EXAMPLES
    assert "Traceback" not in api.log


def fuzz(operation: Any, api: ApiRig) -> int:
    """Send it generated values and check each answer; return how many were sent."""
    from schemathesis import GenerationMode
    from schemathesis.specs.openapi import checks

    sent = 0
    rules = [
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_headers_conformance,
        checks.response_schema_conformance,
    ]

    def try_one(case: Case[Any]) -> None:
        nonlocal sent
        sent += 1
        answer = case.call(headers=api.with_token)
        assert answer.status_code < 500 or answer.status_code == 503, (case.as_curl_command()[:500], answer.text)
        case.validate_response(answer, checks=rules)

    limits = settings(
        max_examples=_EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    modes = [GenerationMode.POSITIVE]
    if operation.body or operation.query:  # else hardly a value is bad
        modes.append(GenerationMode.NEGATIVE)
    for mode in modes:
        seed(7)(limits(given(case=operation.as_strategy(generation_mode=mode))(try_one)))()
    return sent
