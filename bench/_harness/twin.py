"""Build and load the twin of the native core that computes no verdict (see bench/_native/handle_without_verdict.c).

`python -m bench._harness.twin` builds it under build/bench when the core's sources are newer; `make bench` does so.
The compiler's flags are setup.py's own, taken from there.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

    from tickring.reader import QuoteReader

__all__ = ["build_twin", "load_twin_reader", "twin_path"]

_ROOT = Path(__file__).parents[2]
_NATIVE = _ROOT / "src" / "tickring" / "native"
_HANDLE = _ROOT / "bench" / "_native" / "handle_without_verdict.c"
_BUILD = _ROOT / "build" / "bench"


def twin_path() -> Path:
    """Return where this interpreter's twin lies, built or not."""
    return _BUILD / "tickring" / f"_core{sysconfig.get_config_var('EXT_SUFFIX')}"


def is_fresh() -> bool:
    """Return whether the twin is there and no older than what it is made of."""
    sources = [*_NATIVE.glob("*.[ch]"), _HANDLE, _ROOT / "setup.py"]
    built = twin_path()
    return built.exists() and built.stat().st_mtime >= max(source.stat().st_mtime for source in sources)


def build_twin() -> None:
    """Compile the twin if it is not fresh."""
    if is_fresh():
        return
    logging.disable(logging.INFO)  # the commands of the compiler
    importlib.import_module("setuptools")  # first: it brings distutils where Python has none of its own
    distribution: Any = importlib.import_module("distutils.core").run_setup(str(_ROOT / "setup.py"), stop_after="init")
    extension = distribution.ext_modules[0]
    others = [source for source in extension.sources if Path(source).name != "py_handle.c"]
    extension.sources = [*others, str(_HANDLE.relative_to(_ROOT))]
    extension.depends = []
    extension.include_dirs.append(str(_NATIVE))
    command = distribution.get_command_obj("build_ext")
    command.build_lib, command.build_temp, command.force = str(_BUILD), str(_BUILD / "objects"), True
    distribution.run_command("build_ext")
    logging.disable(logging.NOTSET)


def load_twin_reader() -> type[QuoteReader] | None:
    """Return `QuoteReader` on the twin, beside the real one; None if the twin is not built or not fresh."""
    if not is_fresh():
        return None
    package: Any = importlib.import_module("tickring")
    source = Path(str(importlib.import_module("tickring.reader.quote_reader").__file__))
    real = package._core
    package._core = _load("bench_twin._core", twin_path())  # what `from tickring import _core` finds
    try:
        reader: type[QuoteReader] = _load("bench_twin.quote_reader", source).QuoteReader
    finally:
        package._core = real
    return reader


def _load(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.argv = ["setup.py", "--quiet"]
    build_twin()
    print(twin_path().relative_to(_ROOT))
