"""Compile the C and C++ programs of tests/native, once a test run each, and run them.

The programs link the native core's plain C files: everything in src/tickring/native but the Python glue (py_*.c). They
are compiled with the system's `cc` and `c++` into pytest's temporary directory, which all workers of a run share; a
lock makes the second worker wait for the first one's program instead of compiling it again.

A missing tool is a skip that says which Debian package to install. Where CI is set it is a failure: a proof that did
not run must not look like one that held.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parent.parent
CORE = ROOT / "src" / "tickring" / "native"
PROGRAMS = ROOT / "tests" / "native"
CORE_SOURCES = sorted(path for path in CORE.glob("*.c") if not path.name.startswith("py_"))

C_FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-g"]
CXX_FLAGS = ["-std=c++17", "-Wall", "-Wextra", "-O1"]  # no -Werror: much of it is relacy's
C_LIBRARIES = ["-lm", "-pthread"]

# gcc's -Wtsan says that ThreadSanitizer does not model fences. It does not have to: every shared word is an atomic, so
# no race report depends on a fence, and what the fences order is proven by tests/native/relacy_*.
THREAD_SANITIZER = ["-O1", "-fsanitize=thread", "-Wno-tsan"]
ADDRESS_SANITIZER = ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
FUZZER = ["-O1", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"]
SANITIZER_ENVIRONMENT = {
    "TSAN_OPTIONS": "halt_on_error=1",
    "ASAN_OPTIONS": "detect_leaks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}
MMAP_BITS_OF_TSAN = 28  # with more bits of randomness an older libtsan finds its own memory taken


def stress_seconds() -> int:
    """Return how long a stress form runs: TICKRING_STRESS_SECONDS, 120 unless set."""
    return int(os.environ.get("TICKRING_STRESS_SECONDS", "120"))


def missing(what: str, package: str) -> NoReturn:
    """Skip the test for lack of a tool, or fail it where CI is set."""
    message = f"{what} is missing: apt-get install {package}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def compile_c(
    factory: pytest.TempPathFactory, sources: Sequence[str], flags: Sequence[str], *, without: str = ""
) -> Path:
    """Return a program of these files of tests/native and the core; `without` leaves one file of the core out."""
    compiler = shutil.which("cc") or missing("a C compiler", "gcc")
    core = [path for path in CORE_SOURCES if path.name != without]
    files = [*(PROGRAMS / source for source in sources), *core]
    return _build(factory, [compiler, *C_FLAGS, *flags, *_includes(), *map(str, files), *C_LIBRARIES], files)


def compile_fuzzer(factory: pytest.TempPathFactory, sources: Sequence[str]) -> Path:
    """Return a program of clang's libFuzzer: these files of tests/native, one of which has the entry, and the core."""
    compiler = shutil.which("clang") or missing("clang with libFuzzer", "clang")
    files = [*(PROGRAMS / source for source in sources), *CORE_SOURCES]
    return _build(factory, [compiler, *C_FLAGS, *FUZZER, *_includes(), *map(str, files), *C_LIBRARIES], files)


def compile_relacy(factory: pytest.TempPathFactory, source: str) -> Path:
    """Return a program of this file of tests/native, compiled with the relacy race detector."""
    compiler = shutil.which("c++") or missing("a C++ compiler", "g++")
    probe = subprocess.run(
        [compiler, *CXX_FLAGS, "-E", "-x", "c++", "-"],
        input="#include <relacy/relacy.hpp>\n",
        capture_output=True,
        text=True,
        check=False,
    )
    if probe.returncode != 0:
        missing("the relacy race detector", "relacy-dev")
    files = [PROGRAMS / source]
    return _build(factory, [compiler, *CXX_FLAGS, *_includes(), *map(str, files)], files)


def _includes() -> list[str]:
    return [f"-I{CORE}", f"-I{PROGRAMS}"]


def _build(factory: pytest.TempPathFactory, command: Sequence[str], files: Sequence[Path]) -> Path:
    directory = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        directory = directory.parent
    directory = directory / "native"
    directory.mkdir(exist_ok=True)
    key = hashlib.sha256("\0".join(command).encode()).hexdigest()[:16]
    program = directory / f"{files[0].stem}-{key}"
    with (directory / f"{program.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            _compile(command, program)
    return program


def _compile(command: Sequence[str], program: Path) -> None:
    unfinished = program.with_suffix(".unfinished")
    done = subprocess.run([*command, "-o", str(unfinished)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        for library in ("tsan", "asan", "ubsan"):
            if f"cannot find -l{library}" in done.stderr or f"lib{library}_preinit.o" in done.stderr:
                missing(f"gcc's lib{library}", "gcc")
        if "libclang_rt.fuzzer" in done.stderr:
            missing("clang's libFuzzer", "libclang-rt-dev")
        pytest.fail(f"{' '.join(command)}\n{done.stderr}")
    unfinished.rename(program)


def run(
    program: Path, *arguments: str, timeout_s: float = 150, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; its children end with it. Never raises for its exit status."""
    return subprocess.run(
        [*_without_randomness(program), str(program), *arguments],
        env={**os.environ, **SANITIZER_ENVIRONMENT, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=timeout_s,
    )


def _without_randomness(program: Path) -> list[str]:
    setarch = shutil.which("setarch")
    if b"__tsan_init" in program.read_bytes() and setarch and _random_bits() > MMAP_BITS_OF_TSAN:
        return [setarch, "--addr-no-randomize"]
    return []


def _random_bits() -> int:
    """Return how many bits of an address are random; where only root may know, more than TSan can bear."""
    try:
        return int(Path("/proc/sys/vm/mmap_rnd_bits").read_text())
    except PermissionError:
        return MMAP_BITS_OF_TSAN + 1
    except FileNotFoundError:
        return 0
