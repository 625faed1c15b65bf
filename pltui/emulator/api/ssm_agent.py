"""An instance's Systems Manager agent: first report after a boot, sleeps after a failed one, and connection.

The agent reports with UpdateInstanceInformation before it does anything else (amazon-ssm-agent,
common/identity/credentialproviders/ec2roleprovider/ec2_role_provider.go). Four attempts without a connection, or one
rejection, end that report; the agent then sleeps for minutes, whatever changes meanwhile
(core/app/credentialrefresher/credentialrefresher_deps.go). The agent's sleeps have up to 20 % of jitter; here each has
its mean, so that runs are reproducible.
"""

import math
from itertools import accumulate

from moto.ec2.models.instances import Instance

from pltui.emulator.api.overlay import ApiContext, deferrable
from pltui.emulator.api.systems_manager_access import reaches_systems_manager
from pltui.emulator.moto_adapter.ec2 import MotoInstance
from pltui.emulator.moto_adapter.values import Moto

BOOTS = 30.0
"""AWS seconds from `running` until the agent first reports. Believed: Amazon Linux 2023 boots in 15 to 30 s."""

CONNECTS = 30.0
"""AWS seconds from an accepted report to `Online`. Believed; with the boot, the sum is the minute that is seen."""

DIAL = 30.0
"""Timeout in seconds of an attempt to connect (Go's http.DefaultTransport, which the agent clones)."""

SYNS = (0.0, 1.0, 3.0, 7.0, 15.0)
"""Seconds of an attempt at which Linux sends its SYN, so a path may open in between (tcp(7), tcp_syn_retries)."""

PAUSES = (1.25, 2.5, 5.0)
"""Seconds between the four tries (agent/ssm/util/util.go: NumMaxRetries 3; agent/sdkutil/retryer: 2^n × 1.0-1.5 s)."""

KNOCKS = tuple(begins + syn for begins in accumulate((pause + DIAL for pause in PAUSES), initial=0.0) for syn in SYNS)
"""Seconds of a report at which the agent connects, if the path is open."""

GIVES_UP = KNOCKS[-len(SYNS)] + DIAL
"""Seconds after which a report without a connection has failed."""

SLEEPS_WHEN_DENIED = 27.5 * 60
"""Seconds; 25 to 30 minutes (getLongSleepDuration)."""

FIRST_SLEEP, SHORTEST_SLEEP, LONGEST_SLEEP = 300.0, 600.0, 3600.0
"""Seconds after reports without connection: one, the next three, and the maximum (getEC2DefaultSSMSleepDuration)."""

POLICY = ":policy/AmazonSSMManagedInstanceCore"

REBOOTS = 30.0
"""AWS seconds from RebootInstances until the operating system starts again. Believed."""


def install(lab: ApiContext) -> None:
    """Install the agent's restart on a reboot."""
    lab.around(Instance, reboot)


def reboot(lab: ApiContext, moto: Moto, instance: MotoInstance) -> None:
    """Reboot an instance, which starts the agent again and ends its sleep."""
    moto(instance)
    if instance.state == "running":
        start(lab, instance, REBOOTS)


def start(lab: ApiContext, instance: MotoInstance, delay: float = 0.0) -> None:
    """Start the agent, which first reports some time after the operating system starts in `delay` AWS seconds."""
    instance.agent_online, instance.agent_sleeps = False, 0
    _report_in(lab, instance, delay + BOOTS)


def is_registered(lab: ApiContext, instance: MotoInstance) -> bool:
    """True if Systems Manager knows the instance, which it does from the first report until termination.

    An agent without a planned report tries now: with an instant clock nothing is planned.
    """
    if instance.state == "running" and not _is_online(instance) and not lab.agenda.awaits(_subject(instance)):
        _report(lab, instance, 0)
    return bool(getattr(instance, "agent_registered", False)) and instance.state not in ("shutting-down", "terminated")


def is_connected(instance: MotoInstance) -> bool:
    """True if a command reaches the agent now. Once online, it reconnects as soon as its path is open again.

    Believed: AWS takes some minutes to notice that an agent is disconnected.
    """
    if instance.state != "running" or not _is_online(instance):
        return False
    return _is_allowed(instance) and reaches_systems_manager(instance.ec2_backend, instance)


def sleep_after(failed: int) -> float:
    """AWS seconds of sleep after a report without connection, after `failed` previous ones."""
    return FIRST_SLEEP if failed == 0 else min(SHORTEST_SLEEP * 2 ** ((failed - 1) // 3), LONGEST_SLEEP) * 0.95


def _is_online(instance: MotoInstance) -> bool:
    return bool(getattr(instance, "agent_online", False))


def _is_allowed(instance: MotoInstance) -> bool:
    association = instance.ec2_backend.iam_instance_profile_associations.get(instance.id)
    roles = association.iam_instance_profile.roles if association else []
    return any(arn.endswith(POLICY) for role in roles for arn in role.managed_policies)


def _subject(instance: MotoInstance) -> tuple[str, str]:
    return "agent", instance.id


def _report_in(lab: ApiContext, instance: MotoInstance, seconds: float) -> None:
    lab.agenda.after(seconds, _subject(instance), _report, lab, instance, 0)


@deferrable
def _report(lab: ApiContext, instance: MotoInstance, knock: int) -> None:
    """Try to connect for the `knock`-th time of this report."""
    if instance.state != "running":
        return
    instant = math.isinf(lab.clock.speed)
    if not reaches_systems_manager(instance.ec2_backend, instance):
        if not instant:
            _knock_again(lab, instance, knock + 1)
    elif not _is_allowed(instance):
        if not instant:
            _report_in(lab, instance, SLEEPS_WHEN_DENIED)
    elif instant:
        _go_online(instance)
    else:
        lab.agenda.after(CONNECTS, _subject(instance), _go_online, instance)


def _knock_again(lab: ApiContext, instance: MotoInstance, knock: int) -> None:
    if knock < len(KNOCKS):
        lab.agenda.after(KNOCKS[knock] - KNOCKS[knock - 1], _subject(instance), _report, lab, instance, knock)
        return
    failed = getattr(instance, "agent_sleeps", 0)
    instance.agent_sleeps = failed + 1
    _report_in(lab, instance, GIVES_UP - KNOCKS[-1] + sleep_after(failed))


@deferrable
def _go_online(instance: MotoInstance) -> None:
    if instance.state == "running":
        instance.agent_online = instance.agent_registered = True
