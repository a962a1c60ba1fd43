"""docs/layout.md and native/layout.h say the same, byte for byte."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
NATIVE = ROOT / "src" / "tickring" / "native"
STRUCTS = {
    "Identity": "tr_identity",
    "Supervisor's line": "tr_supervisor_line",
    "Feeder's line": "tr_feeder_line",
    "Wake line": "tr_wake_line",
    "Child line": "tr_child_line",
    "Histogram": "tr_histogram",
    "Directory entry": "tr_entry",
    "Slot control line": "tr_control",
    "Record": "tr_record",
}
BYTES = {"u8": 1, "char": 1, "u16": 2, "u32": 4, "i32": 4, "u64": 8, "i64": 8, "f64": 8}
ROW = re.compile(r"^\| (\d+) \| (\w+)(?:\[(\d+)\])? \| (\w+) \|", re.MULTILINE)


def documented_fields() -> list[tuple[str, str, int, int]]:
    """Return (struct, field, offset, bytes) of every row of the document's tables."""
    text = (ROOT / "docs" / "layout.md").read_text()
    rows = []
    for section in re.split(r"^##+ ", text, flags=re.MULTILINE):
        struct = STRUCTS.get(section.split("\n", 1)[0])
        if struct is not None:
            for offset, kind, count, field in ROW.findall(section):
                rows.append((struct, field, int(offset), BYTES[kind] * int(count or 1)))
    return rows


def test_document_has_every_field_at_its_offset(tmp_path: Path) -> None:
    """Each row's offset and size is what the compiler gives that member."""
    checks = [
        f"_Static_assert(offsetof({struct}, {field}) == {offset} && "
        f'sizeof((({struct} *)0)->{field}) == {size}, "{struct}.{field}");'
        for struct, field, offset, size in documented_fields()
    ]
    source = tmp_path / "layout_check.c"
    source.write_text('#include "layout.h"\n' + "\n".join(checks) + "\n")
    result = subprocess.run(
        ["cc", "-std=c11", "-fsyntax-only", f"-I{NATIVE}", str(source)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_document_leaves_no_byte_out() -> None:
    """The rows of each table follow each other without a gap and fill the structure."""
    whole = {"tr_control": 64, "tr_histogram": 256}
    for struct in STRUCTS.values():
        at = 0
        for _, field, offset, size in (row for row in documented_fields() if row[0] == struct):
            assert offset == at, f"{struct}.{field} begins at {offset}, the row before ends at {at}"
            at = offset + size
        assert at == whole.get(struct, 128), struct


def test_document_has_the_words_of_every_number() -> None:
    """The table of words is the X-macros of layout.h."""
    header = (NATIVE / "layout.h").read_text()
    document = (ROOT / "docs" / "layout.md").read_text()
    kinds = {"STATES": "state", "SOURCES": "source", "DATA_TYPES": "data_type", "API_MODES": "api_mode"}
    kinds |= {"RUN_STATES": "run state", "CONNECTIONS": "connection"}
    for macro, kind in kinds.items():
        block = header[header.index(f"#define TR_{macro}(X)") :]
        words = re.findall(r'X\(\d+, \w+, "(\w+)"\)', block[: block.index("\n\n")])
        cells = next(line for line in document.splitlines() if line.startswith(f"| {kind} |")).strip("| ").split("|")
        assert [cell.strip() for cell in cells[1:] if cell.strip()] == words, kind
