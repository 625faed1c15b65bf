"""Probes of a lab: the sender of requests for a consumer, and an endless series of answers."""

from __future__ import annotations

import asyncio
import importlib
import re
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from pltui import topology
from pltui.errors import LabError, Refused
from pltui.i18n import Phrase
from pltui.probe.answer import Answer
from pltui.probe.schedule import ProbePace, open_loop

if TYPE_CHECKING:
    from pltui.context import LabContext
    from pltui.probe.request import ProbeRequest
    from pltui.probe.sandbox import ProbeRoute


class Prober(Protocol):
    """Sender of requests as one consumer's client."""

    def ask(self) -> Coroutine[Any, Any, Answer]:
        """Send one request; a failed request is an answer, too.

        Raises:
            LabError: If the client cannot send requests.
        """

    async def close(self) -> None:
        """Stop requests on their way and free resources."""


def question(lab: LabContext, consumer: str | None = None) -> ProbeRequest:
    """Return the request that `consumer`'s client (by default the first one's) sends to the service.

    Raises:
        LabError: If there is no such consumer (exit code 2).
    """
    from pltui.probe.request import ProbeRequest

    spec = lab.spec
    who = spec.consumers.get(consumer) if consumer else next(iter(spec.consumers.values()))
    if who is None:
        there = ", ".join(spec.consumers)
        raise LabError(
            Phrase("there is no consumer {consumer!r}", consumer=consumer),
            Phrase("the spec declares {there}", there=there),
            2,
        )
    pattern = re.compile(spec.probe.subnet_pattern)
    zones = topology.server_zones(lab.all_desired)
    return ProbeRequest(
        consumer=who.name,
        name=who.dns.name,
        port=topology.LISTENER_PORT,
        path=spec.probe.path,
        timeout=spec.probe.timeout,
        pattern=pattern,
        zones=zones,
    )


def asker(lab: LabContext, consumer: str | None = None, via: str = "auto") -> Prober:
    """Return the sender of requests.

    It uses the sandbox's network, or Session Manager on AWS, unless `via` names another way.

    Raises:
        LabError: If `via` is unavailable for this lab (exit code 2).
        Refused: If Session Manager is needed and the lab is read-only.
    """
    asked = question(lab, consumer)
    match via if via != "auto" else "sandbox" if lab.sandbox else "ssm":
        case "direct":
            from pltui.probe.direct import DirectProbe

            return DirectProbe(asked)
        case "ssm" if lab.settings.read_only:
            what = Phrase(
                "probing through Session Manager sends a command to the machine, which --read-only does not allow"
            )
            raise Refused(what, Phrase("leave out --read-only, or use --via direct from inside the VPC"))
        case "ssm":
            from pltui.probe.ssm import SsmProbe

            return SsmProbe(
                asked, lab.client.call, partial(_machine_id, lab, asked.consumer), partial(lab.say, "probe")
            )
        case "sandbox" if lab.sandbox:
            from pltui.probe.sandbox import SandboxProbe

            return SandboxProbe(asked, partial(_find_route, lab, asked.consumer))
        case "sandbox":
            raise LabError(
                Phrase("only the sandbox has a network behind its API"), Phrase("leave out --endpoint-url, or --via"), 2
            )
    raise LabError(Phrase("--via {via} is not available yet", via=via), Phrase("use --via ssm, sandbox or direct"), 2)


async def answers(
    lab: LabContext, consumer: str | None = None, via: str = "auto", pace: Callable[[], ProbePace] | None = None
) -> AsyncGenerator[Answer, None]:
    """Send requests without end, each on a fresh connection, at the current `pace`; by default the spec's."""
    await asyncio.to_thread(_load_probe)
    usual = ProbePace(1 / lab.spec.probe.interval)
    who = asker(lab, consumer, via)
    try:
        async with aclosing(open_loop(who.ask, pace or (lambda: usual))) as row:
            async for answer in row:
                yield answer
    finally:
        await who.close()


async def _machine_id(lab: LabContext, consumer: str) -> str:
    """Return the instance id of the consumer's client; raise LabError if there is none."""
    found = (await lab.find(f"{consumer}/client")).get(f"{consumer}/client")
    if found is None:
        raise LabError(
            Phrase("{consumer} has no client machine yet", consumer=consumer), Phrase("`pltui reconcile` creates it")
        )
    return found


async def _find_route(lab: LabContext, consumer: str) -> ProbeRoute:
    from pltui.probe.request import AskError
    from pltui.probe.sandbox import CLIENT_UNKNOWN, LOOK_AGAIN, ProbeRoute
    from pltui.sandbox.status import ask

    assert lab.sandbox is not None
    addresses = (f"{consumer}/client", f"{consumer}/vpc")
    ids = await lab.find(*addresses, max_age_s=LOOK_AGAIN)
    try:
        status = await ask(lab.sandbox.status)
    except LabError as error:
        raise AskError("unresolved", error.message) from error
    machine, vpc = (ids.get(address, "") for address in addresses)
    if not machine:
        raise AskError(
            "unresolved",
            Phrase("{consumer} has no client machine yet: `pltui reconcile` creates it", consumer=consumer),
        )
    if vpc not in status["dns"]:
        raise AskError("unresolved", CLIENT_UNKNOWN)
    return ProbeRoute(status["socks"], status["dns"][vpc], machine)


def _load_probe() -> None:
    """Import the modules that the first request would otherwise import while a screen waits."""
    import anyio.lowlevel

    importlib.import_module("pltui.probe.sandbox")
    anyio.run(anyio.lowlevel.checkpoint)  # loads its backend
