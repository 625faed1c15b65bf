"""Listeners: one per port, their target groups and attributes."""

from collections.abc import Iterator
from copy import deepcopy

from moto.elbv2.exceptions import DuplicateListenerError, ListenerNotFoundError, LoadBalancerNotFoundError
from moto.elbv2.models import ELBv2Backend, FakeAction
from moto.elbv2.responses import ELBV2Response

from pltui.emulator.api.errors import elb_error
from pltui.emulator.api.load_balancing_attributes import check_attributes
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.api.parameters import not_implemented
from pltui.emulator.moto_adapter.calls import ElbCall
from pltui.emulator.moto_adapter.elbv2 import ElbBackend, MotoListener, MotoLoadBalancer, check_port_and_protocol
from pltui.emulator.moto_adapter.values import Moto, Structure

FORWARDED = {
    "TCP": ("TCP", "TCP_UDP"),
    "TLS": ("TCP", "TLS"),
    "UDP": ("UDP", "TCP_UDP"),
    "TCP_UDP": ("TCP_UDP",),
}
"""Protocols of target groups by protocol of the listener (NLB user guide, target groups, routing)."""

SECURE = ("HTTPS", "TLS")
"""Protocols of listeners with a security policy (elbv2 API reference, Listener, SslPolicy)."""


def install(lab: ApiContext) -> None:
    """Install the corrections of listeners."""
    lab.around(ELBv2Backend, create_listener, modify_listener, delete_listener, describe_listeners)
    lab.around(ELBv2Backend, modify_listener_attributes)
    lab.around(ELBV2Response, create_rule=change_rules, modify_rule=change_rules, delete_rule=change_rules)


def create_listener(
    _lab: ApiContext,
    moto: Moto,
    backend: ElbBackend,
    load_balancer_arn: str,
    protocol: str,
    port: int | str,
    ssl_policy: str | None,
    certificate: str | None,
    actions: list[Structure],
    alpn_policy: list[str] | None = None,
    tags: list[dict[str, str]] | None = None,
) -> object:
    """Create a listener; an identical one is returned as it is (elbv2 API reference, CreateListener: idempotent).

    Raises:
        LoadBalancerNotFoundError: If there is no such load balancer.
        DuplicateListenerError: If another listener has the port.
    """
    balancer = backend.load_balancers.get(load_balancer_arn)
    if balancer is None:
        raise LoadBalancerNotFoundError()
    check_port_and_protocol(backend, balancer.type, port, protocol)
    ssl_policy = ssl_policy if protocol in SECURE else None
    asked = (protocol, ssl_policy, certificate, [FakeAction(deepcopy(action)).data for action in actions], alpn_policy)
    for listener in balancer.listeners.values():
        if str(listener.port) == str(port):
            if _settings(listener) == asked:
                return listener
            raise DuplicateListenerError()
    _check_groups(backend, balancer, protocol, actions)
    listener = moto(
        backend,
        load_balancer_arn=load_balancer_arn,
        protocol=protocol,
        port=port,
        ssl_policy=ssl_policy,
        certificate=certificate,
        actions=actions,
        alpn_policy=alpn_policy,
        tags=tags,
    )
    relink(backend)
    return listener


def _settings(listener: MotoListener) -> tuple[object, ...]:
    actions = [action.data for action in listener.default_actions]
    return listener.protocol, listener.ssl_policy, listener.certificate, actions, listener.alpn_policy


def _check_groups(backend: ElbBackend, balancer: MotoLoadBalancer, protocol: str, actions: list[Structure]) -> None:
    """Raise unless the target groups can be used by this load balancer and protocol.

    A target group serves one load balancer (elbv2 API reference, TargetGroupAssociationLimit), and its protocol must
    match the listener's (IncompatibleProtocols; wording believed). A network load balancer only forwards (elbv2 API
    reference, CreateListener, DefaultActions; wording believed).
    """
    groups = {arn for action in actions for arn in _forward_targets(action)}
    if balancer.type == "network" and (other := [str(a.get("Type")) for a in actions if a.get("Type") != "forward"]):
        raise elb_error(
            "InvalidLoadBalancerAction", f"Actions of type '{other[0]}' are not supported by Network Load Balancers"
        )
    if balancer.type == "network" and len(groups) > 1:
        raise not_implemented("elbv2", "ForwardConfig.TargetGroups with several target groups")
    for arn in groups:
        group = backend.target_groups.get(arn)
        if group and set(group.load_balancer_arns) - {balancer.arn}:
            raise elb_error(
                "TargetGroupAssociationLimit",
                f"The following target groups cannot be associated with more than one load balancer: {arn}",
            )
        spoken = FORWARDED.get(protocol) if balancer.type == "network" else None
        if group and spoken and group.protocol not in spoken:
            raise elb_error(
                "IncompatibleProtocols",
                f"Listener protocol '{protocol}' is not supported with a target group with protocol '{group.protocol}'",
            )


def modify_listener(
    _lab: ApiContext,
    moto: Moto,
    backend: ElbBackend,
    arn: str,
    port: int | str | None = None,
    *args: object,
    **more: object,
) -> object:
    """Modify a listener.

    Raises:
        DuplicateListenerError: If another listener has the port (elbv2 API reference, ModifyListener).
    """
    listener = backend.describe_listeners(None, [arn])[0]
    balancer = backend.load_balancers[listener.load_balancer_arn]
    if port is not None:
        others = (other for other in balancer.listeners.values() if other is not listener)
        if any(str(other.port) == str(port) for other in others):
            raise DuplicateListenerError()
    settings: Structure = dict(zip(("protocol", "ssl_policy", "certificates", "actions"), args, strict=False)) | more
    protocol = settings.pop("protocol", None)
    actions = settings.get("actions") or [action.data for action in listener.default_actions]
    _check_groups(backend, balancer, protocol or listener.protocol, actions)
    if protocol is not None and balancer.type == "network":
        check_port_and_protocol(backend, balancer.type, listener.port, protocol)
        listener.protocol, protocol = protocol, None
    changed = moto(backend, arn, port, protocol, **settings)
    relink(backend)
    return changed


def describe_listeners(
    _lab: ApiContext, moto: Moto, backend: ElbBackend, load_balancer_arn: str | None, listener_arns: list[str]
) -> object:
    """Describe listeners.

    Raises:
        ListenerNotFoundError: If a requested one does not exist (elbv2 API reference, ListenerNotFound).
    """
    found = moto(backend, load_balancer_arn, listener_arns)
    if set(listener_arns or []) - {listener.arn for listener in found}:
        raise ListenerNotFoundError()
    return found


def delete_listener(_lab: ApiContext, moto: Moto, backend: ElbBackend, listener_arn: str) -> object:
    """Delete a listener and its tags, and release its target groups."""
    listener = moto(backend, listener_arn)
    backend.tagging_service.delete_all_tags_for_resource(listener_arn)
    relink(backend)
    return listener


def change_rules(_lab: ApiContext, moto: Moto, response: ElbCall) -> object:
    """Update the target groups' load balancers after a change of rules."""
    answer = moto(response)
    relink(response.elbv2_backend)
    return answer


def relink(backend: ElbBackend) -> None:
    """Set the load balancers of each target group; moto adds some, but never removes any."""
    for group in backend.target_groups.values():
        group.load_balancer_arns = [balancer.arn for balancer in balancers_of(backend, group.arn)]


def balancers_of(backend: ElbBackend, group_arn: str) -> Iterator[MotoLoadBalancer]:
    """The load balancers with a listener, or a rule of one, that forwards to the group."""
    for balancer in backend.load_balancers.values():
        if any(_leads_to(listener, group_arn) for listener in balancer.listeners.values()):
            yield balancer


def _leads_to(listener: MotoListener, group_arn: str) -> bool:
    return any(
        group_arn in _forward_targets(action.data) for rule in listener.rules.values() for action in rule.actions
    )


def _forward_targets(action: Structure) -> set[str]:
    """The target groups that an action names, in either of its forms."""
    several = action.get("ForwardConfig", {}).get("TargetGroups", [])
    arns = {action.get("TargetGroupArn"), *(group["TargetGroupArn"] for group in several)}
    return {arn for arn in arns if arn}


def modify_listener_attributes(
    _lab: ApiContext, moto: Moto, backend: ElbBackend, listener_arn: str, attrs: list[dict[str, str]]
) -> object:
    """Modify attributes that AWS knows, of a listener that exists."""
    backend.describe_listeners(None, [listener_arn])
    check_attributes("ListenerAttribute", "Listener", {each["Key"]: each["Value"] for each in attrs})
    return moto(backend, listener_arn=listener_arn, attrs=attrs)
