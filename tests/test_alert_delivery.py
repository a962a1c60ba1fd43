"""From the queue to the server: errors, slowness, limits, secrets; over real sockets."""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.alert_notices import notice
from tests.telegram_server import CHAT, TOKEN, Order, TelegramServer
from tests.waiting import wait_until
from tickring.alerter.courier import Courier
from tickring.alerter.dead_man import DeadMan
from tickring.alerter.http_call import HttpCaller
from tickring.alerter.notice import Notice, NoticeEvent
from tickring.alerter.secrets import RedactingFormatter, Secrets, SecretUnreadable
from tickring.alerter.sinks.making import make_sinks
from tickring.alerter.sinks.sink import NotDelivered
from tickring.alerter.store import Kept, Store
from tickring.alerter.store_file import StoreFile
from tickring.alerter.trials import Trials, trial_notice
from tickring.config.structs import AlertsConfig
from tickring.iso_time import iso_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

QUICK = AlertsConfig(retry_first_s=0.05, retry_limit_s=0.2, timeout_s=2.0, telegram_chat_id=CHAT)


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    """The other side."""
    with TelegramServer() as server:
        yield server


class Desk:
    """A store and its couriers; ended afterwards."""

    def __init__(self, config: AlertsConfig, place: Path, telegram: TelegramServer) -> None:
        (place / "token").write_text(TOKEN)
        changes = {"telegram_url": telegram.url, "telegram_token_file": str(place / "token")}
        self.config = msgspec.structs.replace(config, **changes)
        self.secrets = Secrets("")
        self.store = Store(Kept(), queue_max=self.config.queue_max, keep_s=self.config.keep_s)
        self.trials = Trials()
        sinks = make_sinks(self.config, self.secrets)
        self.couriers = [Courier(sink, self.store, self.secrets, self.config, self.trials) for sink in sinks]
        for courier in self.couriers:
            courier.start()

    def put(self, *notices: Notice) -> None:
        """Queue messages for every address."""
        with self.store.lock:
            self.store.put(notices, [courier.name for courier in self.couriers], time.time_ns())

    def error(self) -> str:
        """What the first address says."""
        return self.couriers[0].status.last_error or ""

    def end(self) -> None:
        """End the threads."""
        for courier in self.couriers:
            courier.end()
        for courier in self.couriers:
            courier.join(20)


@pytest.fixture
def desk(tmp_path: Path, telegram: TelegramServer) -> Iterator[Callable[..., Desk]]:
    """Makes one with changed settings."""
    made: list[Desk] = []

    def make(**changes: object) -> Desk:
        made.append(Desk(msgspec.structs.replace(QUICK, **changes), tmp_path, telegram))
        return made[-1]

    yield make
    for one in made:
        one.end()


# ---- Telegram --------------------------------------------------------------------------------------------------------


def test_a_message_arrives_as_telegram_wants_it(desk: Callable[..., Desk], telegram: TelegramServer) -> None:
    """Plain text for the chat; what is only information, or good news, makes no noise."""
    desk().put(notice(1), notice(2, NoticeEvent.CLOSE))
    first, second = telegram.wait_for(2)
    assert first.body["chat_id"] == CHAT
    assert "parse_mode" not in first.body
    assert "WARNING: degraded (stream)" in first.text
    assert [first.body["disable_notification"], second.body["disable_notification"]] == [False, True]


def test_429_is_waited_for_as_long_as_the_server_says(desk: Callable[..., Desk], telegram: TelegramServer) -> None:
    """No try before, everything in order after."""
    telegram.orders = [Order(status=429, retry_after=1)]
    one = desk()
    one.put(notice(1), notice(2))
    received = telegram.wait_for(2)
    assert received[0].at_s - telegram.refused[0][0] >= 1.0
    assert [text.rpartition("[")[2] for text in telegram.told()] == ["m1]", "m2]"]
    assert len(telegram.refused) == 1


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(Order(status=500), id="500"),
        pytest.param(Order(status=502, body=b"<html>bad gateway</html>"), id="a page instead of JSON"),
        pytest.param(Order(is_dripping=True, body=b"{}"), id="an answer without an end"),
        pytest.param(Order(wait_s=3.0), id="too slow"),
        pytest.param(Order(is_cut=True), id="cut off"),
        pytest.param(Order(status=401), id="wrong token"),
    ],
)
def test_whatever_the_server_does_the_message_arrives(
    desk: Callable[..., Desk], telegram: TelegramServer, order: Order
) -> None:
    """At least once: what was sent without an answer is sent again, with the same mark."""
    telegram.orders = [order]
    one = desk(timeout_s=1.0)
    one.put(notice(1))
    wait_until(lambda: one.store.count_for("telegram") == 0, "it arrived", show=one.error)
    assert {text.rpartition("[")[2] for text in telegram.told()} == {"m1]"}


def test_one_that_is_refused_lets_the_others_go_first(desk: Callable[..., Desk], telegram: TelegramServer) -> None:
    """A message that nobody takes is in nobody's way, and is not lost either."""
    telegram.orders = [Order(status=400)]
    desk().put(notice(1, alert="a"), notice(2, alert="b"), notice(3, alert="c"))
    telegram.wait_for(3)
    assert [text.rpartition("[")[2] for text in telegram.told()] == ["m2]", "m3]", "m1]"]


def test_a_server_that_is_away_gets_everything_later(desk: Callable[..., Desk], telegram: TelegramServer) -> None:
    """In order, each with the time at which it was so; reminders of what is over by then are not told any more."""
    telegram.stop()
    one = desk()
    one.put(notice(1, at="2026-01-02T03:04:05.000000Z"), notice(2, NoticeEvent.REMINDER))
    wait_until(one.error, "it does not answer")
    one.put(notice(3, NoticeEvent.REMINDER), notice(4, NoticeEvent.CLOSE))
    telegram.start()
    telegram.wait_for(2)
    assert [text.rpartition("[")[2] for text in telegram.told()] == ["m1]", "m4]"]
    assert "2026-01-02 03:04:05 UTC, delivered " in telegram.told()[0]


# ---- other addresses -------------------------------------------------------------------------------------------------


def test_a_webhook_gets_the_facts_and_the_words(
    desk: Callable[..., Desk], telegram: TelegramServer, tmp_path: Path
) -> None:
    """As JSON, with the mark as idempotency key and the token as a bearer's; a dead Telegram holds nothing up."""
    (tmp_path / "bearer").write_text("hook-secret-token")
    (tmp_path / "url").write_text(f"{telegram.url}/hook/very-secret-path?key=1234567")
    one = desk(webhook_url=f"file:{tmp_path / 'url'}", webhook_token_file=str(tmp_path / "bearer"))
    telegram.always = Order(status=503)
    one.put(notice(1))
    wait_until(lambda: len(telegram.refused) >= 2, "both are refused")
    telegram.always = None
    telegram.wait_for(2)
    hook = next(one for one in telegram.received if one.path.startswith("/hook"))
    assert hook.path == "/hook/very-secret-path?key=1234567"
    assert hook.headers["Idempotency-Key"] == "m1"
    assert hook.headers["Authorization"] == "Bearer hook-secret-token"
    assert (hook.body["event"], hook.body["kind"], hook.body["title"]) == (
        "open",
        "degraded",
        "WARNING: degraded (stream) at ",
    )
    for courier in one.couriers:
        said = repr(courier.status)
        assert "very-secret-path" not in said
        assert "hook-secret-token" not in said
        assert TOKEN not in said


def test_a_dead_address_does_not_hold_up_another(desk: Callable[..., Desk], telegram: TelegramServer) -> None:
    """Each has its own thread and its own place in the queue."""
    one = desk(webhook_url=f"{telegram.url}/hook", timeout_s=60.0)
    telegram.orders = [Order(wait_s=60.0)]  # whichever comes first hangs
    one.put(notice(1), notice(2))
    wait_until(lambda: sum(one.store.count_for(courier.name) for courier in one.couriers) == 2, "two have arrived")
    assert {len(telegram.received), *(one.store.count_for(courier.name) for courier in one.couriers)} == {0, 2}
    telegram.stop()  # lets the one that hangs go


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what apprise imports
def test_apprise_delivers_to_what_it_knows(telegram: TelegramServer, tmp_path: Path) -> None:
    """By the addresses of a file, of which nothing is told."""
    file = tmp_path / "services"
    file.write_text(f"# two of them\njson://127.0.0.1:{telegram.port}/apprise-secret\nnonsense-secret://\n")
    secrets = Secrets("")
    sinks = make_sinks(AlertsConfig(apprise_file=str(file)), secrets)
    assert [sink.name for sink in sinks] == ["apprise-1", "apprise-2"]
    sinks[0].send(notice(1))
    assert "degraded" in telegram.wait_for(1)[0].body["title"]
    with pytest.raises(NotDelivered, match="is no address that apprise knows") as failed:
        sinks[1].send(notice(1))
    assert "nonsense-secret" not in str(failed.value)


def test_without_apprise_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is an extra."""
    (tmp_path / "services").write_text("json://127.0.0.1:1/\n")
    monkeypatch.setitem(sys.modules, "apprise", None)  # as if it were not installed
    (sink,) = make_sinks(AlertsConfig(apprise_file=str(tmp_path / "services")), Secrets(""))
    with pytest.raises(NotDelivered, match=r"install 'tickring\[alerts\]'"):
        sink.send(notice(1))


# ---- tests of the alerts ---------------------------------------------------------------------------------------------


def test_a_test_goes_first_and_its_failure_is_told_at_once(desk: Callable[..., Desk], telegram: TelegramServer) -> None:
    """It does not wait for our own retries, is not tried again, and once it arrives the rest follows."""
    telegram.always = Order(status=401)
    one = desk(retry_first_s=3600.0, retry_limit_s=3600.0)
    one.put(notice(1))
    wait_until(lambda: len(telegram.refused) == 1, "refused")
    one.trials.begin(1, ["telegram"])
    one.put(trial_notice(1, at=iso_now(), service="desk"))
    wait_until(lambda: one.trials.results[0].results["telegram"], "it is told")
    assert "answers 401: Unauthorized; is the token right?" in (one.trials.results[0].results["telegram"] or "")
    telegram.always = None
    one.trials.begin(2, ["telegram"])
    one.put(trial_notice(2, at=iso_now(), service="desk"))
    telegram.wait_for(2)
    assert one.trials.results[1].results == {"telegram": ""}


# ---- what is kept ----------------------------------------------------------------------------------------------------


def test_a_disk_that_cannot_be_written_is_said_and_holds_nothing_up(
    desk: Callable[..., Desk], telegram: TelegramServer, tmp_path: Path
) -> None:
    """A full disk is what alerts are about."""
    (tmp_path / "file").write_text("no directory")
    one = desk()
    saving = StoreFile(tmp_path / "file" / "alerts.json", one.store, stuck_s=15)
    saving.start()
    one.put(notice(1))
    telegram.wait_for(1)
    wait_until(lambda: saving.fault, "the fault is told")
    assert "what waits is not on the disk" in (saving.fault or "")
    saving.close(20)


# ---- secrets ---------------------------------------------------------------------------------------------------------


def test_a_secret_is_in_nothing_that_is_told(
    desk: Callable[..., Desk], telegram: TelegramServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither in errors of the network, nor in another package's log, nor in a traceback, at the lowest level."""
    one = desk(timeout_s=0.5)
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter(logging.Formatter("%(message)s"), one.secrets))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        telegram.orders = [Order(status=401), Order(wait_s=2.0), Order(is_cut=True)]
        one.put(notice(1))
        telegram.wait_for(1)
        wait_until(lambda: one.store.count_for("telegram") == 0, "it arrived")
        try:
            raise ValueError(f"https://x/bot{TOKEN}/sendMessage")
        except ValueError:
            logging.getLogger("anybody").exception("went wrong with %s", TOKEN)
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
    said = capsys.readouterr().err
    assert "[secret]" in said
    assert "went wrong" in said
    assert TOKEN not in said
    assert TOKEN.partition(":")[2] not in said


def test_a_secret_is_a_credential_or_a_file(tmp_path: Path) -> None:
    """A credential of that name counts first; what cannot be read is told without its content."""
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "bot").write_text("from-systemd\n")
    secrets = Secrets(str(tmp_path / "credentials"))
    assert secrets.read("bot") == "from-systemd"
    file = tmp_path / "token"
    file.write_text("# comment\n\nfrom-file\n")
    assert secrets.read(str(file)) == "from-file"
    file.write_text("two\nlines-of-secrets\n")
    with pytest.raises(SecretUnreadable, match="must hold one line") as failed:
        secrets.read(str(file))
    assert "lines-of-secrets" not in str(failed.value)
    with pytest.raises(SecretUnreadable, match="cannot be read: No such file"):
        secrets.read(str(tmp_path / "none"))


# ---- dead-man's switch -----------------------------------------------------------------------------------------------


def test_the_dead_mans_switch_is_asked_only_while_all_is_well(telegram: TelegramServer) -> None:
    """And no more when the loop that says so does not turn; its address is a secret."""
    secrets = Secrets("")
    url = f"{telegram.url}/ping/uuid-secret-4711"
    switch = DeadMan(HttpCaller(secrets, 2.0), secrets, url=url, period_s=0.05, loop_limit_s=0.5)
    switch.start()
    try:
        switch.tell("something critical goes on")
        time.sleep(0.2)  # there is no event for what must not happen
        assert telegram.received == []
        switch.tell(None)
        telegram.wait_for(2)
        wait_until(lambda: switch.last_at, "it is noted")
        telegram.always = Order(status=404)
        switch.tell(None)
        wait_until(lambda: switch.error == "answers 404, must be 2xx", "its error is told")
        wait_until(lambda: time.monotonic() - (telegram.refused[-1][0]) > 0.4, "nobody says that all is well any more")
        assert "uuid-secret-4711" not in f"{switch.error}"
    finally:
        switch.end()
