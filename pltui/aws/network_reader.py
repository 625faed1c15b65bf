"""Reader of VPCs and their contents for `pltui.reachability.reading`, with many concurrent calls."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pltui.aws.client import Aws
from pltui.engine.errors import CloudError
from pltui.reachability import reading
from pltui.reachability.parse import ApiResponses
from pltui.reachability.reading import Items, Reading, ReadScope, Request

# Topics of a lab with a load balancer. All their calls are among the permissions to observe a lab.
TOPICS = frozenset(reading.TOPICS) - reading.LATTICE_TOPICS


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The API's answers about some VPCs."""

    answers: ApiResponses
    unread: Mapping[str, CloudError]  # unreadable topic, empty in `answers` -> error


async def read_surroundings(aws: Aws, vpcs: tuple[str, ...]) -> Surroundings:
    """Return the contents and surroundings of `vpcs`, and nothing else of the account.

    Topics that may not be read are left empty and listed: the rest is useful even so.

    Raises:
        CloudError: If the VPCs themselves cannot be read.
    """
    answers, unread, scope = ApiResponses(aws.target.region), dict[str, CloudError](), ReadScope(vpcs, user_data=False)
    for stage in reading.STAGES:
        topics = [topic for topic in stage if topic in TOPICS]
        readings = (_read_topic(aws, reading.read(topic, answers, scope)) for topic in topics)
        found = await asyncio.gather(*readings, return_exceptions=True)
        for topic, fields in zip(topics, found, strict=True):
            if isinstance(fields, CloudError):
                unread[topic] = fields
            elif isinstance(fields, BaseException):
                raise fields
            else:
                answers = replace(answers, **fields)
        if "vpcs" in unread:
            raise unread["vpcs"]
    return Surroundings(answers, unread)


async def _read_topic(aws: Aws, topic: Reading) -> dict[str, Any]:
    try:
        requests = next(topic)
        while True:
            requests = topic.send(await asyncio.gather(*(_send_request(aws, request) for request in requests)))
    except StopIteration as done:
        return dict(done.value)


async def _send_request(aws: Aws, request: Request) -> Items:
    if request.key:
        return tuple(await aws.pages(request.service, request.operation, request.key, **request.parameters))
    return (await aws.call(request.service, request.operation, **request.parameters),)
