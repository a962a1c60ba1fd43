"""The runbook, the page on alerts and the configuration say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tickring.alerter.notice import Notice
from tickring.config.load import load
from tickring.config.structs import AlertsConfig
from tickring.control.messages import EpisodeList
from tickring.episodes import EpisodeKind
from tickring.errors import ConfigError

ROOT = Path(__file__).parents[1]
ALERTS = (ROOT / "docs" / "alerts.md").read_text()


def anchors(page: Path) -> set[str]:
    """What a link into a page may name: as GitHub makes it of headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("kind", EpisodeKind)
def test_every_kind_of_fault_has_a_section_where_its_link_leads(kind: EpisodeKind) -> None:
    """With the default of `alerts.runbook_url`, which is a file of the repository."""
    page = ROOT / AlertsConfig().runbook_url
    assert kind in anchors(page)
    section = page.read_text().partition(f"\n## {kind}\n")[2].partition("\n## ")[0]
    assert len(section.split()) > 20
    assert f"`{kind}`" in ALERTS


def test_the_runbook_is_linked_and_has_no_section_for_what_is_not_told() -> None:
    """From the page on operating and the one on alerts."""
    assert "(runbook.md)" in (ROOT / "docs" / "operating.md").read_text()
    assert "(runbook.md)" in ALERTS
    assert anchors(ROOT / "docs" / "runbook.md") == {"runbook", *EpisodeKind}


def test_every_link_between_these_pages_leads_somewhere() -> None:
    """Files and headings."""
    for name in ("alerts.md", "runbook.md"):
        text = (ROOT / "docs" / name).read_text()
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]+)(?:#([^)]+))?\)", text):
            page = ROOT / "docs" / target
            assert page.is_file(), f"{name} links to {target}"
            assert not anchor or anchor in anchors(page), f"{name} links to {target}#{anchor}"


def test_settings_keys_and_fields_named_there_exist() -> None:
    """Of the section, of a webhook's message, of the control socket's answer."""
    settings = set(re.findall(r"`alerts\.(\w+)`", ALERTS)) | set(re.findall(r"^(\w+) = ", ALERTS, re.MULTILINE))
    assert settings <= set(AlertsConfig.__struct_fields__)
    webhook = ALERTS.partition("**Webhook**")[2].partition("\n\n")[0]
    fields = set(re.findall(r"`(\w+)`", webhook)) - {"open", "reminder", "close", "test", "title", "message"}
    assert fields <= set(Notice.__struct_fields__)
    assert {"since", "sequence", "book"} - {"since"} <= set(EpisodeList.__struct_fields__)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"telegram_chat_id": "my chat"}, "must be a number or @channel"),
        ({"telegram_chat_id": "-100"}, "alerts.telegram_token_file is empty"),
        ({"telegram_token_file": "token"}, "alerts.telegram_chat_id is empty"),
        ({"webhook_url": "ftp://hooks.example/secret-path"}, "alerts.webhook_url must begin with http"),
        ({"ping_url": "file:"}, "or be file:NAME"),
        ({"telegram_url": ""}, "alerts.telegram_url is empty"),
        ({"maintenance": "at night"}, "alerts.maintenance has 'at night'"),
        ({"retry_first_s": "400"}, "more than alerts.retry_limit_s"),
        ({"remind_first_s": "86400", "remind_limit_s": "60"}, "more than alerts.remind_limit_s"),
    ],
)
def test_what_does_not_fit_together_is_told(values: dict[str, str], words: str) -> None:
    """All of it before anything starts; an address that is wrong is not shown, it may be a secret."""
    overrides = {f"alerts.{key}": value for key, value in values.items()}
    with pytest.raises(ConfigError) as failed:
        load(None, environ={}, overrides={"stream.symbols": "SPY", **overrides})
    assert words in str(failed.value)
    assert "secret-path" not in str(failed.value)


def test_what_fits_is_taken() -> None:
    """Every kind of address."""
    overrides = {
        "telegram_chat_id": "@desk",
        "telegram_token_file": "telegram-token",
        "webhook_url": "file:hook",
        "ping_url": "https://hc.example/uuid",
        "maintenance": "Sat 00:00-24:00 UTC",
    }
    config = load(None, environ={}, overrides={f"alerts.{key}": value for key, value in overrides.items()})
    assert config.alerts.maintenance == ("Sat 00:00-24:00 UTC",)
