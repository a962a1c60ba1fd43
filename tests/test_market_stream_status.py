"""The eight figures of a dashboard, from the words and the feeder's status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tickring.feeder_status import FeederStatus, LastError
from tickring.market_stream_status import market_stream_status
from tickring.stream_words import StreamWords, all_stream_words

if TYPE_CHECKING:
    from tickring.market_stream_status import MarketStreamStatus

NOW_NS = 1_780_000_000_000_000_000
MONO_NS = 500_000_000_000
WORDS = {words.code: words for words in all_stream_words()}
ERROR = LastError(code=2103, text="broken", at="2026-05-28T00:00:00.000000Z")


@dataclass
class Given:
    """A feeder's figures with one moment."""

    words: StreamWords
    feeder: FeederStatus | None

    def status(self) -> MarketStreamStatus:
        """What is derived."""
        return market_stream_status(self.words, self.feeder, stale_threshold_s=30.0, now_ns=NOW_NS, now_mono_ns=MONO_NS)


def feeder(age_s: float | None = 1.0, *, in_session: bool | None = True, confirmed: int = 3) -> FeederStatus:
    """Three symbols, the newest price so long ago."""
    last_ns = 0 if age_s is None else MONO_NS - round(age_s * 1e9)
    return FeederStatus(
        epoch=1,
        pid=1,
        written_at="",
        desired=3,
        confirmed=confirmed,
        in_session=in_session,
        last_data_mono_ns=last_ns,
        reconnect_attempts=2,
        last_error=ERROR,
    )


def test_a_good_stream() -> None:
    """Connected, streaming, not stale; when the newest price came, on the wall clock."""
    status = Given(WORDS["streaming"], feeder(1.5)).status()
    assert (status.connected, status.mode, status.stale) == (True, "STREAM", False)
    assert status.last_tick_ts == "2026-05-28T20:26:38.500000Z"
    assert (status.subscriptions, status.reconnect_attempts, status.last_error) == (3, 2, ERROR)


def test_no_price_within_the_threshold_is_stale_in_session_only() -> None:
    """Older than the threshold, or never: stale; a closed market has no prices and is not."""
    assert Given(WORDS["streaming"], feeder(30.5)).status().stale
    assert Given(WORDS["streaming"], feeder(None)).status().stale
    assert not Given(WORDS["closed"], feeder(40_000.0, in_session=False)).status().stale


def test_without_a_feeder_nothing_is_claimed() -> None:
    """No segment: not connected, no tick, no subscription."""
    status = Given(WORDS["no_segment"], None).status()
    assert (status.connected, status.stale, status.last_tick_ts, status.subscriptions) == (False, False, None, 0)


@given(
    st.sampled_from(all_stream_words()),
    st.one_of(st.none(), st.floats(0.0, 400.0)),
    st.sampled_from([True, False, None]),
    st.integers(0, 3),
)
def test_it_never_contradicts_the_words(
    words: StreamWords, age_s: float | None, in_session: bool | None, confirmed: int
) -> None:
    """Connected and mode are the table's; what the table calls stale is stale; nothing that is off is."""
    status = Given(words, feeder(age_s, in_session=in_session, confirmed=confirmed)).status()
    assert status.connected is (words.status == "connected")
    assert status.mode == words.mode
    assert status.stale or words.health != "stale"
    if words.health == "not_running":
        assert not status.stale
