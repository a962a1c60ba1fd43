"""After a test run with failures: run what failed once more, alone, and let that count.

    python -m tools.again_alone [pytest's options]

Hundreds of tests watch real processes against deadlines. Beside thousands of others on a small machine one of them may
come too late; alone it has the machine for itself. A fault fails again. Both runs stay on the screen, so that a test
that needs this often is seen and mended. More than a few failures are no coincidence and are not run again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

__all__ = ["failed_last", "main"]

MOST = 8
_CACHE = Path(__file__).parent.parent / ".pytest_cache" / "v" / "cache" / "lastfailed"


def failed_last(path: Path = _CACHE) -> list[str]:
    """Return the tests that failed in the run before, as pytest remembers them."""
    try:
        return sorted(json.loads(path.read_text()))
    except FileNotFoundError:
        return []


def main(options: list[str]) -> int:
    """Return the exit code: that of the second run, or 1 where there is none."""
    failed = failed_last()
    if not 0 < len(failed) <= MOST:
        sys.stdout.write(f"{len(failed)} tests failed: not run again\n")
        return 1
    sys.stdout.write(f"\n== {len(failed)} of all tests failed beside the others; once more, alone:\n")
    sys.stdout.writelines(f"   {name}\n" for name in failed)
    sys.stdout.flush()
    return int(pytest.main(["-p", "no:xdist", *options, *failed]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
