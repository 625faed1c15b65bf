"""Calls to AWS from coroutines: safe calls are retried, at a rate that the service accepts."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Mapping
from typing import Any, TypeVar

from pltui.aws.errors import kind_of, translate_error
from pltui.aws.rate_limit import Budget, Pause, RateLimiter, bucket_of, sleep
from pltui.aws.transport import Boto, ErrorAnswer, NoAnswer, NotReached, Target, Wire, iam_action, sendable
from pltui.aws_errors import ErrorKind
from pltui.engine.cloud import admission, notice, urgency, written
from pltui.engine.errors import CloudError, DeniedError, OutcomeUnknownError, UnreachedError
from pltui.engine.polling import read_exception
from pltui.i18n import Phrase

__all__ = ["Aws", "Target", "iam_action"]

T = TypeVar("T")

AGAIN = "{code}: try {n} of {most} in {seconds:.1f} s, {left} retries left"
ATTEMPTS = 8  # attempts of a call that is safe to resend: with full jitter up to about a minute in total
TO_REACH = 3  # attempts if the endpoint is not reached at all; more would only delay the error
# Attempts if AWS has answered before: about half a minute in total, for a changing network or a reconnecting VPN.
TO_REACH_AGAIN = 10
LONGEST_BACKOFF = 20.0  # seconds
# EC2 user guide, "List and filter using the CLI and API": maximum values of all filters of one request.
MOST_FILTER_VALUES = 200
READS = ("Describe", "Get", "List")


async def _go_on() -> None:
    return None


def _always() -> bool:
    return True


class Aws:
    """One account in one region. Raises `pltui.engine.errors.CloudError` and its subclasses, never botocore's.

    `pause` sleeps between two attempts, and returns True to give up. `guard` is called before each attempt of a write:
    its exception prevents the write. `valid` is checked again just before a write is sent. `repeatable`: writes that
    may be resent after a lost answer, beside those with a ClientToken.
    """

    def __init__(
        self,
        target: Target,
        pause: Pause = sleep,
        *,
        wire: Wire | None = None,
        guard: Callable[[], Awaitable[None]] = _go_on,
        valid: Callable[[], bool] = _always,
        repeatable: Collection[str] = (),
    ) -> None:
        self.target, self.pause, self._guard, self._valid = target, pause, guard, valid
        self._repeatable = repeatable
        self._wire: Wire = wire or Boto(target)
        self._paces: dict[str, RateLimiter] = {}
        self.budget = Budget()
        self.calls = 0
        self._reached = False  # True once a call was answered
        self._to_reach_again = TO_REACH_AGAIN
        self._reports = True  # writes belong to a step of a run
        self._background: set[asyncio.Task[Any]] = set()

    def without_guard(self) -> Aws:
        """Return a client of the same account over the same wire, without `guard`: for the lease's own calls.

        A lease that cannot be renewed soon is better given up, so an unreachable endpoint gets only `TO_REACH`
        attempts.
        """
        other = Aws(self.target, wire=self._wire)
        other._reports = False
        other._to_reach_again = TO_REACH
        other._paces, other.budget, other._background = self._paces, self.budget, self._background
        return other

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task that `close` cancels, whether or not it is awaited.

        Its exception is never reported as unretrieved.
        """
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._discard_task)
        return task

    def _discard_task(self, task: asyncio.Task[Any]) -> None:
        self._background.discard(task)
        read_exception(task)

    async def close(self) -> None:
        """Cancel the background tasks and wait until they have ended."""
        tasks = tuple(self._background)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def prepare(self, *services: str) -> None:
        """Create the clients of services ahead of their first call."""
        await self._wire.prepare(*services)

    async def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Return the answer to one operation: `call("ec2", "CreateVpc", CidrBlock=...)`.

        Names of operations and parameters are the service's.

        Raises:
            CloudError: If the call fails, after retries if it is safe to resend.
        """
        read = operation.startswith(READS)
        repeatable = read or operation in self._repeatable or "ClientToken" in parameters
        doubt: CloudError | None = None  # error of the first attempt that may have been applied
        attempt = 0
        while True:
            attempt += 1
            try:
                answer = await self._send_once(service, operation, parameters, read=read)
            except _RetryableError as error:
                if error.maybe_applied and not read:
                    doubt = doubt or error.final
                    self._report_write()
                safe = repeatable or not error.maybe_applied
                if not safe or not await self._may_repeat(error, attempt):
                    raise _final_error(error.final, doubt) from None
            except Exception as error:
                if (ending := _final_error(error, doubt)) is error:
                    raise
                raise ending from error
            else:
                if not read:
                    self._report_write()
                return answer

    async def _may_repeat(self, error: _RetryableError, attempt: int) -> bool:
        """Return True if the call is to be resent, after a pause."""
        if attempt >= error.attempts or not self.budget.take():
            return False
        seconds = random.uniform(0, min(LONGEST_BACKOFF, 0.1 * 2**attempt))  # noqa: S311
        counts = {"n": attempt + 1, "most": error.attempts, "left": self.budget.remaining}
        code = error.final.code or Phrase("no answer")
        notice.get()(Phrase(AGAIN, code=code, seconds=seconds, **counts))
        return not await self.pause(seconds)

    async def _send_once(
        self, service: str, operation: str, parameters: Mapping[str, Any], *, read: bool
    ) -> dict[str, Any]:
        pace = self._pace_of(service, operation, read=read)
        action = iam_action(service, operation)
        if not read:
            await self._guard()  # also before the wait for its turn
        async with pace.turn(urgency.get(), self.pause):
            if not read:
                await self._guard()
                if self._reports:
                    admission.get()()
            sendable.set(_always if read else self._valid)
            self.calls += 1
            try:
                answer = await self._wire.send(service, operation, parameters, urgency.get())
            except ErrorAnswer as error:
                known = translate_error(error.response, action, error.renewing)
                if kind_of(known) is ErrorKind.THROTTLED:
                    pace.reduce_rate()
                    raise _RetryableError(known, maybe_applied=False) from error
                if isinstance(known, OutcomeUnknownError):
                    raise _RetryableError(known, maybe_applied=True, attempts=self._max_attempts(known)) from error
                raise known from error
            except NotReached as error:
                unreachable = UnreachedError(
                    str(error), action=action, hint=Phrase("check the network and --endpoint-url")
                )
                raise _RetryableError(unreachable, maybe_applied=False, attempts=self._attempts_to_reach()) from error
            except NoAnswer as error:
                lost = OutcomeUnknownError(Phrase("no answer to it: {error}", error=error), action=action)
                raise _RetryableError(lost, maybe_applied=True) from error
        pace.increase_rate()
        self._reached = True
        self.budget.refill()
        return answer

    def _pace_of(self, service: str, operation: str, *, read: bool) -> RateLimiter:
        bucket = bucket_of(service, operation, read=read)
        pace = self._paces.get(bucket.group)
        if pace is None:
            pace = self._paces[bucket.group] = RateLimiter(service, bucket)
        return pace

    def _report_write(self) -> None:
        if self._reports:
            written.get()()

    def _attempts_to_reach(self) -> int:
        """Return fewer attempts for an emulator, as an endpoint that stops listening has ended."""
        return self._to_reach_again if self._reached and self.target.endpoint_url is None else TO_REACH

    def _max_attempts(self, error: OutcomeUnknownError) -> int:
        """Return 1 if an emulator answers with a web page, as it does for each call that it does not implement.

        botocore's code is then the HTTP status, because the answer has no error in AWS's form.
        """
        return 1 if self.target.endpoint_url and error.code.isdigit() else ATTEMPTS

    async def pages(self, service: str, operation: str, key: str, **parameters: Any) -> list[dict[str, Any]]:
        """Return every item under `key` of all pages. A filter with too many values is sent in several requests."""
        items: list[dict[str, Any]] = []
        for part in _split_filters(parameters):
            items += await self._read_pages(service, operation, key, part)
        return items

    async def _read_pages(
        self, service: str, operation: str, key: str, parameters: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        while True:
            answer = await self.call(service, operation, **parameters)
            items += answer.get(key, [])
            token = _next_page(answer)
            if not token:
                return items
            parameters = {**parameters, **token}


class _RetryableError(Exception):
    def __init__(self, final: CloudError, *, maybe_applied: bool, attempts: int = ATTEMPTS) -> None:
        super().__init__(str(final))
        self.final, self.maybe_applied, self.attempts = final, maybe_applied, attempts


def _final_error(last: Exception, doubt: CloudError | None) -> Exception:
    """Return the error of a call whose last attempt ended with `last`.

    `doubt`: the error of an earlier attempt that may have been applied. Only an answer about the object of the call
    shows the outcome of that one.
    """
    if doubt is None or isinstance(last, OutcomeUnknownError) or _is_answer(last):
        return last
    doubt.hint = doubt.hint or getattr(last, "hint", "")
    doubt.account_wide |= getattr(last, "account_wide", False)
    return doubt


def _is_answer(error: Exception) -> bool:
    """Return True if the service examined the object of the call, not only the caller and the rate of calls."""
    if not isinstance(error, CloudError) or not error.code:
        return False
    return not (isinstance(error, DeniedError) or error.account_wide or kind_of(error) is ErrorKind.THROTTLED)


def _split_filters(parameters: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the parameters of requests that together are equivalent, none with a filter of too many values."""
    for name in ("Filters", "Filter"):
        filters = parameters.get(name, [])
        for number, one in enumerate(filters):
            values = one.get("Values", ())
            if len(values) > MOST_FILTER_VALUES:
                for start in range(0, len(values), MOST_FILTER_VALUES):
                    part = {**one, "Values": values[start : start + MOST_FILTER_VALUES]}
                    yield from _split_filters({**parameters, name: [*filters[:number], part, *filters[number + 1 :]]})
                return
    yield parameters


def _next_page(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of the page after `answer`; empty if it was the last one."""
    if token := answer.get("NextToken"):
        return {"NextToken": token}
    if marker := answer.get("NextMarker"):
        return {"Marker": marker}
    if answer.get("IsTruncated"):
        if "NextRecordName" in answer:
            following = {"StartRecordName": answer["NextRecordName"], "StartRecordType": answer["NextRecordType"]}
            identifier = answer.get("NextRecordIdentifier")
            return following | ({"StartRecordIdentifier": identifier} if identifier else {})
        return {"Marker": answer["Marker"]}
    return {}
