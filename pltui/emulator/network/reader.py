"""Reader of one account's view of a region, which reads again only topics that a call may have changed. Blocking."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from pltui.emulator.network import USER_AGENT
from pltui.emulator.network.changes import Location
from pltui.reachability import reading
from pltui.reachability.parse import ApiResponses
from pltui.reachability.reading import Items, Reading, Request

log = logging.getLogger(__name__)

_FAILURES = (BotoCoreError, ClientError, ResponseParserError)

# Account id that moto, and emulators built on it, assign to unknown credentials.
PLAIN_ACCOUNT = "123456789012"
# Errors of an API that does not know an operation, as another emulator may not: codes, or for answers that are not in
# AWS's format the HTTP status, which botocore reports as their code.
_UNKNOWN_CODES = frozenset({"NotImplemented", "InvalidAction", "UnknownOperationException", "404", "405", "501"})
# Errors for a key that is no longer known: the role in its account must be assumed again.
_STALE_CODES = frozenset({"ExpiredToken", "RequestExpired", "InvalidClientTokenId", "AuthFailure"})


class NetworkReader:
    """Reader of one location at one endpoint. `answers` is replaced as a whole; use from one thread at a time.

    It enters other accounts than that of the default keys by assuming a role there, as any client would.
    """

    def __init__(self, endpoint_url: str, place: Location) -> None:
        self.place = place
        self.answers = ApiResponses(place.region, account=place.account)
        self._endpoint_url = endpoint_url
        self._keys: dict[str, str] = {}
        self._clients: dict[str, Any] = {}
        self._complaints: dict[str, str] = {}

    def read(self, wanted: Iterable[str]) -> frozenset[str]:
        """Read these topics; return those to be tried again, which keep their previous answers."""
        wanted, failed = frozenset(wanted), set()
        for topic in (reading.NEW_VPCS, *reading.TOPICS):
            if topic not in wanted:
                continue
            try:
                self.answers = replace(self.answers, **self._read(reading.read(topic, self.answers)))
                self._complaints.pop(topic, None)
            except (*_FAILURES, AttributeError, LookupError, TypeError, ValueError) as error:
                if _may_pass(error):
                    failed.add(topic)
                self._complain(topic, error)
        return frozenset(failed)

    def _complain(self, topic: str, error: Exception) -> None:
        if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") in _STALE_CODES:
            self._keys, self._clients = {}, {}
        if self._complaints.get(topic) != str(error):
            self._complaints[topic] = str(error)
            log.info("cannot read %s of %s in %s: %s", topic, self.place.account or "us", self.place.region, error)

    def _read(self, topic: Reading) -> dict[str, Any]:
        try:
            requests = next(topic)
            while True:
                requests = topic.send([self._answer(request) for request in requests])
        except StopIteration as done:
            return dict(done.value)

    def _answer(self, request: Request) -> Items:
        client, operation = self._client(request.service), xform_name(request.operation)
        if not request.key:
            return (getattr(client, operation)(**request.parameters),)
        if not client.can_paginate(operation):
            return tuple(getattr(client, operation)(**request.parameters)[request.key])
        pages = client.get_paginator(operation).paginate(**request.parameters)
        return tuple(item for page in pages for item in page.get(request.key, ()))

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._connect(service, self._credentials())
        return self._clients[service]

    def _credentials(self) -> dict[str, str]:
        """Keys of the account. An emulator accepts any key for its default account, and any caller for any role."""
        plain = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
        if self.place.account in ("", PLAIN_ACCOUNT):
            return plain
        if not self._keys:
            given = self._connect("sts", plain).assume_role(
                RoleArn=f"arn:aws:iam::{self.place.account}:role/{USER_AGENT}", RoleSessionName=USER_AGENT
            )["Credentials"]
            self._keys = {
                "aws_access_key_id": given["AccessKeyId"],
                "aws_secret_access_key": given["SecretAccessKey"],
                "aws_session_token": given["SessionToken"],
            }
        return self._keys

    def _connect(self, service: str, keys: dict[str, str]) -> Any:
        connect: Any = boto3.client  # untyped in some releases of its stubs, with thousands of overloads in others
        return connect(
            service,
            endpoint_url=self._endpoint_url,
            region_name=self.place.asked_region(),
            config=Config(
                user_agent_extra=USER_AGENT,
                retries={"total_max_attempts": 1},
                connect_timeout=5,
                read_timeout=30,
                proxies={},
                parameter_validation=False,
            ),
            **keys,
        )


def _may_pass(error: Exception) -> bool:
    """True if another attempt may succeed: not if the API does not know the call, or answers in another shape."""
    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code") not in _UNKNOWN_CODES
    return isinstance(error, _FAILURES)
