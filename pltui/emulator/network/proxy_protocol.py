"""Header of proxy protocol version 2, which a Network Load Balancer sends before a connection's first byte.

The format is HAProxy's (proxy-protocol.txt, section 2.2); AWS adds a field of type 0xEA (NLB user guide, "Proxy
protocol"): a byte 0x01, and the endpoint's id.
"""

from __future__ import annotations

import struct
from ipaddress import IPv4Address

_SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
_LOCAL, _PROXY = 0x20, 0x21  # version 2, and the command
_UNSPECIFIED, _TCP_OVER_IPV4 = 0x00, 0x11
_AWS = 0xEA
_AWS_VPCE_ID = b"\x01"

# A health check is the load balancer's own connection: its header has no client.
HEALTH_CHECK = _SIGNATURE + struct.pack("!BBH", _LOCAL, _UNSPECIFIED, 0)


def header(source: tuple[IPv4Address, int], destination: tuple[IPv4Address, int], endpoint: str = "") -> bytes:
    """The header for a client's connection; `endpoint` is the id of the endpoint on its path, "" if there is none."""
    addresses = source[0].packed + destination[0].packed + struct.pack("!HH", source[1], destination[1])
    fields = _field(_AWS, _AWS_VPCE_ID + endpoint.encode()) if endpoint else b""
    length = len(addresses) + len(fields)
    return _SIGNATURE + struct.pack("!BBH", _PROXY, _TCP_OVER_IPV4, length) + addresses + fields


def _field(kind: int, value: bytes) -> bytes:
    return struct.pack("!BH", kind, len(value)) + value
