"""Names and kinds of account at open: what is taken, what is refused, and how long to wait."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.openers import OPENERS, SMALL, sound_segment
from tickring import _core
from tickring.errors import (
    ApiModeMismatch,
    InvalidName,
    SegmentNotFound,
    SegmentNotReady,
    SegmentSizeMismatch,
)
from tickring.feeder import SegmentWriter
from tickring.names import SegmentPaths
from tickring.reader import QuoteReader
from tickring.states import ApiMode
from tickring.supervisor import SegmentHost

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("operator", "gateway", "found"), [("mock", None, "mock"), ("live", "paper", "paper"), ("paper", "live", "paper")]
)
def test_prices_of_another_kind_of_account_are_refused_at_open(
    segment_name: str, operator: str, gateway: str | None, found: str
) -> None:
    """A reader for live prices opens no other segment, whoever says that it is one, and is told how it could."""
    with SegmentHost.open(segment_name, limits=SMALL, api_mode=operator) as host:
        if gateway is not None:
            with SegmentWriter.attach(segment_name, epoch=host.grant_epoch()) as writer:
                writer.set_line(api_mode=gateway)
        with pytest.raises(ApiModeMismatch, match=f"open it with api_mode='{found}' if that is meant") as caught:
            QuoteReader.open(segment_name)
        assert (caught.value.found, caught.value.accepted) == (ApiMode(found), (ApiMode.LIVE,))
        assert caught.value.path == str(host.paths.segment)
        for accepted in (["live", found], {ApiMode.LIVE, ApiMode.PAPER, ApiMode.MOCK}, "any"):
            QuoteReader.open(segment_name, api_mode=accepted).close()


def test_a_kind_that_nobody_has_named_yet_is_no_mismatch(segment_name: str) -> None:
    """Before the gateway has named its accounts a reader for what the operator configured opens."""
    with SegmentHost.open(segment_name, limits=SMALL, api_mode="live"):
        with QuoteReader.open(segment_name) as reader:
            assert reader.status().api_mode is ApiMode.LIVE
            assert reader.status().gateway_api_mode is ApiMode.UNKNOWN
        with pytest.raises(ApiModeMismatch):
            QuoteReader.open(segment_name, api_mode="paper")


@pytest.mark.parametrize("api_mode", ["unknown", "Live", "", "live,paper", [], ["live", "unknown"], ["live", "x"]])
def test_a_kind_of_account_that_is_none_is_refused(segment_name: str, api_mode: str | list[str]) -> None:
    """A misspelt kind is an error of the caller, and `unknown` is never accepted."""
    sound_segment(segment_name)
    with pytest.raises(ValueError, match="api_mode is "):
        QuoteReader.open(segment_name, api_mode=api_mode)


@pytest.mark.parametrize("said", ["unknown", "Live", "any", ""])
def test_a_host_takes_a_kind_of_account_that_is_one(segment_name: str, said: str) -> None:
    """The operator's word is one of the kinds; `unknown` is a word, the others are refused before anything is made."""
    if said == "unknown":
        SegmentHost.open(segment_name, limits=SMALL, api_mode=said).close()
        return
    with pytest.raises(ValueError, match="is not a valid ApiMode"):
        SegmentHost.open(segment_name, limits=SMALL, api_mode=said)
    assert not SegmentPaths.of(segment_name).segment.exists()


BAD_NAMES = ["", ".", "..", ".hidden", "-x", "a b", "a\n", "x" * 64, "ä", "a:b", "a\\b", "a\x00b"]


@pytest.mark.parametrize("opener", [*OPENERS, "host"])
@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_is_none_is_refused(opener: str, name: str) -> None:
    """A segment name is 1-63 plain characters; the error says the value and the rule."""
    openers: dict[str, Callable[[str], object]] = {**OPENERS, "host": SegmentHost.open}
    with pytest.raises(InvalidName, match="use 1-63 letters, digits") as caught:
        openers[opener](name)
    assert repr(name) in str(caught.value)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("name", ["a", "_", "9", "A.b-c_d", "x" * 63])
def test_a_name_is_a_directory_in_shared_memory(name: str) -> None:
    """`demo` is /dev/shm/tickring-demo, and a text with a slash is the directory itself."""
    assert str(SegmentPaths.of(name).segment) == f"/dev/shm/tickring-{name}/segment"
    assert str(SegmentPaths.of(f"/run/{name}").segment) == f"/run/{name}/segment"


# ---- waiting ---------------------------------------------------------------------------------------------------------


def test_a_reader_can_wait_for_its_segment(segment_name: str) -> None:
    """With `wait_s` a reader that is started first opens as soon as the segment stands."""
    opened: list[QuoteReader] = []
    thread = threading.Thread(
        target=lambda: opened.append(QuoteReader.open(segment_name, api_mode="any", wait_s=50.0)), daemon=True
    )
    thread.start()
    assert not opened
    with SegmentHost.open(segment_name, limits=SMALL):
        thread.join()
        assert opened[0].is_open
        opened[0].close()


def test_a_reader_can_wait_for_its_segment_to_get_ready(segment_name: str) -> None:
    """A file that its creator has not finished is waited for as one that is not there."""
    segment = sound_segment(segment_name)
    segment.write_bytes(bytes(segment.stat().st_size))
    with pytest.raises(SegmentNotReady):
        QuoteReader.open(segment_name, api_mode="any", wait_s=0.05)
    opened: list[QuoteReader] = []
    thread = threading.Thread(
        target=lambda: opened.append(QuoteReader.open(segment_name, api_mode="any", wait_s=50.0)), daemon=True
    )
    thread.start()
    with SegmentHost.open(segment_name, limits=SMALL):
        thread.join()
        opened[0].close()


def test_a_reader_waits_as_long_as_it_was_told(segment_name: str) -> None:
    """Nothing came: the error is the same as without waiting, and not before the time is up."""
    started = time.monotonic()
    with pytest.raises(SegmentNotFound):
        QuoteReader.open(segment_name, wait_s=0.15)
    assert time.monotonic() - started >= 0.15


def test_what_waiting_cannot_mend_is_told_at_once(segment_name: str) -> None:
    """A damaged file, another kind of account or a bad name is an error although the caller would wait for an hour."""
    segment = sound_segment(segment_name)
    with pytest.raises(ApiModeMismatch):
        QuoteReader.open(segment_name, api_mode="mock", wait_s=3600.0)
    with pytest.raises(InvalidName):
        QuoteReader.open("a b", wait_s=3600.0)
    with segment.open("ab") as file:
        file.write(bytes(_core.HEADER_BYTES))
    with pytest.raises(SegmentSizeMismatch):
        QuoteReader.open(segment_name, wait_s=3600.0)
