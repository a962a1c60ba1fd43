#!/usr/bin/env bash
# Run the native core's quick tests under every other supported Python that is on this machine.
#
# Looks on PATH and among pyenv's versions. A pyenv shim exists for versions that are not selected and then fails, so a
# candidate counts only when it runs. None found is no error: the machine decides what is there.
set -euo pipefail
cd "$(dirname "$0")/.."

versions=(3.12 3.13)

# The native core and what is built right on it; everything above is the same under every Python.
core=(
    tests/test_absent_values.py
    tests/test_batch*.py
    tests/test_feeder_frames.py
    tests/test_follow*.py
    tests/test_history.py
    tests/test_process_fork_spawn.py
    tests/test_process_torn_reads.py
    tests/test_quote*.py
    tests/test_reading.py
    tests/test_references.py
    tests/test_require.py
    tests/test_status.py
    tests/test_symbols.py
    tests/test_table.py
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
    "${MAKE:-make}" test-core PYTHON="$python" TEST_EXTRAS=service,ib,core-test PYTEST_ARGS="${core[*]}"
done
