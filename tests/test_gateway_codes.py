"""The table of the gateway's codes: complete, readable, the same for feeder, command line and page."""

from __future__ import annotations

import json

import pytest

from tests.cli_runs import run
from tickring.gateway_codes import GATEWAY_CODES, OWN, Reaction, code_of
from tools.gateway_codes_page import PAGE, page

# Every code that requirements and protocol name, with the class of its reaction.
ASKED_FOR = {
    Reaction.INFO: (165, 202, 300, 366, 399, 2105, 2106, 2107, 2108, 2109, 2119, 2137, 2148, 2157, 2158, 2169),
    Reaction.ADVISORY: (10090, 10167),
    Reaction.NO_PERMISSION: (354, 10089, 10091, 10168, 10186),
    Reaction.COMPETING: (10197,),
    Reaction.UNRESOLVED: (200,),
    Reaction.NO_LINE: (101,),
    Reaction.PACING: (100,),
    Reaction.HISTORY: (162,),
    Reaction.REFUSED: (320, 321, 420, 10189, 10190),
    Reaction.AGAIN: (102, 322),
    Reaction.LINK_DOWN: (1100, 2110),
    Reaction.LINK_UP_LOST: (1101,),
    Reaction.LINK_UP_KEPT: (1102,),
    Reaction.FARM_DOWN: (2103,),
    Reaction.FARM_UP: (2104,),
    Reaction.ID_TAKEN: (326,),
    Reaction.LOST: (502, 504, 507),
    Reaction.PORT_MOVED: (1300,),
    Reaction.NOTE: (103, 110, 201, 203, 309, 316, 317, 460, 503, 10147, 10148, 10182, 10225),
}


@pytest.mark.parametrize(("code", "reaction"), [(code, one) for one, codes in ASKED_FOR.items() for code in codes])
def test_every_code_has_its_reaction(code: int, reaction: Reaction) -> None:
    """A code that users meet is in the table, with what it asks of the feeder."""
    assert GATEWAY_CODES[code].reaction is reaction


def test_every_row_reads_as_a_sentence() -> None:
    """Something to read in every row, nothing that breaks the page's table, one row a code, in order."""
    for code, row in GATEWAY_CODES.items():
        assert row.code == code
        assert row.meaning
        assert row.feeder
        assert not any(text.endswith(".") or "|" in text or "\n" in text for text in row[2:]), row
    assert list(GATEWAY_CODES) == sorted(GATEWAY_CODES)


def test_an_unknown_code_is_noted() -> None:
    """It is advisory: whether its request lives shows by its ticks."""
    assert (code_of(424242).code, code_of(424242).reaction) == (424242, Reaction.NOTE)
    assert OWN not in GATEWAY_CODES


def test_the_page_is_of_this_table() -> None:
    """docs/gateway-codes.md says what the code does."""
    assert PAGE.read_text() == page(), "run `python -m tools.gateway_codes_page`"


def test_explain_tells_one_code() -> None:
    """Meaning, reaction and next step, for people and for scripts."""
    told = run("explain", "10197")
    assert told.returncode == 0
    assert "another session of this user" in told.stdout
    assert "log the other session out" in told.stdout
    assert json.loads(run("explain", "10197", "--json").stdout)["reaction"] == "competing"


def test_explain_without_a_code_tells_all() -> None:
    """One row a code."""
    assert [row["code"] for row in json.loads(run("explain", "--json").stdout)] == list(GATEWAY_CODES)


def test_explain_of_an_unknown_code_says_so() -> None:
    """Exit code 1, and what to do."""
    told = run("explain", "424242")
    assert told.returncode == 1
    assert "not known here" in told.stdout
