"""Fast import of moto and botocore: models are loaded once, moto's largest tables on first use."""

from __future__ import annotations

import contextlib
import functools
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from io import BufferedIOBase
from pathlib import Path

import botocore.loaders
import botocore.session

from pltui.emulator.moto_adapter.ec2_tables import InstanceTypes, Offered

_TABLES = "ec2/resources/instance_type"
"""Path prefix of moto's tables of instance types: all are parsed at import, although a lab needs one."""


_OPENERS: Mapping[str, Callable[..., AbstractContextManager[BufferedIOBase]]] = {".json": open, ".json.gz": gzip.open}


def load() -> None:
    """Import moto's EC2, the largest of its services; call before anything else imports it."""
    _share_models()
    with _without_tables():
        from moto.ec2.models import instance_types
    _defer_tables(instance_types)
    _remember()


class _FileLoader:
    """Loader of models into plain dicts, which are ordered too and take half the time of botocore's OrderedDict."""

    def exists(self, path: str) -> bool:
        """True if there is a file of this name in any of the formats."""
        return any(Path(path + ending).is_file() for ending in _OPENERS)

    def load_file(self, path: str) -> object:
        """The content of the file, None if there is none."""
        for ending, opener in _OPENERS.items():
            with contextlib.suppress(FileNotFoundError), opener(path + ending, "rb") as file:
                return json.loads(file.read())
        return None


def _share_models() -> None:
    """Make every botocore session use one loader: moto creates many, and each would parse the same models again."""
    create = botocore.session.create_loader
    if not hasattr(create, "cache_info"):
        botocore.loaders.Loader.FILE_LOADER_CLASS = _FileLoader
        botocore.session.create_loader = functools.cache(create)


def _remember() -> None:
    """Cache constant results of moto's functions, which take a third of the time of a small call."""
    from moto import backends
    from moto.core import responses, utils

    modules = tuple(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules
    responses.method_names_from_class = functools.cache(utils.method_names_from_class)


@contextlib.contextmanager
def _without_tables() -> Iterator[None]:
    from moto.utilities import utils

    load_resource = utils.load_resource

    def load_other(path: str) -> object:
        return {} if path.startswith(_TABLES) else load_resource(path)

    utils.load_resource = load_other
    try:
        yield
    finally:
        utils.load_resource = load_resource


def _defer_tables(module: InstanceTypes) -> None:
    """Replace the tables in place, as moto's modules have references to them already."""
    if isinstance(module.INSTANCE_TYPE_OFFERINGS.get("region"), _Offerings):
        return
    for location, regions in module.INSTANCE_TYPE_OFFERINGS.items():
        module.INSTANCE_TYPE_OFFERINGS[location] = _Offerings(location, regions)
    module.InstanceTypeBackend.instance_types = _InstanceTypes(module)


class _Offerings(dict[str, Offered]):
    """Region -> the instance types offered at locations of one kind; a region's file is read on first access."""

    def __init__(self, location: str, regions: Mapping[str, Offered]) -> None:
        super().__init__(regions)
        self._location = location
        self._read: set[str] = set()

    def __getitem__(self, region: str) -> Offered:
        from moto.utilities.utils import load_resource

        if region in self and region not in self._read:
            rows = load_resource(f"{_TABLES}_offerings/{self._location}/{region}.json")
            self[region] = [{**row, "LocationType": self._location} for row in rows]
            self._read.add(region)
        return super().__getitem__(region)

    def get(self, region: str, default: object = None) -> object:  # type: ignore[override]
        """Like `dict.get`, with the file read first."""
        return self[region] if region in self else default  # noqa: SIM401


class _InstanceTypes:
    """Descriptor of a class attribute of moto: every instance type, created on first access."""

    def __init__(self, module: InstanceTypes) -> None:
        self._module = module

    @functools.cached_property
    def _all(self) -> list[object]:
        from moto.utilities.utils import load_resource

        self._module.INSTANCE_TYPES.update(load_resource(f"{_TABLES}s.json"))
        return list(map(self._module.InstanceType, self._module.INSTANCE_TYPES))

    def __get__(self, backend: object, owner: type) -> list[object]:
        return self._all
