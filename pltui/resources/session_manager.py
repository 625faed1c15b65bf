"""Registration with Session Manager: a client can run commands once Systems Manager lists it as online."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from pltui.aws.dates import answer_date
from pltui.aws.errors import lacks_permission
from pltui.engine.errors import CloudError, DeniedError, NotYetError, OutcomeUnknownError, RefusedError
from pltui.engine.model import Observed, State
from pltui.i18n import Phrase
from pltui.resources.base import AwsContext, Item

# Maximum results per page; the default is 10 (Systems Manager API reference, DescribeInstanceInformation).
MOST_LISTED = 50
# After this many seconds the agent probably sleeps until its next attempt, which may be half an hour away: it waits 5
# minutes after a failed registration, then 10 and more, and 25 to 30 if its role was rejected (aws/amazon-ssm-agent,
# core/app/credentialrefresher). A reboot makes it try at once.
LONG_AWAY_S = 600.0
# Error codes of endpoints without this call; a number is the status of an answer without a code.
NOT_IMPLEMENTED = frozenset({"InvalidAction", "NotImplemented", "UnknownOperationException"})
WAITING = Phrase("waiting for Session Manager")
REBOOT = "aws ec2 reboot-instances --region {region} --instance-ids {id}"


async def check_registration(lab: AwsContext, items: Sequence[Observed]) -> list[Observed]:
    """Return `items`; running ones that must receive commands are pending until listed as online.

    One call for every 50 of them. If it needs a missing permission, or is not implemented, running machines count as
    ready, and the lab gets a warning.
    """
    if not lab.asks_session_manager:
        return list(items)
    asked = [item for item in items if item.spec["session_manager"] and item.status == "running"]
    batches = [asked[start : start + MOST_LISTED] for start in range(0, len(asked), MOST_LISTED)]
    try:
        found = await asyncio.gather(*(_check_batch(lab, batch) for batch in batches))
    except (RefusedError, OutcomeUnknownError) as error:
        if not _is_final(lab, error):
            raise
        lab.asks_session_manager = False
        lab.warn(
            Phrase(
                "running clients count as ready, because Session Manager cannot be read: {code} ({action})",
                code=error.code or error.message,
                action=error.action,
            )
        )
        return list(items)
    checked = {item.id: item for batch in found for item in batch}
    return [checked.get(item.id, item) for item in items]


def _is_final(lab: AwsContext, error: CloudError) -> bool:
    """Return True if every such call would fail: without the permission, or on an emulator without this call."""
    if isinstance(error, DeniedError):
        return lacks_permission(error)
    if isinstance(error, OutcomeUnknownError):  # the answer of some emulators, also as a web page
        return bool(error.code and lab.aws.target.endpoint_url)
    return error.code in NOT_IMPLEMENTED or error.code.isdigit()


async def _check_batch(lab: AwsContext, items: Sequence[Observed]) -> list[Observed]:
    """Return `items` as listed by Systems Manager.

    If it does not know one of the ids yet, all count as unregistered.
    """
    try:
        return await _read_batch(lab, items)
    except NotYetError as error:
        if error.code != "InvalidInstanceId":
            raise
        return [replace(item, state=State.PENDING, status=WAITING) for item in items]


async def _read_batch(lab: AwsContext, items: Sequence[Observed]) -> list[Observed]:
    wanted = [{"Key": "InstanceIds", "Values": [item.id for item in items]}]
    rows: dict[str, Item] = {}
    page: dict[str, str] = {}
    while True:
        answer = await lab.aws.call(
            "ssm", "DescribeInstanceInformation", Filters=wanted, MaxResults=MOST_LISTED, **page
        )
        rows |= {row["InstanceId"]: row for row in answer["InstanceInformationList"]}
        if not answer.get("NextToken"):
            break
        page = {"NextToken": answer["NextToken"]}
    now = answer_date(answer) or datetime.now(UTC)
    return [_judge_machine(item, rows.get(item.id), now, lab.aws.target.region) for item in items]


def _judge_machine(item: Observed, row: Item | None, now: datetime, region: str) -> Observed:
    """Return the state of one machine.

    `row`: its row in Systems Manager's list; None until it has registered. All times are of AWS's clock.
    """
    started = datetime.fromisoformat(item.created) if item.created else None
    pinged = row.get("LastPingDateTime") if row else None
    # A machine that was stopped is listed as online for some minutes after its last ping.
    stale = started is not None and pinged is not None and pinged < started
    if row and row["PingStatus"] == "Online" and not stale:
        return item
    since = [moment for moment in (started, pinged) if moment is not None]
    away_s = (now - max(since)).total_seconds() if since else 0.0
    advice = f" ({REBOOT.format(region=region, id=item.id)})" if away_s > LONG_AWAY_S else ""
    return replace(item, state=State.PENDING, status=f"{WAITING}{advice}" if advice else WAITING)
