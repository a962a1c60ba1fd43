"""`tickring alert test --direct`: the entry to what the alerter does, without a service."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickring.config.structs import Config

__all__ = ["send_from_here"]


def send_from_here(config: Config, sink: str) -> dict[str, str]:
    """Return what became of a test message, by address: empty, it arrived. What is logged has no secret in it."""
    from tickring.alerter.direct_trial import try_directly
    from tickring.alerter.secret_log import log_without
    from tickring.alerter.secrets import Secrets

    secrets = Secrets(os.environ.get("CREDENTIALS_DIRECTORY", ""))
    log_without(secrets, config.log)
    return try_directly(config, secrets, sink)
