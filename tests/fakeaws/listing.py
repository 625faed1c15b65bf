"""Filters, pages and tags, which all types of a service have alike."""

import fnmatch
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tests.fakeaws.world import Item, Refusal, World, wire

Values = Callable[[Item], Iterable[Any]]


def field(name: str) -> Values:
    return lambda item: (item.get(name),)


def filtered(items: Iterable[Item], filters: Sequence[Item], known: Mapping[str, Values]) -> list[Item]:
    """Those that pass every filter, by any of its values. Raises Refusal for a filter that is not known."""
    found = list(items)
    for one in filters:
        name, wanted = one["Name"], one["Values"]
        values = _of(name, known)
        exact = {value for value in wanted if not {"*", "?"} & set(value)}
        patterns = [value for value in wanted if value not in exact]
        found = [item for item in found if _passes(values(item), exact, patterns)]
    return found


def _of(name: str, known: Mapping[str, Values]) -> Values:
    if name.startswith("tag:"):
        key = name[4:]
        return lambda item: [tag["Value"] for tag in item.get("Tags", ()) if tag["Key"] == key]
    if name == "tag-key":
        return lambda item: [tag["Key"] for tag in item.get("Tags", ())]
    if name not in known:
        raise Refusal("InvalidParameterValue", f"The filter '{name}' is invalid")
    return known[name]


def _passes(values: Iterable[Any], exact: set[str], patterns: Sequence[str]) -> bool:
    for value in values:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if text in exact or any(fnmatch.fnmatchcase(text, pattern) for pattern in patterns):
            return True
    return False


def described(
    world: World, p: Item, type_: str, key: str, ids: str, known: Mapping[str, Values], filters: str = "Filters"
) -> Item:
    """EC2's answer to a describe."""
    found = filtered(world.shown(type_, p.get(ids, ())), p.get(filters, ()), known)
    return ec2_page(world, p, key, [wire(item) for item in found])


def ec2_page(world: World, p: Item, key: str, items: list[Item]) -> Item:
    page, following = _page(world, items, p.get("MaxResults", 1000), p.get("NextToken"))
    return {key: page, **({"NextToken": following} if following else {})}


def elb_page(world: World, p: Item, key: str, items: list[Item]) -> Item:
    page, following = _page(world, items, p.get("PageSize", 400), p.get("Marker"))
    return {key: page, **({"NextMarker": following} if following else {})}


def marked_page(world: World, p: Item, key: str, items: list[Item]) -> Item:
    """IAM's and Route 53's: IsTruncated says whether there is more."""
    page, following = _page(world, items, int(p.get("MaxItems", 100)), p.get("Marker"))
    return {key: page, "IsTruncated": bool(following), **({"Marker": following} if following else {})}


def _page(world: World, items: list[Item], size: int, token: str | None) -> tuple[list[Item], str]:
    size = min(size, world.page) if world.page else size
    begin = int(token or 0)
    more = begin + size < len(items)
    return items[begin : begin + size], str(begin + size) if more else ""


def tags_of(p: Item, *types: str) -> list[Item]:
    """The tags an EC2 create gives. Raises Refusal for tags of another type."""
    tags: list[Item] = []
    for specification in p.get("TagSpecifications", ()):
        if specification["ResourceType"] not in types:
            raise Refusal(
                "InvalidParameterValue", f"'{specification['ResourceType']}' is not a valid taggable resource"
            )
        if specification["ResourceType"] == types[0]:
            tags += specification.get("Tags", [])
    return with_tags([], tags)


def with_tags(tags: Sequence[Item], more: Sequence[Item]) -> list[Item]:
    merged = {tag["Key"]: tag.get("Value", "") for tag in (*tags, *more)}
    if len(merged) > 50:
        raise Refusal("TagLimitExceeded", "You have reached the maximum number of tags")
    return [{"Key": key, "Value": value} for key, value in merged.items()]


def without_tags(tags: Sequence[Item], less: Sequence[Item]) -> list[Item]:
    """A tag given with a value goes only where it has it (EC2 API reference, DeleteTags)."""
    return [
        tag
        for tag in tags
        if not any(one["Key"] == tag["Key"] and one.get("Value", tag["Value"]) == tag["Value"] for one in less)
    ]
