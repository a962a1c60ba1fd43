"""Many writers, more readers, one directory: no reader ever sees a part of a file, and no draft outlives its writer."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.json_files import drafts_in
from tests.test_files_directory import BASE
from tests.waiting import wait_until
from tickring.atomic_file import remove_dead_drafts

if TYPE_CHECKING:
    from pathlib import Path

WRITERS, READERS, FILES = 8, 32, 25

WRITER = """
import json, random, sys
from tickring.atomic_file import replace_file
directory, files, writer, template = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4])
chance, count = random.Random(writer), 0
while True:
    count += 1
    number = count * 8 + writer
    # Files of many lengths; every part of one says the same number.
    template.update(sequence=number, bid=number / 4, ask=number / 2, exchange="X" * chance.randrange(5000), last=number)
    replace_file(f"{directory}/S{chance.randrange(files)}.json", json.dumps(template).encode())
"""

READER = """
import json, random, sys, time
directory, files, seconds, seed = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
chance, loads, errors, until = random.Random(seed), 0, [], time.monotonic() + seconds
while time.monotonic() < until:
    try:
        with open(f"{directory}/S{chance.randrange(files)}.json") as file:
            found = json.load(file)
        assert found["bid"] * 4 == found["ask"] * 2 == found["last"] == found["sequence"], found
        assert set(found["exchange"]) <= {"X"}
        loads += 1
    except Exception as error:
        errors.append(repr(error)[:200])
print(json.dumps([loads, errors[:5], len(errors)]))
"""


def run_load(directory: Path, seconds: float) -> tuple[int, int]:
    """Write and read for so long; return how many files were read and how many drafts the killed writers left."""
    template = json.dumps(msgspec.to_builtins(BASE))
    for number in range(FILES):
        document = {**json.loads(template), "sequence": 0, "bid": 0, "ask": 0, "last": 0, "exchange": ""}
        (directory / f"S{number}.json").write_text(json.dumps(document))
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(directory), str(FILES), str(number), template])
        for number in range(WRITERS)
    ]
    try:
        readers = [
            subprocess.Popen(
                [sys.executable, "-I", "-c", READER, str(directory), str(FILES), str(seconds), str(number)],
                stdout=subprocess.PIPE,
            )
            for number in range(READERS)
        ]
        loads = 0
        try:
            wait_until(
                lambda: all(json.loads(path.read_text())["sequence"] > 0 for path in directory.glob("S*.json")),
                "all files have been written",
            )
            for reader in readers:
                output, _ = reader.communicate(timeout=seconds + 120)
                read, errors, count = json.loads(output)
                assert (count, errors) == (0, [])
                loads += read
        finally:
            for reader in readers:
                reader.kill()
                reader.communicate()
        # Killed while they write: what they leave is whole files and drafts that say whose they are.
        for writer in writers:
            assert writer.poll() is None, "a writer failed"
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    for number in range(FILES):
        json.loads((directory / f"S{number}.json").read_text())
    left = len(drafts_in(directory))
    assert remove_dead_drafts(directory) == left
    assert sorted(path.name for path in directory.iterdir()) == sorted(f"S{number}.json" for number in range(FILES))
    return loads, left


@pytest.mark.slow
def test_readers_never_see_a_part_of_a_file(tmp_path: Path) -> None:
    """8 writers, 32 readers, a second and a half."""
    loads, _ = run_load(tmp_path, 1.5)
    assert loads > READERS


@pytest.mark.stress
def test_readers_never_see_a_part_of_a_file_for_a_minute(tmp_path: Path) -> None:
    """As above, 60 seconds."""
    started_s = time.monotonic()
    loads, left = run_load(tmp_path, 60.0)
    print(f"{loads} files read in {time.monotonic() - started_s:.0f} s, {left} drafts left by killed writers, cleared")
    assert loads > 1000 * READERS
