"""Systems Manager's objects in moto, with the attributes in use; and their private members."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from pltui.emulator.moto_adapter.values import private


class MotoParameter(Protocol):
    """A parameter."""

    value: object


class MotoCommand(Protocol):
    """A command that was sent to instances."""

    command_id: str
    comment: str
    document_name: str
    instance_ids: list[str]
    parameters: Mapping[str, list[str]]
    requested_date_time: object
    status: str
    status_details: str
    target_count: int
    completed_count: int
    error_count: int

    # Added by pltui:
    sent_at: float


class SsmBackend(Protocol):
    """Systems Manager in an account and region."""

    account_id: str
    region_name: str
    get_parameter: Callable[[str], MotoParameter | None]
    get_command_by_id: Callable[[str], MotoCommand]


def documents_of(backend: SsmBackend) -> Collection[str]:
    """The names of the account's own documents."""
    names: Collection[str] = private(backend)._documents
    return names


def commands_of(backend: SsmBackend) -> Sequence[MotoCommand]:
    """The commands that the account has sent."""
    commands: Sequence[MotoCommand] = private(backend)._commands
    return commands
