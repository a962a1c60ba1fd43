#!/usr/bin/env bash
# Run the native core's quick tests under every other supported Python that is on this machine.
#
# Looks on PATH and among pyenv's versions. A pyenv shim exists for versions that are not selected and then fails, so a
# candidate counts only when it runs. None found is no error: the machine decides what is there. All run side by side;
# what they say is shown one after the other.
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

logs=$(mktemp --directory)
declare -A running
trap 'for group in "${running[@]}"; do kill -- "-$group" 2>/dev/null || true; done; rm -rf "$logs"' EXIT
set -m # each in a process group of its own: else a script's background jobs ignore Ctrl-C, which some tests press
for version in "${versions[@]}"; do
    python=$(find_python "$version")
    if [[ -z $python ]]; then
        echo "== Python $version: not on this machine"
        continue
    fi
    echo "== Python $version: $python"
    "${MAKE:-make}" test-core PYTHON="$python" WORKERS=2 PYTEST_ARGS="${core[*]}" >"$logs/$version" 2>&1 &
    running[$version]=$!
done

failed=0
for version in "${versions[@]}"; do
    [[ -n ${running[$version]:-} ]] || continue
    code=0
    wait "${running[$version]}" || code=$?
    unset "running[$version]"
    echo "== Python $version:"
    cat "$logs/$version"
    if ((code)); then
        echo "== Python $version failed with $code"
        failed=1
    fi
done
exit "$failed"
