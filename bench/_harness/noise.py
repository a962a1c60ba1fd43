"""Watch what else runs on the machine, before and during a question, and name it.

What others used is all CPU time of the machine less our own, so that processes that came and went are counted too;
names come from looking at those that are there. The time the hypervisor took away is told apart.
"""

from __future__ import annotations

import os
import time
from typing import NamedTuple

import psutil

from bench._harness.cores import reader_core
from bench._harness.results import Noise

__all__ = ["NoiseWatch"]


class _Look(NamedTuple):
    at: float
    all_s: float
    ours_s: float
    steal_s: float
    others: dict[tuple[int, float], tuple[str, float]]
    """Name and CPU seconds by (pid, start time)."""


def _cpu_s(process: psutil.Process) -> float:
    """Return what a process and its ended children have used."""
    used = process.cpu_times()
    return used.user + used.system + used.children_user + used.children_system


def _look() -> _Look:
    me = psutil.Process()
    ours = {process.pid: process for process in (me, *me.children(recursive=True))}
    not_others = {*ours, *(parent.pid for parent in me.parents())}
    ours_s = 0.0
    others = {}
    for process in psutil.process_iter():
        try:
            if process.pid in ours:
                ours_s += _cpu_s(process)
            elif process.pid not in not_others:
                used = process.cpu_times()
                others[process.pid, process.create_time()] = process.name(), used.user + used.system
        except psutil.Error:
            continue
    machine = psutil.cpu_times()
    return _Look(time.monotonic(), machine.user + machine.nice + machine.system, ours_s, machine.steal, others)


def _between(before: _Look, after: _Look) -> tuple[float, list[str]]:
    """Return what others used, in percent of one core, and who most."""
    percent = 100 / max(0.01, after.at - before.at)
    used = {key: (cpu_s - before.others.get(key, ("", 0.0))[1]) * percent for key, (_, cpu_s) in after.others.items()}
    worst = sorted(used, key=lambda key: used[key], reverse=True)[:3]
    names = [f"{after.others[key][0]} (pid {key[0]}) {used[key]:.0f} %" for key in worst if used[key] >= 2.0]
    others = (after.all_s - before.all_s) - (after.ours_s - before.ours_s)
    return max(0.0, others * percent), names


def _empty_loop_ns() -> float:
    """Return what one turn of an empty loop takes on the reader's core, the best of some."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {reader_core()})
    taken = []
    for _ in range(20):
        started = time.perf_counter_ns()
        for _ in range(20_000):
            pass
        taken.append((time.perf_counter_ns() - started) / 20_000)
    os.sched_setaffinity(0, before)
    return round(min(taken), 2)


class NoiseWatch:
    """From its making, which takes `settle_s`, to `end`."""

    def __init__(self, settle_s: float) -> None:
        self._load = os.getloadavg()[0]
        first = _look()
        time.sleep(settle_s)
        self._loop_ns = _empty_loop_ns()
        self._start = _look()
        self._before, self._busiest_before = _between(first, self._start)

    def end(self) -> Noise:
        """Return what happened meanwhile."""
        now = _look()
        during, busiest = _between(self._start, now)
        steal = (now.steal_s - self._start.steal_s) * 100 / max(0.01, now.at - self._start.at) / (os.cpu_count() or 1)
        return Noise(
            load_before=round(self._load, 2),
            others_before_percent=round(self._before, 1),
            others_percent=round(during, 1),
            steal_percent=round(steal, 2),
            busiest=busiest or self._busiest_before,
            loop_before_ns=self._loop_ns,
            loop_after_ns=_empty_loop_ns(),
        )
