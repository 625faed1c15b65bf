"""Paging of lists, common to all services: page sizes, and tokens of the next page."""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from moto.core.utils import get_service_model

from pltui.emulator.api.errors import Refusal, ec2_error
from pltui.emulator.moto_adapter.calls import Call
from pltui.emulator.moto_adapter.values import Structure

EVERYTHING = 1_000_000
WHOSE = ("OwnerIds", "RestorableByUserIds")
"""Parameters that name accounts, not the listed resources: they may be combined with a page size."""

REPORTED = {"InstanceIds": "instancesSet"}
"""Parameters that EC2's errors call by another name (seen in practitioners' reports)."""


class Pages(NamedTuple):
    """Paging of an operation: the names of its parameters, and the least, most and default items of a page.

    A size beyond `cap` is accepted, but reduced to it.

    Several lists are either returned one after the other, or, if `parallel`, describe the same items in different ways.
    """

    limit: str
    asked: str
    given: str
    more: str | None
    lists: tuple[str, ...]
    parallel: bool
    least: int
    most: int
    default: int
    cap: int | None


def pages_of(service: str, action: str) -> Pages | None:
    """Paging of an operation; None without paging, or with a different form (Route 53's record sets)."""
    return _pages_of(service, action) if service in DEFAULTS else None


DEFAULTS = {"ec2": (5, 1000, EVERYTHING), "elbv2": (1, 400, 400), "iam": (1, 1000, 100), "ssm": (1, 50, 50)}
"""Items of a page: minimum, maximum and default (each service's API reference)."""


@cache
def _pages_of(service: str, action: str) -> Pages | None:
    import botocore.session

    loader = botocore.session.Session().get_component("data_loader")
    found = loader.load_service_model(service, "paginators-1")["pagination"].get(action)
    model = get_service_model(service)
    if action not in model.operation_names:
        return None
    shape = model.operation_model(action).input_shape
    members = shape.members if shape else {}
    limit = next((name for name in ("MaxResults", "PageSize", "MaxItems") if name in members), None)
    if found is None or limit is None or not isinstance(found["input_token"], str):
        return None
    lists = found["result_key"] if isinstance(found["result_key"], list) else [found["result_key"]]
    least, most, default = DEFAULTS[service]
    bounds, documentation = members[limit].metadata, members[limit].documentation
    least, most, cap = bounds.get("min", least), bounds.get("max", most), None
    if service == "ssm":
        default = 10 if "default value is 10" in documentation else most
    if re.search("only 1,?000", documentation):  # for example of endpoints and their services
        least, most, cap = least if "between 5" in documentation else 1, EVERYTHING, most
    return Pages(
        limit=limit,
        asked=found["input_token"],
        given=found["output_token"],
        more=found.get("more_results"),
        lists=tuple(lists),
        parallel=service == "ec2",
        least=least,
        most=most,
        default=default,
        cap=cap,
    )


class Wanted(NamedTuple):
    """The page that a call requests."""

    pages: Pages
    start: int
    size: int


def take_wanted(service: str, action: str, params: Structure) -> Wanted | None:
    """The requested page; its parameters are removed, so that moto returns the whole list.

    Raises:
        EC2ClientError: InvalidParameterValue for a size, InvalidParameterCombination for a size with ids.
        Refusal: ValidationError, ValidationException or InvalidNextToken for other services, and for tokens.
    """
    pages = pages_of(service, action)
    if pages is None:
        return None
    asked = params.pop(pages.limit, None)
    token = params.pop(pages.asked, None)
    size = pages.default if asked is None else int(asked)
    if asked is not None:
        _check(service, pages, size, params)
    params[pages.limit] = EVERYTHING  # moto's own pages would be smaller
    return Wanted(pages, _start(service, pages, token), min(size, pages.cap or size))


def take_wanted_of_body(response: Call, action: str) -> None:
    """Set the requested page of a call of Systems Manager, whose parameters moto leaves in the body.

    Raises:
        Refusal: As `take_wanted`.
    """
    response.wanted_page = take_wanted("ssm", action, json.loads(response.body or "{}"))


def _check(service: str, pages: Pages, size: int, params: Structure) -> None:
    if not pages.least <= size <= pages.most:
        raise _invalid_size(service, pages, size)
    ids = next((name for name, value in params.items() if name.endswith("Ids") and value and name not in WHOSE), None)
    if service == "ec2" and ids:
        reported = REPORTED.get(ids, ids[:1].lower() + ids[1:])
        raise ec2_error(
            "InvalidParameterCombination", f"The parameter {reported} cannot be used with the parameter maxResults"
        )


def _invalid_size(service: str, pages: Pages, size: int) -> Exception:
    low = size < pages.least
    if service == "ec2":
        bound = f"greater than {pages.least}" if low else f"less than {pages.most}"
        return ec2_error(
            "InvalidParameterValue",
            f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value {bound}.",
        )
    relation, limit = ("greater than or equal to", pages.least) if low else ("less than or equal to", pages.most)
    parameter = pages.limit[:1].lower() + pages.limit[1:]
    return Refusal(
        "ValidationException" if service == "ssm" else "ValidationError",
        f"1 validation error detected: Value '{size}' at '{parameter}' failed to satisfy constraint: Member must have"
        f" value {relation} {limit}",
    )


def _start(service: str, pages: Pages, token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token.encode()).decode().removeprefix("after:"))
    except (ValueError, binascii.Error, UnicodeError):
        code = {"elbv2": "ValidationError", "iam": "ValidationError"}.get(service, "InvalidNextToken")
        raise Refusal(code, f"The {pages.asked} is not valid") from None


def cut(wanted: Wanted, result: Structure) -> Structure:
    """The result with its lists cut to the page, and the token of the next page."""
    pages, start, end = wanted.pages, wanted.start, wanted.start + wanted.size
    answer, passed, more = dict(result), 0, False
    for name in pages.lists:
        items: Sequence[object] = list(result.get(name) or ())
        if name in result:
            answer[name] = items[max(0, start - passed) : max(0, end - passed)]
        more = more or passed + len(items) > end
        passed += 0 if pages.parallel else len(items)
    answer[pages.given] = base64.urlsafe_b64encode(f"after:{end}".encode()).decode() if more else None
    if pages.more:
        answer[pages.more] = more
    return answer
