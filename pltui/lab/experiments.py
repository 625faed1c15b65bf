"""The spec's experiments: set the switch, wait until it takes effect, send enough requests, compare."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pltui.aws.user_errors import exit_code
from pltui.engine.outcome import Outcome
from pltui.errors import LabError
from pltui.i18n import Phrase, tr
from pltui.lab.runner import Review
from pltui.lab.session import Lab
from pltui.probe.factory import Prober
from pltui.probe.sampling import ask, sample, samples_needed
from pltui.probe.tally import Tally
from pltui.spec.model import Experiment, Provider

# The delay until traffic follows a switch is undocumented: seconds to two minutes on AWS, a fraction of that in a
# sandbox.
PATIENCE = 120.0
BACK_ON = "restoring cross-zone on, as in the spec (again: skip)"
BACK_OFF = "restoring cross-zone off, as in the spec (again: skip)"
RESTORE = Phrase("`pltui reconcile` restores the spec")
SHORT = 0.02  # seconds between requests while the answers do not fit yet
STEADY = 8  # consecutive answers that must fit before the switch counts as effective


@dataclass(frozen=True, slots=True)
class Sample:
    """The answers that one consumer received."""

    counts: Mapping[int, int]  # subnet -> answers
    failures: Counter[str]  # plain sentence -> count
    sent: int
    latency_ms: Mapping[str, float] | None = None  # p50, p95 and p99 of the answers; None: no answer
    seconds: float = 0.0  # from the flip of the switch to the last answer

    @property
    def subnets(self) -> list[int]:
        """Subnets that answered, sorted."""
        return sorted(self.counts)


@dataclass(frozen=True, slots=True)
class ExperimentResult:
    """Result of one experiment."""

    experiment: Experiment
    samples: Mapping[str, Sample]  # by consumer
    took: float | None  # seconds until the answers fitted; None: never

    @property
    def success(self) -> bool:
        """True if every consumer received the expected answers."""
        return all(map(self.fits, self.samples))

    def fits(self, consumer: str) -> bool:
        """Return True if the consumer received answers from exactly the expected subnets, without failures."""
        sample = self.samples[consumer]
        return sample.subnets == sorted(self.experiment.answered_by[consumer]) and not sample.failures

    def document(self) -> dict[str, Any]:
        """Return the verdict as JSON values."""
        return {
            "name": self.experiment.name,
            "cross_zone": self.experiment.cross_zone,
            "expected": {consumer: sorted(subnets) for consumer, subnets in self.experiment.answered_by.items()},
            "observed": {consumer: sample.subnets for consumer, sample in self.samples.items()},
            "distribution": {
                consumer: {str(subnet): n for subnet, n in sorted(sample.counts.items())}
                for consumer, sample in self.samples.items()
            },
            "sent": {consumer: sample.sent for consumer, sample in self.samples.items()},
            "failures": {consumer: dict(sample.failures) for consumer, sample in self.samples.items()},
            "latency_ms": {
                consumer: dict(sample.latency_ms) if sample.latency_ms else None
                for consumer, sample in self.samples.items()
            },
            "seconds": {consumer: round(sample.seconds, 3) for consumer, sample in self.samples.items()},
            "took_seconds": None if self.took is None else round(self.took, 3),
            "passed": self.success,
        }


async def verify(
    lab: Lab,
    via: str,
    say: Callable[[str], None],
    reached: Callable[[ExperimentResult], None] = lambda _: None,
    *,
    review: Review | None = None,
) -> list[ExperimentResult]:
    """Converge, run every experiment of the spec, and leave the lab as the spec says, also after an error.

    `say` receives progress as plain lines, and `reached` each verdict as soon as it is known, so that those before an
    error can be kept.

    Raises:
        LabError: If the spec has no experiments (exit code 2), or the lab cannot be converged or restored.
    """
    if not lab.spec.experiments:
        raise LabError(Phrase("the spec has no experiments"), Phrase("add some under `experiments:`"), 2)
    await converge(lab, review)
    wanted = lab.spec.provider.load_balancer.cross_zone
    verdicts: list[ExperimentResult] = []
    failure: LabError | None = None
    try:
        for experiment in lab.spec.experiments:
            switch = tr("cross-zone on") if experiment.cross_zone else tr("cross-zone off")
            say(f"{experiment.name}: {switch}")
            verdicts.append(await _run_experiment(lab, experiment, via, say))
            reached(verdicts[-1])
    except LabError as error:
        failure = error
        raise
    finally:
        if lab.stopping:
            say(tr(BACK_ON if wanted else BACK_OFF))
            lab.resume()
        await _restore_switch(lab, wanted, failure)
    return verdicts


async def _restore_switch(lab: Lab, wanted: bool, failure: LabError | None) -> None:
    """Set the switch as the spec says. `failure` is the error that ended the experiments.

    Raises:
        LabError: If the switch cannot be set. It includes the reason and the advice of `failure`.
    """
    try:
        await _set_switch(lab, wanted)
    except LabError as error:
        reasons = dict.fromkeys([*([failure.message] if failure else []), error.message])
        hints = dict.fromkeys([error.hint, *([failure.hint] if failure else []), RESTORE])
        both = type(error)(
            Phrase("cross-zone could not be restored: {reasons}", reasons=Phrase.join_parts("; ", [*reasons])),
            Phrase.join_parts("; ", [hint for hint in hints if hint]),
            130 if failure and failure.code == 130 else error.code,
        )
        both.request_id, both.encoded, both.outcome = error.request_id, error.encoded, error.outcome
        raise both from error


async def converge(lab: Lab, review: Review | None = None) -> None:
    """Reconcile the lab with its spec.

    Raises:
        LabError: If the run does not end well.
    """
    outcome = await lab.reconcile(review=review)
    if not outcome.ok:
        raise LabError(_failure_reason(outcome), code=exit_code(outcome))


async def _set_switch(lab: Lab, on: bool) -> None:
    outcome = await lab.set_cross_zone(on)
    if not outcome.ok:
        raise LabError(
            Phrase("cross-zone could not be set: {why}", why=_failure_reason(outcome)),
            RESTORE,
            exit_code(outcome),
        )


def _failure_reason(outcome: Outcome) -> str:
    return Phrase.join_parts("; ", [outcome.message, *outcome.problems])


async def _run_experiment(lab: Lab, experiment: Experiment, via: str, say: Callable[[str], None]) -> ExperimentResult:
    await _set_switch(lab, experiment.cross_zone)
    begun = asyncio.get_running_loop().time()
    askers = {consumer: lab.asker(consumer, via) for consumer in lab.spec.consumers}
    try:
        fits = await asyncio.gather(
            *(_until_fits(lab, asker, set(experiment.answered_by[c])) for c, asker in askers.items())
        )
        took = None if None in fits else max(moment - begun for moment in fits if moment is not None)
        never = tr("as expected after more than {longest:g} s", longest=lab.settling(PATIENCE))
        say(never if took is None else tr("as expected after {took:.1f} s", took=took))
        count = samples_needed(shares(lab.spec.provider))
        samples = await asyncio.gather(*(_take_sample(lab, asker, count, begun) for asker in askers.values()))
    finally:
        await asyncio.gather(*(asker.close() for asker in askers.values()))
    return ExperimentResult(experiment, dict(zip(askers, samples, strict=True)), took)


async def _until_fits(lab: Lab, asker: Prober, expected: set[int]) -> float | None:
    """Return the loop time at which the answers began to fit: all expected subnets and no other; None if never."""
    loop = asyncio.get_running_loop()
    limit = loop.time() + lab.settling(PATIENCE)
    fitted, found, steady = loop.time(), set[int](), 0
    while True:
        answer = await ask(lab, asker)
        if answer.ok and answer.subnet in expected:
            fitted = loop.time() if answer.subnet not in found else fitted
            found.add(answer.subnet)
            steady += 1
        else:
            found, steady = set(), 0
            await asyncio.sleep(SHORT)
        if steady >= STEADY and found == expected:
            return fitted
        if loop.time() >= limit:
            return None


async def _take_sample(lab: Lab, asker: Prober, count: int, begun: float) -> Sample:
    counts, failures, tally = Counter[int](), Counter[str](), Tally(window=None)
    for answer in await sample(lab, asker, count):
        tally.add([answer])
        if answer.ok and answer.subnet is not None:
            counts[answer.subnet] += 1
        else:
            failures[answer.error or Phrase("an answer without a subnet: {text!r}", text=answer.text)] += 1
    seconds = asyncio.get_running_loop().time() - begun
    return Sample(dict(counts), failures, count, tally.latency_ms(), seconds)


def shares(provider: Provider) -> list[float]:
    """Return each subnet's share of the answers if all servers get equal traffic.

    Servers beyond the zones wrap around.
    """
    zones, servers = provider.vpc.zone_count, provider.servers.count
    counts = Counter(n % zones for n in range(servers))
    return [count / servers for count in counts.values()]
