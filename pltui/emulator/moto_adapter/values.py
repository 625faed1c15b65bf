"""Names for values of which only moto, botocore or a caller knows the type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Moto: TypeAlias = Callable[..., Any]
"""moto's own function, which a correction replaces. Neither its arguments nor its result are checked."""

Correction: TypeAlias = Callable[..., object]
"""(lab, moto's own function, *arguments of that function), named like the function that it corrects."""

Structure: TypeAlias = dict[str, Any]
"""A structure of a request, of a response or of AWS's tables, by its model in botocore.

A request's has been validated by that model already.
"""

Result: TypeAlias = Any
"""The content of an answer: a structure, an object of moto that has the attributes of one, or an error."""

Row: TypeAlias = Any
"""A row of one of moto's own tables: an image, or a managed policy."""

ContainerType: TypeAlias = Any
"""A class of containers, whose own methods are called, not those of a subclass of moto."""

Saved: TypeAlias = Any
"""A value of a saved lab: an attribute of an object of moto or pltui, at any depth."""

Node: TypeAlias = dict[str, Any]
"""A value of a saved lab as JSON, with the key that marks its kind. One that is read may be damaged."""


def private(thing: object) -> Any:
    """An object of moto, for access to its private members, which no protocol names."""
    return thing
