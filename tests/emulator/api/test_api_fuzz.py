"""Requests that no client sends: whatever is wrong, the answer is an error of AWS's in the service's own protocol."""

import json
import logging
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import httpx
import jmespath
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.aws_requests.smallest import smallest_request
from tests.emulator.api.fuzzing import Sent, mutants, recorded
from tests.fakeaws.conversations import CONVERSATIONS, Step
from tests.fakeaws.test_contract import IDS

SEED = 20260101
SERVICES = ("ec2", "elbv2", "iam", "route53", "ssm", "sts", "ram", "vpc-lattice")
IN_JSON = frozenset({"ssm", "ram", "vpc-lattice"})
EVENT_NAMES = {"elastic-load-balancing-v2": "elbv2", "route-53": "route53"}
ENOUGH = (
    "a whole lab, built and taken down", "security groups", "a load balancer's attributes", "listeners", "records",
    "parameters", "roles", "tags", "endpoints that are refused",
)  # fmt: skip
"""Conversations of the gate: all services, each with several calls."""
LONGEST_BODY_SHOWN = 300


class Fuzzer:
    """Plays conversations against the sandbox; each call's mutants are sent just before it."""

    def __init__(self, aws: Any, seed: int, each: int) -> None:
        self.aws, self.each = aws, each
        self.chance = random.Random(seed)
        self.host = urlsplit(aws.url).netloc
        self.clients: dict[str, Any] = {}
        self.answers: Counter[str] = Counter()
        self.operations: set[tuple[str, str]] = set()
        self.wrong: list[str] = []

    def play(self, steps: Iterable[Step]) -> None:
        """Make the calls of a conversation, in which later steps refer to ids that earlier ones gave."""
        kept: dict[str, Any] = {}
        for step in steps:
            call = getattr(self.client(step.service), xform_name(step.operation))
            with suppress(ClientError):
                answer = call(**_filled(step.parameters, kept))
                wanted = {step.keep: IDS[step.operation]} if isinstance(step.keep, str) and step.keep else step.keep
                kept |= {name: jmespath.search(path, answer) for name, path in dict(wanted or {}).items()}

    def client(self, service: str) -> Any:
        """The client of a service, before whose requests their mutants are sent."""
        if service not in self.clients:
            config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
            client = self.aws.client(service, config=config)
            client.meta.events.register("before-send", self._before)
            self.clients[service] = client
        return self.clients[service]

    def _before(self, request: Any, event_name: str, **_: Any) -> None:
        _, service, operation = event_name.split(".")
        self.aws.wait(600)
        valid = recorded(EVENT_NAMES.get(service, service), operation, request)
        for mutant in islice(mutants(valid, self.chance), self.each):
            self._try(mutant)

    def _try(self, sent: Sent) -> None:
        self.operations.add((sent.service, sent.operation))
        status, kind, body = sent.to(self.host)
        self.answers[f"{status // 100}xx"] += 1
        if why := _fault(sent, status, kind, body):
            shown = (sent.path, sent.body[:LONGEST_BODY_SHOWN], body[:LONGEST_BODY_SHOWN])
            self.wrong.append(f"{sent.service}:{sent.operation} {sent.mutation}: {why}: {shown}")


def _filled(value: Any, kept: Mapping[str, Any]) -> Any:
    match value:
        case str() if value.startswith("$"):
            return kept.get(value[1:]) or f"unknown-{value[1:]}"
        case Mapping():
            return {key: _filled(item, kept) for key, item in value.items()}
        case list() | tuple():
            return [_filled(item, kept) for item in value]
    return value


def _fault(sent: Sent, status: int, kind: str, body: bytes) -> str:
    """The reason that an answer is wrong; empty for a right one."""
    if status >= 500:
        return f"status {status}"
    if "html" in kind or b"<html" in body[:200].lower() or b"<!doctype" in body[:200].lower():
        return "a web page"
    if not sent.intact or not body:
        return ""
    try:
        json.loads(body) if sent.service in IN_JSON else ElementTree.fromstring(body)
    except (ValueError, ElementTree.ParseError) as error:
        return f"not in its protocol: {error}"
    return ""


@contextmanager
def fuzzing(aws: Any, seed: int, each: int) -> Iterator[Fuzzer]:
    """A fuzzer on an empty sandbox, which is empty again at the end."""
    logging.getLogger("pltui.emulator.api").setLevel(logging.CRITICAL)
    httpx.post(f"{aws.url}/moto-api/reset")
    fuzzer = Fuzzer(aws, seed, each)
    try:
        yield fuzzer
    finally:
        logging.getLogger("pltui.emulator.api").setLevel(logging.NOTSET)
        httpx.post(f"{aws.url}/moto-api/reset")


def smallest_calls(fuzzer: Fuzzer, services: Sequence[str]) -> Iterator[Step]:
    """The smallest request of each operation of the services."""
    for service in services:
        model = fuzzer.client(service).meta.service_model
        for name in model.operation_names:
            yield Step(service, name, smallest_request(model.operation_model(name)))


def report(fuzzer: Fuzzer) -> str:
    return (
        f"{fuzzer.answers.total()} mutants of {len(fuzzer.operations)} operations: "
        f"{dict(sorted(fuzzer.answers.items()))}, {len(fuzzer.wrong)} wrong"
    )


def test_mutants_of_valid_calls_get_errors_of_aws(aws: Any) -> None:
    with fuzzing(aws, SEED, 3) as fuzzer:
        for name in ENOUGH:
            fuzzer.play(CONVERSATIONS[name])
    print(report(fuzzer))
    assert fuzzer.wrong == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_many_mutants_of_all_operations_get_errors_of_aws(aws: Any, thorough: bool) -> None:
    """About 2,600 mutants, and 10,000 with --thorough."""
    with fuzzing(aws, SEED + 1, 12 if thorough else 2) as fuzzer:
        for steps in CONVERSATIONS.values():
            fuzzer.play(steps)
        fuzzer.each = 2 if thorough else 1
        fuzzer.play(smallest_calls(fuzzer, SERVICES))
    print(report(fuzzer))
    assert fuzzer.wrong == []
