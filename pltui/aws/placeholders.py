"""Placeholders for values that identify an account or a person: equal values get equal placeholders."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from pltui.history.redaction import HIDDEN, is_secret, redact_text

# Opaque values that link a call to another one.
_LINKS = frozenset({"NextToken", "ClientToken", "NextMarker", "Marker"})
_PEOPLE = frozenset({"UserName", "UserId", "CallerId", "RequesterId", "SourceIdentity", "RoleSessionName"})

# IAM user guide, "IAM identifiers": unique ids and access key ids begin with four letters for their type.
_UNIQUE_ID = re.compile(r"\b(?:AGPA|AIDA|AIPA|ANPA|ANVA|AROA|ASCA)[A-Z0-9]{12,}(?::[\w+=,.@-]+)?")
_KEY_ID = re.compile(r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}\b")
# IAM user guide, "IAM ARNs"; roles of the lab and of AWS services identify no person.
_PRINCIPAL = re.compile(
    r"(?<=:)(user|assumed-role|federated-user|mfa|sms-mfa|u2f|group|saml-provider|oidc-provider|role)"
    r"/(?!pltui/|aws-service-role/)([^\s\"'\\]+)"
)
_ACCOUNT = re.compile(r"(?:(?<![0-9A-Za-z])|(?<=%3A))\d{12}(?![0-9A-Za-z])")
_PERSON = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_IPV6 = re.compile(r"(?<![0-9A-Za-z:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![0-9A-Za-z:])")
# Names with dots that end like a host name; types (t3.micro) and attributes have dots as well.
_HOST = re.compile(
    r"(?<![\w.@-])(?:[a-z0-9*](?:[a-z0-9-]*[a-z0-9])?\.)+"
    r"(?:[a-z]{2}|com|net|org|edu|gov|mil|int|info|biz|name|app|cloud|dev|tech|online|site|xyz|aero|museum"
    r"|local|localhost|localdomain|internal|intranet|lan|home|corp|private|test|example|invalid)(?![\w-])"
)
# Names of services, of endpoints by their ids and of instances by their private addresses identify no person.
_OF_AWS = re.compile(
    r"com\.amazonaws\..+|[a-z0-9-]+\.amazonaws\.com(?:\.cn)?|(?:\*\.)?vpce-[0-9a-f-]+[a-z0-9-]*\..+\.vpce\.[a-z.]+"
    r"|ip-(?:10|172|192)-[\d-]+\.[a-z0-9.-]*internal"
)
_SUFFIX_OF_AWS = re.compile(r"(?:\.[a-z]+)?\.[a-z0-9-]+(?:\.[a-z]+)?\.amazonaws\.com(?:\.cn)?$")
_RFC_1918 = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))


class Placeholders:
    """The placeholders of one file. The originals are kept in memory only."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def mask_value(self, value: Any) -> Any:
        """Return a value parsed by botocore as JSON values, without secrets and with placeholders."""
        match value:
            case Mapping():
                return dict(self._mask_items(value))
            case list() | tuple() | set() | frozenset():
                return [self.mask_value(item) for item in value]
            case None | bool() | int() | float():
                return value
            case bytes():
                return HIDDEN
            case datetime() | date():
                return value.isoformat()
        return self.mask_text(str(value))

    def _mask_items(self, values: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
        for key, item in values.items():
            name = str(key)
            if item in (None, "") or isinstance(item, bool):
                yield self.mask_text(name), item
            elif name in _LINKS:
                yield name, self._placeholder("token", str(item), "token-{}".format)
            elif name in _PEOPLE:
                yield name, self._placeholder("person", str(item), "person-{}".format)
            elif is_secret(_snake_case(name)):
                yield self.mask_text(name), HIDDEN
            else:
                yield self.mask_text(name), self.mask_value(item)

    def mask_text(self, text: str) -> str:
        """Return `text` with everything replaced that has a known form."""
        for pattern, instead in (
            (_PRINCIPAL, self._mask_principal),
            (_KEY_ID, lambda found: self._placeholder("key", found[0], "key-id-{}".format)),
            (_UNIQUE_ID, lambda found: self._placeholder("unique", found[0], "unique-id-{}".format)),
            (_PERSON, lambda found: self._placeholder("person", found[0], "person-{}".format)),
            (_HOST, self._mask_host),
            (_IPV4, self._mask_address),
            (_IPV6, self._mask_address),
            (_ACCOUNT, lambda found: self._placeholder("account", found[0], "{:012d}".format)),
        ):
            text = pattern.sub(instead, text)
        return redact_text(text)

    def _placeholder(self, kind: str, original: str, form: Callable[[int], str]) -> str:
        known = self._known.get((kind, original))
        if known is None:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            known = self._known[kind, original] = form(self._counts[kind])
            self._known[kind, known] = known  # a placeholder in the input, as from a recorded file, is kept
        return known

    def _mask_principal(self, found: re.Match[str]) -> str:
        return f"{found[1]}/" + self._placeholder("person", found[2], "person-{}".format)

    def _mask_host(self, found: re.Match[str]) -> str:
        name = found[0]
        if _OF_AWS.fullmatch(name):
            return name
        suffix = _SUFFIX_OF_AWS.search(name)
        end = suffix[0] if suffix and suffix.start() > 0 else ".example"
        return self._placeholder("host", name, lambda number: f"host-{number}{end}")

    def _mask_address(self, found: re.Match[str]) -> str:
        try:
            address = ipaddress.ip_address(found[0])
        except ValueError:  # a version, or a time
            return found[0]
        if _reveals_no_place(address):
            return found[0]
        kind, form = ("ipv6", "2001:db8::{:x}".format) if address.version == 6 else ("ipv4", _documentation_ipv4)
        return self._placeholder(kind, str(address), form)


def _reveals_no_place(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return True if an address reveals no place: private, loopback, link-local, or a mask."""
    if address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast:
        return True
    if address.version == 6:
        return address.is_private
    return any(address in network for network in _RFC_1918) or address.packed[0] == 255


def _documentation_ipv4(number: int) -> str:
    """Return an address of 198.18.0.0/15, which no host on the internet has (RFC 2544)."""
    return str(ipaddress.IPv4Address("198.18.0.0") + number)


def _snake_case(name: str) -> str:
    """Return `HttpTokens` as `http_tokens`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
