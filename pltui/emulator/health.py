"""What the load balancer's nodes found out about their targets."""

from collections.abc import Iterable, Mapping
from threading import Lock
from typing import NamedTuple


class TargetHealth(NamedTuple):
    """One row of DescribeTargetHealth: states and reasons are elbv2's own (`healthy`, `Target.FailedHealthChecks`…)."""

    state: str
    reason: str | None = None
    description: str | None = None


class TargetHealthBoard:
    """The latest word on each target. Health checks write it, DescribeTargetHealth reads it. Thread-safe."""

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
        """Note what the last health checks say; `healthy` has neither reason nor description on AWS."""
        with self._lock:
            self._rows[target_group_arn, target_id, port] = TargetHealth(state, reason, description)

    def get(self, target_group_arn: str, target_id: str, port: int) -> TargetHealth | None:
        """The last word, or None as long as nobody has checked."""
        with self._lock:
            return self._rows.get((target_group_arn, target_id, port))

    @property
    def rows(self) -> Mapping[tuple[str, str, int], TargetHealth]:
        """The last word on every target."""
        with self._lock:
            return dict(self._rows)

    def replace(self, rows: Iterable[tuple[tuple[str, str, int], TargetHealth]] = ()) -> None:
        """Know just this."""
        with self._lock:
            self._rows = dict(rows)

    def forget(self, target_group_arn: str, target_id: str, port: int) -> None:
        """Drop what is known, as when a target is deregistered: registered again, it starts anew."""
        with self._lock:
            self._rows.pop((target_group_arn, target_id, port), None)
