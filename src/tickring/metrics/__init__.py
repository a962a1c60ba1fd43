"""What Prometheus is told: the numbers of segment, feeder, supervisor and alerter, read when they are asked for."""

from tickring.metrics.collector import StackCollector, render

__all__ = ["StackCollector", "render"]
