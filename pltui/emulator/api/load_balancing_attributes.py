"""Attributes of load balancers, target groups and listeners: known keys and allowed values."""

import re
from collections.abc import Collection, Mapping
from functools import cache

from moto.core.utils import get_service_model

from pltui.emulator.api.errors import elb_error
from pltui.emulator.api.parameters import not_implemented

SECONDS: Mapping[str, tuple[int, int]] = {
    "deregistration_delay.timeout_seconds": (0, 3600),
    "tcp.idle_timeout.seconds": (60, 6000),
    "target_health_state.unhealthy.draining_interval_seconds": (0, 360_000),
}
"""Allowed ranges in seconds (elbv2 API reference, TargetGroupAttribute and ListenerAttribute)."""

CROSS_ZONE = "load_balancing.cross_zone.enabled"
INHERITED = "use_load_balancer_configuration"


def check_attributes(shape: str, what: str, wanted: Mapping[str, str]) -> None:
    """Reject keys and values that AWS does not know.

    `shape` is the name in the service model, `what` the name in error messages.

    Raises:
        ELBClientError: InvalidConfigurationRequest for a key, ValidationError for a value.
    """
    for key, value in wanted.items():
        if key not in _documented_keys(shape):
            raise elb_error("InvalidConfigurationRequest", f"{what} attribute key '{key}' is not recognized")
        if key in SECONDS:
            first, last = SECONDS[key]
            if not value.isdigit() or not first <= int(value) <= last:
                text = f"'{key}' value '{value}' must be between '{first}-{last}' inclusive"
                raise elb_error("ValidationError", text)
        elif key.endswith(".enabled"):
            allowed = ["true", "false"] + [INHERITED] * (key == CROSS_ZONE and shape == "TargetGroupAttribute")
            if value not in allowed:
                raise elb_error("ValidationError", f"'{key}' value '{value}' must be one of [{', '.join(allowed)}]")


ASKS_NOTHING = ("", "false", "0", "off", "no_rebalance")
"""Values of attributes that mean the same as no attribute."""


def check_implemented(wanted: Mapping[str, str], born: Mapping[str, str], in_force: Collection[str]) -> None:
    """Reject attributes that AWS documents but the sandbox ignores, unless the value is the default, as in `born`.

    Raises:
        Refusal: If an attribute is not implemented.
    """
    for key, value in wanted.items():
        if key not in in_force and value not in (born.get(key), *ASKS_NOTHING):
            raise not_implemented("elbv2", key)


@cache
def _documented_keys(shape: str) -> frozenset[str]:
    """The keys that the API reference lists (botocore's service model carries it)."""
    documentation = get_service_model("elbv2").shape_for(shape).members["Key"].documentation
    return frozenset(re.findall(r"<code>(\w+(?:\.\w+)+)</code>", documentation))
