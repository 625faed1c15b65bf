"""Rejection of calls without a value that AWS needs although its service models do not require it.

moto raises for most of them. The codes are those of the EC2 and elbv2 API references; a wording is believed unless its
comment says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pltui.emulator.api.errors import ec2_error, elb_error
from pltui.emulator.moto_adapter.calls import Call

Error = tuple[str, str]

_WITH_PORTS = frozenset({"tcp", "6", "udp", "17"})
_WITH_TYPES = frozenset({"icmp", "1"})
_NAMED = frozenset({"tcp", "udp", "icmp", "icmpv6", "all", "-1"})
_LAST_PROTOCOL = 255  # of IP (RFC 791): one octet


def refusal(response: Call, service: str, action: str) -> Exception | None:
    """The error of a call that lacks a value; None for a complete one, and for other services than EC2 and elbv2."""
    params = response.params if response.automated_parameter_parsing and service in ("ec2", "elbv2") else {}
    if service == "elbv2":
        return elb_error(*error) if (error := _attributes(params)) else None
    if service != "ec2":
        return None
    checks: Iterable[Callable[[str, Mapping[str, object]], Error | None]] = (_tags, _alternatives, _rules)
    found = next(filter(None, (check(action, params) for check in checks)), None)
    return ec2_error(*found) if found else None


def _structures(value: object) -> list[Mapping[str, object]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _tags(action: str, params: Mapping[str, object]) -> Error | None:
    """The error of a tag without its key, or that is created without its value."""
    lists = [each.get("Tags") for each in _structures(params.get("TagSpecifications"))]
    if action in ("CreateTags", "DeleteTags"):
        lists.append(params.get("Tags"))
    for tag in (tag for tags in lists for tag in _structures(tags)):
        if not tag.get("Key"):
            return "InvalidParameterValue", "Tag key cannot be null or empty."
        if tag.get("Value") is None and action != "DeleteTags":
            return "InvalidParameterValue", "Tag value cannot be null. Use empty string instead."
    return None


def _alternatives(action: str, params: Mapping[str, object]) -> Error | None:
    """The error of a call that has none of several parameters."""
    if action == "CreateSubnet" and not any(params.get(name) for name in ("CidrBlock", "Ipv6CidrBlock")):
        return "MissingParameter", "Either 'cidrBlock' or 'ipv6CidrBlock' should be provided."
    named = ("ServiceName", "ResourceConfigurationArn", "ServiceNetworkArn")
    if action == "CreateVpcEndpoint" and not any(params.get(name) for name in named):
        return "MissingParameter", "The request must contain the parameter ServiceName"
    return None


def _rules(action: str, params: Mapping[str, object]) -> Error | None:
    """The error of a security group rule with an unknown protocol, or without ports where its protocol has some."""
    if not action.startswith(("AuthorizeSecurityGroup", "RevokeSecurityGroup")):
        return None
    for rule in (params, *_structures(params.get("IpPermissions"))):
        protocol = str(rule.get("IpProtocol") or "").lower()
        if protocol and not _is_protocol(protocol):
            # Wording as seen in public logs of Terraform.
            return "InvalidParameterValue", f"Invalid value '{protocol}' for IP protocol. Unknown protocol."
        ports = [rule.get("FromPort"), rule.get("ToPort")]
        if None in ports and protocol in _WITH_PORTS:
            # Wording as seen in public logs of Terraform.
            text = "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
            return "InvalidParameterValue", text
        if None in ports and protocol in _WITH_TYPES:
            return "InvalidParameterValue", "Invalid value 'Must specify both type and code with ICMP.' for portRange."
    return None


def _is_protocol(text: str) -> bool:
    number = text.isascii() and text.isdigit() and len(text) <= len(str(_LAST_PROTOCOL))
    return text in _NAMED or (number and int(text) <= _LAST_PROTOCOL)


def _attributes(params: Mapping[str, object]) -> Error | None:
    """The error of an attribute of a load balancer, target group or listener without its key or value."""
    for attribute in _structures(params.get("Attributes")):
        for name in ("Key", "Value"):
            if attribute.get(name) is None:
                return "ValidationError", f"An attribute has no {name.lower()}"
    return None
