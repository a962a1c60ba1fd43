"""A test message without a service, and that nothing of it tells a secret."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli_runs import run
from tests.telegram_server import CHAT, TOKEN, Order, TelegramServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    """The other side."""
    with TelegramServer() as server:
        yield server


def test_before_the_first_start_a_test_goes_from_here(telegram: TelegramServer, tmp_path: Path) -> None:
    """`tickring alert test --direct` needs no service: it tells what arrived, and why something did not."""
    (tmp_path / "token").write_text(TOKEN)
    settings = {
        "telegram_chat_id": CHAT,
        "telegram_url": telegram.url,
        "telegram_token_file": str(tmp_path / "token"),
        "webhook_url": f"{telegram.url}/hook",
    }
    flags = [word for key, value in settings.items() for word in ("--set", f"alerts.{key}={value}")]
    done = run("alert", "test", "--direct", *flags)
    assert (done.returncode, done.stdout) == (0, "telegram: delivered\nwebhook: delivered\n")
    assert "This is a test" in telegram.wait_text("TEST").text

    telegram.always = Order(status=401)
    refused = run("alert", "test", "--direct", "--sink", "telegram", *flags)
    assert refused.returncode == 1
    assert "answers 401: Unauthorized; is the token right?" in refused.stdout
    assert TOKEN not in refused.stdout + refused.stderr
    nobody = run("alert", "test", "--direct", "--sink", "pigeon", *flags)
    assert (nobody.returncode, nobody.stdout) == (1, "pigeon: there is no such address\n")
    none = run("alert", "test", "--direct", "--set", "alerts.telegram_chat_id=")
    assert none.returncode == 1
    assert "no address is configured" in none.stderr


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_apprise_tells_at_the_lowest_level_has_no_secret(
    telegram: TelegramServer, tmp_path: Path, form: str
) -> None:
    """It makes other addresses of the line, and its packages log those: no part of them is seen."""
    (tmp_path / "services").write_text(f"json://desk-user:swordfish-9@127.0.0.1:{telegram.port}/path-of-secret\n")
    telegram.always = Order(is_cut=True)
    flags = {"alerts.apprise_file": tmp_path / "services", "log.level": "debug", "log.format": form}
    words = [word for key, value in flags.items() for word in ("--set", f"{key}={value}")]
    plain = (sys.executable, "-m", "tickring.cli")  # what apprise imports gives warnings
    done = run("alert", "test", "--direct", *words, program=plain)
    assert done.returncode == 1, done.stderr
    said = done.stdout + done.stderr
    assert "apprise could not deliver it" in said
    assert [word for word in ("desk-user", "swordfish-9", "path-of-secret") if word in said] == []
