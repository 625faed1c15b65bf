"""Health of targets: counted and written by network/health_checks.py, read by api/targets.py."""

from collections.abc import Iterable, Mapping
from threading import Lock
from typing import NamedTuple


class TargetHealth(NamedTuple):
    """One row of DescribeTargetHealth: states and reasons are elbv2's own (`healthy`, `Target.FailedHealthChecks`…)."""

    state: str
    reason: str | None = None
    description: str | None = None


INITIAL = TargetHealth("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")


class TargetHealthBoard:
    """The latest result for each target. Health checks write it, DescribeTargetHealth reads it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rows: dict[tuple[str, str, int], TargetHealth] = {}

    def set(
        self,
        target_group_arn: str,
        target_id: str,
        port: int,
        state: str,
        reason: str | None = None,
        description: str | None = None,
    ) -> None:
        """Set the result of the last health checks; `healthy` has neither reason nor description on AWS."""
        with self._lock:
            self._rows[target_group_arn, target_id, port] = TargetHealth(state, reason, description)

    def get(self, target_group_arn: str, target_id: str, port: int) -> TargetHealth | None:
        """The latest result, or None before the first check."""
        with self._lock:
            return self._rows.get((target_group_arn, target_id, port))

    @property
    def rows(self) -> Mapping[tuple[str, str, int], TargetHealth]:
        """A copy of the latest results, by (target group ARN, target id, port)."""
        with self._lock:
            return dict(self._rows)

    def replace(self, rows: Iterable[tuple[tuple[str, str, int], TargetHealth]] = ()) -> None:
        """Replace all results."""
        with self._lock:
            self._rows = dict(rows)

    def forget(self, target_group_arn: str, target_id: str, port: int) -> None:
        """Drop a result, as when a target is deregistered: registered again, it starts from the initial state."""
        with self._lock:
            self._rows.pop((target_group_arn, target_id, port), None)
