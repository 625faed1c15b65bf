"""moto's long tables (images, managed policies), loaded on first access: most calls need none of them.

Loaded up front, the policies alone delay an account's first calls by a second, once for each of AWS's partitions. moto
loads the same rows each time, so a saved lab has only those that a call has changed, added or removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import NamedTuple

from moto.ec2.models import EC2Backend
from moto.ec2.models.amis import AmiBackend
from moto.iam.models import AWSManagedPolicy, IAMBackend

from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend
from pltui.emulator.moto_adapter.ec2_tables import MotoImage, MotoSnapshot
from pltui.emulator.moto_adapter.iam import IamBackend, MotoPolicy
from pltui.emulator.moto_adapter.tables import (
    LOADING_IMAGES,
    LOADING_POLICIES,
    MANAGED_POLICIES,
    load_images,
    load_policies,
)
from pltui.emulator.moto_adapter.values import Row

# Arbitrary: the volume id of a copied snapshot has no meaning (EC2 API reference, CopySnapshot).
_NO_VOLUME = "vol-ffffffff"


def install(lab: ApiContext) -> None:
    """Install the loading on first access."""
    lab.replace(AmiBackend, LOADING_IMAGES, lambda _backend: None)
    lab.replace(IAMBackend, LOADING_POLICIES, lambda _backend: [])
    lab.replace(IAMBackend, MANAGED_POLICIES, lambda _backend: {})
    for owner, column in _COLUMNS.items():
        lab.replace(owner, column.name, property(column.read, column.start_with))
    lab.replace(IAMBackend, "aws_managed_policies", property(_policies_of_aws, lambda _backend, _empty: None))


def without_own(backends: Iterable[object]) -> dict[int, object]:
    """Replacements for saving, by the ids of the backends' objects: tables without the rows that moto loads itself."""
    instead: dict[int, object] = {}
    for backend in backends:
        column = _COLUMNS.get(type(backend))
        if column is not None and column.attribute in vars(backend):
            instead |= column.without_own(backend)
    return instead


class Table:
    """Rows by id. moto's own are added on first access, except for those in `gone` and those that exist.

    `own` has the representation of each of moto's rows when it was added.
    """

    def __init__(self, rows: dict[str, Row], gone: Iterable[str] = ()) -> None:
        self.rows = rows
        self.gone = set(gone)
        self.filled = False
        self.own: dict[str, str] = {}


class _Column(NamedTuple):
    """An attribute of a moto backend that is a table: how to fill it, and the objects that make up a row."""

    name: str
    fill: Callable[..., object]
    parts: Callable[[Row], Iterable[object]]

    @property
    def attribute(self) -> str:
        """The name of the attribute that has the `Table`."""
        return f"_{self.name}_table"

    def read(self, backend: object) -> dict[str, Row]:
        """The rows, with moto's own added on first access."""
        table: Table | None = vars(backend).get(self.attribute)
        if table is None:
            rows: dict[str, Row] = vars(backend)[self.name]
            return rows  # moto created and filled it before the corrections were installed
        if not table.filled:
            table.filled = True
            changed = dict(table.rows)
            table.rows.clear()
            self.fill(backend, table.rows)
            table.own = {key: "" if key in changed else self._look(row) for key, row in table.rows.items()}
            for key in table.gone & table.rows.keys():
                del table.rows[key]
            table.rows.update(changed)
        return table.rows

    def start_with(self, backend: object, empty: dict[str, Row]) -> None:
        """Store a table that is filled on first access."""
        vars(backend)[self.attribute] = Table(empty)

    def without_own(self, backend: object) -> dict[int, object]:
        """Replacements for saving, by object id: the table, and EC2's snapshots, without moto's unchanged rows."""
        table: Table = vars(backend)[self.attribute]
        changed: dict[str, Row] = {}
        left_out: set[int] = set()
        for key, row in table.rows.items():
            if table.own.get(key) == self._look(row):
                left_out.update(map(id, self.parts(row)))
            else:
                changed[key] = row
        gone = (table.own.keys() - table.rows.keys()) if table.filled else table.gone
        instead: dict[int, object] = {id(table): Table(changed, gone)}
        if type(backend) is EC2Backend:
            snapshots: dict[str, MotoSnapshot] = vars(backend)["snapshots"]
            instead[id(snapshots)] = {key: each for key, each in snapshots.items() if id(each) not in left_out}
        return instead

    def _look(self, row: object) -> str:
        return repr([vars(part) for part in self.parts(row)])


def _fill_images(backend: Ec2Backend, rows: dict[str, MotoImage]) -> None:
    """Load public images. They and their snapshots have the same ids for every account, at any time."""
    there = dict(backend.snapshots)
    load_images(backend)
    backend.snapshots.clear()
    for image in rows.values():
        snapshot = image.ebs_snapshot
        if snapshot.id not in there:
            snapshot.id = image.id.replace("ami-", "snap-")
            snapshot.start_time, snapshot.volume.id = image.creation_date, _NO_VOLUME
            backend.snapshots[snapshot.id] = snapshot
    backend.snapshots.update(there)


def _fill_policies(backend: IamBackend, rows: dict[str, MotoPolicy]) -> None:
    """Load AWS's own policies, each with a fixed id."""
    for policy in load_policies(backend):
        policy.id = "ANPA" + hashlib.sha256(policy.arn.encode()).hexdigest()[:17].upper()
        rows[policy.arn] = policy


def _policies_of_aws(backend: IamBackend) -> list[MotoPolicy]:
    return [policy for policy in backend.managed_policies.values() if isinstance(policy, AWSManagedPolicy)]


_COLUMNS = {
    EC2Backend: _Column("amis", _fill_images, lambda image: (image, image.ebs_snapshot)),
    IAMBackend: _Column("managed_policies", _fill_policies, lambda policy: (policy,)),
}
