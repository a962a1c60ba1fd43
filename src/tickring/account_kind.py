"""Which kind of account a name is, by IB's convention."""

from tickring.states import ApiMode

__all__ = ["mode_of_account"]


def mode_of_account(account: str) -> ApiMode:
    """Return the kind: DU... and DF... are paper, SIM... the simulator's, everything else is taken for live."""
    if account.startswith("SIM"):
        return ApiMode.MOCK
    return ApiMode.PAPER if account.startswith(("DU", "DF")) else ApiMode.LIVE
