"""Write docs/gateway-codes.md from the table in the code: `python -m tools.gateway_codes_page`."""

from pathlib import Path

from tickring.gateway_codes import GATEWAY_CODES

__all__ = ["PAGE", "page"]

PAGE = Path(__file__).parents[1] / "docs" / "gateway-codes.md"
_HEAD = """# The gateway's codes

Made from `src/tickring/gateway_codes.py` by `python -m tools.gateway_codes_page`; `tickring explain CODE` tells the
same. Codes are hints, data is proof: no code alone makes a quote good. A code that is not listed is counted and kept
as the last error.

| code | means | the feeder | you |
|---|---|---|---|
"""


def page() -> str:
    """Return the page's text."""
    rows = [f"| {row.code} | {row.meaning} | {row.feeder} | {row.advice or '-'} |\n" for row in GATEWAY_CODES.values()]
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page())
