"""The plan of the house, held: who may import whom, what an import costs, and how files look."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "tickring"
LINES_AT_MOST = 400

GROUND = "ground floor"
MAY_IMPORT = {
    GROUND: set(),
    "errors": {GROUND},
    "config": {GROUND, "errors"},
    "control": {GROUND, "errors", "config"},
    "reader": {GROUND, "errors"},
    "feeder": {GROUND, "errors", "config"},
    "flusher": {GROUND, "errors", "config", "reader"},
    "supervisor": {GROUND, "errors", "config", "control", "reader"},
    "api": {GROUND, "errors", "config", "control", "reader", "trade_guard", "db", "metrics"},
    "simulator": {GROUND, "errors"},
    "db": {GROUND, "errors", "config"},
    "planner": {GROUND, "errors", "config", "control", "reader", "db"},
    "trade_guard": {GROUND, "errors", "reader"},
    "drill": {GROUND, "errors", "config", "control", "reader", "simulator"},
    "alerter": {GROUND, "errors", "config", "control"},
    "client": {GROUND, "errors"},
    "metrics": {GROUND, "errors", "config", "control", "reader"},
    "cli": {GROUND, "errors", "config", "control", "reader", "trade_guard", "db", "planner", "metrics"},
}
"""Parts of the house and what each may import beside itself. A new part needs a line here."""

GROUND_MAY_USE_ERRORS = "errors"
"""The error classes are a package of their own for their number; they stand on the ground floor too."""

ENTRY_POINTS = {
    "tickring.cli.alert_direct": {"alerter"},
    "tickring.cli.api_command": {"api"},
    "tickring.cli.drill_command": {"drill"},
    "tickring.cli.files_command": {"flusher"},
    "tickring.cli.run_command": {"supervisor"},
    "tickring.cli.run_dashboard": {"api"},
    "tickring.cli.simulator_command": {"simulator"},
    "tickring.supervisor.ib_stream_runner": {"feeder", "flusher", "reader"},
    "tickring.supervisor.embedded_gateway": {"simulator"},
    "tickring.supervisor.feeder_inbox": {"feeder"},
}
"""Where everything is put together: the only places that name the children, as what to start."""


def module_name(path: Path) -> str:
    """The name under which a file is imported."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
STUBS = sorted(PACKAGE.rglob("*.pyi"))
PACKAGES = [name for name, path in SOURCES.items() if path.name == "__init__.py"]


@cache
def tree_of(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(), str(path))


def part_of(module: str) -> str:
    """The part of the house that a module of ours belongs to."""
    second = module.split(".")[1] if "." in module else ""
    return second if (PACKAGE / second / "__init__.py").is_file() and second else GROUND


@cache
def imported_modules(path: Path) -> list[str]:
    """Every module that a file imports anywhere, also inside functions and for types only."""
    names: list[str] = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            known = [f"{base}.{alias.name}" for alias in node.names]
            names += [name if name in SOURCES else base for name in known]
    return names


# ---- imports go down only --------------------------------------------------------------------------------------------


def test_every_part_of_the_house_has_its_rule() -> None:
    """A new package says here what it may import before anything imports it."""
    assert {part_of(module) for module in SOURCES} == set(MAY_IMPORT)


@pytest.mark.parametrize("module", SOURCES)
def test_imports_go_down_only(module: str) -> None:
    """A module imports its own part and the floors below; only an entry point names what it starts."""
    part = part_of(module)
    allowed = {part, *MAY_IMPORT[part], *ENTRY_POINTS.get(module, set())}
    if part == GROUND:
        allowed.add(GROUND_MAY_USE_ERRORS)
    for name in imported_modules(SOURCES[module]):
        if name.split(".")[0] == "tickring":
            assert part_of(name) in allowed, f"{module} imports {name}"


def test_the_native_core_imports_the_ground_floor_only() -> None:
    """What the C code imports at run time stands on the ground floor too."""
    texts = [path.read_text() for path in sorted((PACKAGE / "native").glob("*.c"))]
    names = {name for text in texts for name in re.findall(r'"(tickring(?:\.\w+)+)"', text)} - {"tickring._core"}
    modules = {name for name in names if name in SOURCES}
    assert {"tickring.errors", "tickring.states", "tickring.verdict"} <= modules
    assert {part_of(module) for module in modules} <= {GROUND, "errors"}
    types = {name.removeprefix("tickring._core.") for name in names - modules}
    assert types == {name for name in dir(importlib.import_module("tickring._core")) if name in types}


def test_no_module_imports_itself_in_a_circle() -> None:
    """Following run-time imports from any module never comes back to it."""
    graph: dict[str, set[str]] = {}
    for module, path in SOURCES.items():
        for_types = {
            inner
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            for inner in ast.walk(node)
        }
        in_functions = {
            inner
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            for inner in ast.walk(node)
        }
        graph[module] = set()
        for node in ast.walk(tree_of(path)):
            if node in for_types or node in in_functions:
                continue
            if isinstance(node, ast.ImportFrom) and node.module in SOURCES:
                below = {f"{node.module}.{alias.name}" for alias in node.names} & set(SOURCES)
                graph[module] |= below or {node.module}
    for start, imported in graph.items():
        reached: set[str] = set()
        ahead = set(imported)
        while ahead:
            module = ahead.pop()
            reached.add(module)
            ahead |= graph[module] - reached
        assert start not in reached


@pytest.mark.parametrize("path", [*SOURCES.values(), *STUBS], ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_are_absolute_and_never_through_the_links(path: Path) -> None:
    """One module, one name: no relative import, and never the short name of a link in the root."""
    links = {link.name for link in ROOT.iterdir() if link.is_symlink()} | {"src", "tests", "bench", "tools"}
    for name in imported_modules(path):
        assert not name.startswith(".")
        assert name.split(".")[0] not in links


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT / "tests"))
)
def test_tests_import_by_full_names_too(path: Path) -> None:
    """What a test imports of the product is what a user would."""
    links = {link.name for link in ROOT.iterdir() if link.is_symlink()} | {"src"}
    for name in imported_modules(path):
        assert not name.startswith(".")
        assert name.split(".")[0] not in links


# ---- what an import costs --------------------------------------------------------------------------------------------

HEAVY = {"asyncio", "dataclasses", "inspect", "logging", "multiprocessing", "socket", "ssl", "subprocess", "unittest"}


def modules_loaded_by(program: str) -> set[str]:
    """The modules that a fresh interpreter loads for this."""
    code = f"import sys; before = set(sys.modules); {program}; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("part", ["reader", "feeder", "supervisor", "api", "errors"])
def test_an_import_pulls_in_its_own_part_and_nothing_foreign(part: str) -> None:
    """Nothing but the standard library and what the plan allows; nothing of the standard library that costs much."""
    loaded = modules_loaded_by(f"import tickring.{part}")
    foreign = {name.split(".")[0] for name in loaded} - set(sys.stdlib_module_names) - {"tickring"}
    assert foreign == set()
    ours = {part_of(name) for name in loaded if name.split(".")[0] == "tickring" and name != "tickring._core"}
    assert ours <= {part, GROUND, "errors"}
    assert not loaded & HEAVY


def test_importing_the_top_imports_nothing() -> None:
    """`import tickring` costs nothing; the parts are imported by who needs them."""
    assert modules_loaded_by("import tickring") == {"tickring"}


def test_reading_and_following_load_nothing_more(segment_name: str) -> None:
    """A risk engine that opens, reads, requires, values and follows never meets numpy, asyncio or a service package."""
    program = "; ".join(
        [
            "from tickring.supervisor import SegmentHost, SegmentLimits",
            f"host = SegmentHost.open({segment_name!r}, limits=SegmentLimits(16, 4))",
            "from tickring.reader import QuoteReader",
            f"reader = QuoteReader.open({segment_name!r}, api_mode='any')",
            "reader['SPY'].to_dict()",
            "reader.history('SPY', 3)",
            "reader.batch(['SPY']).value([1.0])",
            "list(reader.follow(['SPY'], timeout_s=0))",
            "reader.status()",
            "reader.close()",
            "host.close()",
        ]
    )
    loaded = modules_loaded_by(program)
    assert {name.split(".")[0] for name in loaded} <= set(sys.stdlib_module_names) | {"tickring"}
    assert not loaded & HEAVY


# ---- how files look --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", PACKAGES)
def test_a_packages_front_defines_nothing(package: str) -> None:
    """An `__init__.py` has a docstring, imports and `__all__`, which names what it imports."""
    docstring, *rest = tree_of(SOURCES[package]).body
    assert isinstance(docstring, ast.Expr)
    assert isinstance(docstring.value, ast.Constant)
    assert isinstance(docstring.value.value, str)
    handed_on: set[str] = set()
    declared: set[str] = set()
    for node in rest:
        if isinstance(node, ast.ImportFrom):
            handed_on |= {alias.asname or alias.name for alias in node.names}
        else:
            assert isinstance(node, ast.Assign), ast.unparse(node)
            assert ast.unparse(node.targets[0]) == "__all__"
            declared = set(ast.literal_eval(node.value))
    assert declared == handed_on - {"annotations"}
    module = importlib.import_module(package)
    assert all(hasattr(module, name) for name in declared)


@pytest.mark.parametrize("module", [name for name in SOURCES if name not in PACKAGES and "__main__" not in name])
def test_a_module_says_what_it_is_and_what_is_public(module: str) -> None:
    """Each module opens with a docstring, and what it offers to others stands in it under that name."""
    tree = tree_of(SOURCES[module])
    assert ast.get_docstring(tree)
    lists = [node for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"]
    for node in lists:
        top_level = {name.id for inner in tree.body for name in ast.walk(inner) if isinstance(name, ast.Name)}
        defined = {
            inner.name
            for inner in tree.body
            if isinstance(inner, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert set(ast.literal_eval(node.value)) <= defined | top_level


def test_what_another_module_imports_is_public() -> None:
    """Names with an underscore stay in their module; only the native core is private as a whole and shared."""
    for module, path in SOURCES.items():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tickring"):
                private = [alias.name for alias in node.names if alias.name.startswith("_") and alias.name != "_core"]
                assert not private, f"{module} imports {private} from {node.module}"


def test_the_links_in_the_root_point_to_their_packages() -> None:
    """The plan of the house shows at the door, by relative links that lead where they say."""
    links = {link.name: link for link in ROOT.iterdir() if link.is_symlink()}
    assert {"supervisor", "feeder", "reader", "api"} <= set(links)
    for name, link in links.items():
        assert str(link.readlink()) == f"src/tickring/{name}"
        assert (link / "__init__.py").is_file()


@pytest.mark.parametrize(
    "path",
    [path for path in sorted((ROOT / "src").rglob("*")) if path.suffix in {".py", ".pyi", ".c", ".h"}],
    ids=lambda path: str(path.relative_to(ROOT / "src")),
)
def test_no_file_is_too_long_to_read_in_one_sitting(path: Path) -> None:
    """One role a file; a file that outgrows 400 lines has two."""
    assert len(path.read_text().splitlines()) <= LINES_AT_MOST


@pytest.mark.parametrize("word", ["utils", "util", "helpers", "helper", "common", "misc", "base_utils"])
def test_no_file_has_a_name_that_says_nothing(word: str) -> None:
    """A file is called after its role."""
    assert not [module for module in SOURCES if module.split(".")[-1] == word]


def test_every_native_file_is_described_in_the_architecture() -> None:
    """docs/architecture.md names every C file, or the pair that it belongs to."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    named = set(re.findall(r"`([\w]+)\.[ch*]+`", text))
    files = {path.stem for path in (PACKAGE / "native").iterdir() if not path.name.startswith("py_")}
    assert files - named - {"counters"} == set()


def test_synchronisation_points_come_in_pairs() -> None:
    """Each place where two processes meet is named, in two files at least, and in the architecture page."""
    places: dict[str, set[str]] = {}
    for path in (PACKAGE / "native").iterdir():
        for name in re.findall(r"SYNC ([A-Z][A-Z-]+)", path.read_text()):
            places.setdefault(name, set()).add(path.name)
    alone = {name: files for name, files in places.items() if len(files) < 2}
    assert not alone
    text = " ".join((ROOT / "docs" / "architecture.md").read_text().split())
    missing = [name for name in places if not re.search(rf"\b{name}\b", text)]
    assert not missing
