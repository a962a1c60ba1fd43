"""Settings from variables: TICKRING_<SECTION>_<KEY>.

Every variable that begins with TICKRING_ must be known, so that a slip of the finger is not a silent default; but for
what other tools of ours read, and what container managers make up for a service that is called tickring.
"""

import re
from collections.abc import Mapping

from tickring.config.from_file import FILE_VARIABLE
from tickring.config.nearest import did_you_mean
from tickring.config.origin import Given, Origin
from tickring.config.settings import settings

__all__ = ["read_environment"]

_PREFIX = "TICKRING_"
_SEGMENT = "TICKRING_SEGMENT"
"""What the looking commands look at is also what `tickring run` makes, unless TICKRING_SEGMENT_NAME says otherwise."""
_OTHERS = re.compile(
    # of the command line, of building, testing and measuring
    rf"{FILE_VARIABLE}|TICKRING_API_MODE|TICKRING_WERROR|TICKRING_(KILLS|STRESS_\w+|BENCH_\w+)"
    # Kubernetes and Docker, for a service `tickring` or `tickring-something`
    r"|TICKRING_(\w+_)?SERVICE_(HOST|PORT\w*)|TICKRING_(\w+_)?PORT(_\d+_\w+)?"
)


def read_environment(environ: Mapping[str, str]) -> tuple[list[Given], list[str]]:
    """Return the values that variables give, and which variables are no setting."""
    by_variable = {setting.variable: setting for setting in settings().values()}
    given: list[Given] = []
    problems: list[str] = []
    if _SEGMENT in environ and f"{_SEGMENT}_NAME" not in environ:
        given.append(
            Given(("segment", "name"), environ[_SEGMENT], is_text=True, origin=Origin("environment", _SEGMENT))
        )
    for variable in sorted(environ):
        if not variable.startswith(_PREFIX) or variable == _SEGMENT:
            continue
        setting = by_variable.get(variable)
        if setting is not None:
            path = (setting.section, setting.key)
            given.append(Given(path, environ[variable], is_text=True, origin=Origin("environment", variable)))
        elif variable.startswith("TICKRING_CONTRACTS_"):
            problems.append(f"{variable}: contracts are not read from variables; use the file, or --set")
        elif not _OTHERS.fullmatch(variable):
            problems.append(f"{variable} is no setting{did_you_mean(variable, by_variable)}")
    return given, problems
