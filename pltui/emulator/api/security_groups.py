"""Security groups: initial rules, unique rules, and dependencies that prevent deletion."""

from operator import attrgetter

from moto.ec2.exceptions import DependencyViolationError, InvalidPermissionDuplicateError
from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupRule
from moto.ec2.responses import EC2Response

from pltui.emulator.api.errors import ec2_error
from pltui.emulator.api.overlay import ApiContext
from pltui.emulator.moto_adapter.calls import Ec2Call, action_of, asked_rules, parameter
from pltui.emulator.moto_adapter.ec2 import MotoSecurityGroup, MotoSecurityGroupRule
from pltui.emulator.moto_adapter.ec2_backend import Ec2Backend, rules_of
from pltui.emulator.moto_adapter.values import Moto

ANY_PROTOCOL = "-1"
ALL_PORTS = -1


def install(lab: ApiContext) -> None:
    """Install the corrections of security groups."""
    lab.around(SecurityGroup, __init__=begin)
    lab.around(SecurityGroupRule, __init__=begin_rule)
    lab.around(EC2Backend, delete_security_group, create_security_group)
    lab.around(EC2Response, delete_security_group=keep_default_group)
    lab.around(EC2Response, authorize_security_group_ingress=authorize, authorize_security_group_egress=authorize)
    lab.replace(SecurityGroupRule, "group_owner_id", property(attrgetter("owner_id")))


def begin(_lab: ApiContext, moto: Moto, group: MotoSecurityGroup, *args: object, **kwargs: object) -> None:
    """Initialise a group. The default group admits traffic from itself (VPC user guide, default security groups)."""
    moto(group, *args, **kwargs)
    if group.is_default:
        source = {"GroupId": group.id, "OwnerId": group.owner_id, "UserId": group.owner_id}
        rule = SecurityGroupRule(
            ec2_backend=group.ec2_backend,
            ip_protocol=ANY_PROTOCOL,
            group_id=group.id,
            from_port=None,
            to_port=None,
            ip_range=None,
            source_group=source,
            prefix_list_id=None,
            is_egress=False,
            tags={},
        )
        group.add_ingress_rule(rule)


def begin_rule(
    _lab: ApiContext,
    moto: Moto,
    rule: MotoSecurityGroupRule,
    ec2_backend: Ec2Backend,
    ip_protocol: str | None,
    group_id: str,
    from_port: str | int | None,
    to_port: str | int | None,
    *args: object,
    **more: object,
) -> None:
    """Initialise a rule. A protocol without ports, such as 50 (ESP), admits all of it; moto needs ports, here -1."""
    if ip_protocol and ip_protocol != ANY_PROTOCOL:
        from_port, to_port = (ALL_PORTS if port is None else port for port in (from_port, to_port))
    moto(rule, ec2_backend, ip_protocol, group_id, from_port, to_port, *args, **more)


def create_security_group(
    _lab: ApiContext,
    moto: Moto,
    backend: Ec2Backend,
    name: str,
    description: str,
    vpc_id: str | None = None,
    **more: object,
) -> object:
    """Create a group; names are unique in a VPC, ignoring case (EC2 API reference, CreateSecurityGroup).

    Raises:
        EC2ClientError: InvalidGroup.Duplicate if the name is in use.
    """
    if not more.get("force"):
        vpc = vpc_id or backend.default_vpc.id
        if any(group.name.lower() == (name or "").lower() for group in backend.groups.get(vpc, {}).values()):
            raise ec2_error("InvalidGroup.Duplicate", f"The security group '{name}' already exists for VPC '{vpc}'")
    return moto(backend, name, description, vpc_id=vpc_id, **more)


def authorize(_lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Add all rules of a call, or none, and return them (EC2 API reference, AuthorizeSecurityGroupIngress).

    Raises:
        EC2ClientError: InvalidPermission.Duplicate if a rule exists.
    """
    name = parameter(response, "GroupId") or parameter(response, "GroupName")
    group = response.ec2_backend.get_security_group_by_name_or_id(name)
    if group is None:
        return moto(response)
    ingress, egress = list(group.ingress_rules), list(group.egress_rules)
    known = {rule.id for rule in (*ingress, *egress)}
    try:
        answer = moto(response)
    except Exception as refusal:
        group.ingress_rules, group.egress_rules = ingress, egress
        if isinstance(refusal, InvalidPermissionDuplicateError):
            raise _duplicate_error(response, group) from refusal
        raise
    rules = [rule for rule in (*group.ingress_rules, *group.egress_rules) if rule.id not in known]
    answer.result["SecurityGroupRules"] = rules
    return answer


def _duplicate_error(response: Ec2Call, group: MotoSecurityGroup) -> Exception:
    """The error for a duplicate rule, in the wording as seen."""
    backend, is_egress = response.ec2_backend, "egress" in action_of(response).lower()
    there = list(group.egress_rules if is_egress else group.ingress_rules)
    for asked in asked_rules(response):
        for rule in rules_of(backend, asked, group.id, is_egress):
            if rule in there:
                return ec2_error(
                    "InvalidPermission.Duplicate", f'the specified rule "{_format_rule(rule)}" already exists'
                )
            there.append(rule)
    return InvalidPermissionDuplicateError()  # type: ignore[no-any-return]


def _format_rule(rule: MotoSecurityGroupRule) -> str:
    peer = rule.cidr_ipv4 or rule.cidr_ipv6 or rule.source_group.get("GroupId") or rule.prefix_list_id
    protocol = "ALL" if rule.ip_protocol == ANY_PROTOCOL else str(rule.ip_protocol).upper()
    ports = f", from port: {rule.from_port}, to port: {rule.to_port}" if rule.from_port is not None else ""
    return f"peer: {peer}, {protocol}{ports}, ALLOW"


def delete_security_group(
    _lab: ApiContext, moto: Moto, backend: Ec2Backend, name: str | None = None, group_id: str | None = None
) -> None:
    """Delete a group.

    Raises:
        DependencyViolationError: If an interface has it, or another group's rule refers to it.
    """
    group = backend.get_security_group_by_name_or_id(group_id or name)
    if group and (_is_attached(backend, group.id) or _is_referenced(backend, group.id)):
        raise DependencyViolationError(f"resource {group.id} has a dependent object")
    moto(backend, name=name, group_id=group_id)


def _is_attached(backend: Ec2Backend, group_id: str) -> bool:
    return any(group.id == group_id for interface in backend.enis.values() for group in interface.group_set)


def _is_referenced(backend: Ec2Backend, group_id: str) -> bool:
    others = (g for groups in backend.groups.values() for g in groups.values() if g.id != group_id)
    return any(
        rule.source_group.get("GroupId") == group_id
        for group in others
        for rule in [*group.ingress_rules, *group.egress_rules]
    )


def keep_default_group(_lab: ApiContext, moto: Moto, response: Ec2Call) -> object:
    """Delete a group.

    Raises:
        EC2ClientError: CannotDelete for the default one.
    """
    wanted = parameter(response, "GroupId") or parameter(response, "GroupName")
    group = response.ec2_backend.get_security_group_by_name_or_id(wanted)
    if group and group.name == "default":
        raise ec2_error(
            "CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted by a user'
        )
    return moto(response)
