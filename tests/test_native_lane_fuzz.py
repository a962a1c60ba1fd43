"""Any bytes through the native lane: no sanitizer complains, and every promise of tick_lane.h holds after every run.

tests/native/lane_fuzz.c does the work, over a corpus of what gateways of three protocols send, ordinary and odd. In the
ordinary tests a mutator of its own runs under gcc; the stress form is clang's libFuzzer, which looks for new paths.
"""

from __future__ import annotations

import os
import random
import re
from typing import TYPE_CHECKING

import pytest

from tests.clients.both_lanes_story import PROTOBUF_TICKS, Story
from tests.native_build import ADDRESS_SANITIZER, compile_c, compile_fuzzer, run, stress_seconds
from tickring.simulator.wire.protobuf_ticks import ProtobufTicks
from tickring.simulator.wire.text_ticks import TextTicks

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(170)  # seconds alone, but they compile, and machines are busy

TARGET = ["lane_fuzz.c", "lane_fuzz_socket.c", "lane_world.c", "anonymous_segment.c"]
SOURCES = [*TARGET, "lane_fuzz_main.c"]
INPUTS = 60_000
FRAMES_A_FILE = 12
FORMS = {157: 0b10, 200: 0b00, 226: 0b01}
"""By server version, the first byte of an input: see lane_fuzz.c. 157 knows whole sizes only."""

GONE = (2000, 2001)
"""Requests whose symbol is retired, or whose slot another one has: see lane_world.h."""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A directory of inputs: some frames each, of a gateway that offers one of three protocols."""
    directory = tmp_path / "corpus"
    directory.mkdir()
    for version, form in FORMS.items():
        story = Story(version, version)
        odd = b"".join(bytes.fromhex(str(value)) for word, value in story.steps(1_200) if word == "bytes")
        ticks = ProtobufTicks() if version >= PROTOBUF_TICKS else TextTicks(version)
        gone = b"".join(ticks.tick_price(req_id, 1, 10.5, 100.0, 1) for req_id in GONE for _ in range(FRAMES_A_FILE))
        frames = [*_frames(story.ordinary(600)), *_frames(gone), *_frames(odd)]
        for number in range(0, len(frames), FRAMES_A_FILE):
            part = b"".join(frames[number : number + FRAMES_A_FILE])
            (directory / f"{version}-{number:05}").write_bytes(bytes([form, number % 64]) + part)
    return directory


def _frames(data: bytes) -> list[bytes]:
    frames = []
    while data:
        length = 4 + int.from_bytes(data[:4], "big")
        frames.append(data[:length])
        data = data[length:]
    return frames


def test_no_input_breaks_a_promise(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> None:
    """Tens of thousands of inputs near the corpus: under ASan and UBSan nothing is found, and many ticks are taken."""
    seed = random.randrange(1 << 32)
    done = run(compile_c(tmp_path_factory, SOURCES, ADDRESS_SANITIZER), str(corpus), str(seed), str(INPUTS))
    assert done.returncode == 0, f"seed {seed}\n{done.stdout}"
    counts = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", done.stdout.splitlines()[-1])}
    assert counts["inputs"] >= INPUTS, counts
    assert counts["taken"] > INPUTS, counts
    assert counts["declined"] > INPUTS, counts
    assert counts["received"] > INPUTS // 20, counts


def test_a_number_that_is_off_by_a_bit_is_noticed(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> None:
    """The fuzzer can fail: a parser that rounds more than once is caught, and the input is shown."""
    sources = [*SOURCES, "broken_decimal_text.c"]
    program = compile_c(tmp_path_factory, sources, ADDRESS_SANITIZER, without="decimal_text.c")
    done = run(program, str(corpus), "1", str(INPUTS))
    assert done.returncode == 1, done.stdout
    assert "FAIL a number is the double that is nearest to its text\ninput: " in done.stdout


@pytest.mark.stress
@pytest.mark.timeout(stress_seconds() + 200)
def test_libfuzzer_finds_nothing(tmp_path_factory: pytest.TempPathFactory, corpus: Path, tmp_path: Path) -> None:
    """Guided by what it covers, for minutes: no sanitizer complains and every promise holds."""
    program = compile_fuzzer(tmp_path_factory, TARGET)
    seconds = stress_seconds()
    words = [f"-max_total_time={seconds}", "-max_len=1024", "-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1"]
    done = run(program, *words, f"-artifact_prefix={tmp_path}{os.sep}", str(corpus), timeout_s=seconds + 120)
    assert done.returncode == 0, done.stdout[-8_000:]
    executed = re.search(r"stat::number_of_executed_units: (\d+)", done.stdout)
    assert executed is not None, done.stdout[-8_000:]
    assert int(executed[1]) > 10 * seconds, done.stdout[-8_000:]
    print(*(line for line in done.stdout.splitlines() if "DONE" in line or "stat::" in line), sep="\n")
