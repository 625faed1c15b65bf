"""moto's registries of backends, one of each service, whose contents are the API's whole state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol


class BackendRegistry(Protocol):
    """The backends of a service: a dictionary by account, of dictionaries by region."""

    service_name: str
    backend: type

    def __getitem__(self, account: str) -> dict[str, object]:
        """The backends of an account by region."""

    def iter_backends(self) -> Iterator[tuple[str, str, object]]:
        """Account, region and backend of each one in use."""

    def clear(self) -> None:
        """Remove all backends."""


def registries() -> Iterable[BackendRegistry]:
    """The registries of the services in use."""
    from moto.core.base_backend import BackendDict

    return tuple(BackendDict._instances)


def registry_of(service: str) -> BackendRegistry:
    """The registry of a service, which is loaded by this."""
    from moto.backends import get_backend

    registry: BackendRegistry = get_backend(service)
    return registry


def remove_everything() -> None:
    """Remove all backends, and all that moto stores outside of them."""
    from moto.core.base_backend import BackendDict
    from moto.core.model_instances import reset_model_data

    for registry in registries():
        # Its own reset would create each backend again, only to be discarded.
        registry.clear()
        getattr(registry, "bucket_accounts", {}).clear()  # S3's names
    BackendDict._instances.clear()
    reset_model_data()
