"""What failed beside all others is found again, and many failures are no coincidence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tools import again_alone

if TYPE_CHECKING:
    from pathlib import Path


def test_failed_tests_are_those_that_pytest_remembers(tmp_path: Path) -> None:
    """Its cache names them; without one there are none."""
    cache = tmp_path / "lastfailed"
    assert again_alone.failed_last(cache) == []
    cache.write_text(json.dumps({"tests/test_b.py::test_x[1]": True, "tests/test_a.py::test_y": True}))
    assert again_alone.failed_last(cache) == ["tests/test_a.py::test_y", "tests/test_b.py::test_x[1]"]


@pytest.mark.parametrize("count", [0, again_alone.MOST + 1])
def test_many_failures_are_not_run_again(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Nor is nothing: exit code 1 either way."""
    monkeypatch.setattr(again_alone, "failed_last", lambda: [f"t{n}" for n in range(count)])
    assert again_alone.main([]) == 1
