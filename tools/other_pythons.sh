#!/usr/bin/env bash
# Run the quick tests under every other supported Python that is on this machine.
#
# Looks on PATH and among pyenv's versions. A pyenv shim exists for versions that are not selected and then fails, so a
# candidate counts only when it runs. None found is no error: the machine decides what is there.
set -euo pipefail
cd "$(dirname "$0")/.."

versions=(3.12 3.13)

# What is the same under every Python is tested under one: C programs, checkers of the tree, benchmarks, the screen.
elsewhere=(
    tests/test_architecture.py
    'tests/test_bench_*.py'
    'tests/test_cli_top_*.py'
    tests/test_layout_document.py
    'tests/test_native_*.py'
    'tests/test_simulator_*.py'
    tests/test_typing.py
)

find_python() {
    local version=$1 candidate
    for candidate in "python$version" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version".*/bin/"python$version"; do
        if "$candidate" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$version')" 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
}

for version in "${versions[@]}"; do
    python=$(find_python "$version")
    if [[ -z $python ]]; then
        echo "== Python $version: not on this machine"
        continue
    fi
    echo "== Python $version: $python"
    "${MAKE:-make}" test-quick PYTHON="$python" PYTEST_ARGS="${elsewhere[*]/#/--ignore-glob=}"
done
