"""Promises of the native core's headers that need two steps in an unlucky order, each shown by a small C program."""

from __future__ import annotations

import pytest

from tests.native_build import compile_c, run

pytestmark = pytest.mark.timeout(170)  # seconds alone, but they compile, and machines are busy

FIXTURE = ["scene.c", "numbered_quote.c", "anonymous_segment.c"]


@pytest.mark.parametrize("promise", ["mode_switch", "state_only"])
def test_promise_is_kept(tmp_path_factory: pytest.TempPathFactory, promise: str) -> None:
    """No price of one kind of account under another's name; a state-only record keeps the values before it."""
    done = run(compile_c(tmp_path_factory, [f"{promise}.c", *FIXTURE], ["-O0"]))
    assert done.returncode == 0, done.stdout
