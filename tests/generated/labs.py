"""The labs scenarios are about: as small as can be with every kind of resource, and what their specs may change to."""

from collections.abc import Mapping
from functools import cache

from pltui import topology
from pltui.engine.model import Desired
from pltui.spec import parse
from pltui.spec.model import Spec
from tests.fakecloud.labs import AREA

NAMES = {"a": "small", "b": "other"}
VPC, SERVERS, BALANCER = "vpc: {zones: 1}", "servers: {count: 1}", "load_balancer: {name: LAB-nlb}"
CONSUMER = "consumer: {vpc: {zones: 1}}"

# Each as (provider, consumers). What changes leads to updates, to replacements near and far, and to more and fewer.
VARIANTS: Mapping[str, tuple[str, str]] = {
    "": (f"{VPC}, {SERVERS}, {BALANCER}", CONSUMER),
    "zonal": (f"{VPC}, {SERVERS}, load_balancer: {{name: LAB-nlb, cross_zone: false}}", CONSUMER),
    "cidr": (f"vpc: {{zones: 1, cidr: 10.1.0.0/16}}, {SERVERS}, {BALANCER}", CONSUMER),
    "zones": (
        f"vpc: {{zones: 2}}, servers: {{count: 2}}, {BALANCER}",
        "consumer: {vpc: {zones: 2}, endpoint: {subnets: [1, 2]}}",
    ),
    "renamed": (f"{VPC}, {SERVERS}, load_balancer: {{name: LAB-lb}}", CONSUMER),
    "accepted": (f"{VPC}, {SERVERS}, {BALANCER}, endpoint_service: {{acceptance_required: true}}", CONSUMER),
    "second": (f"{VPC}, {SERVERS}, {BALANCER}", f"{CONSUMER}, second: {{vpc: {{zones: 1}}}}"),
    "greeting": (
        f"{VPC}, servers: {{count: 1, greeting: 'Hi from Subnet {{subnet}}'}}, {BALANCER}",
        "consumer: {vpc: {zones: 1}, dns: {zone: example.org}}",
    ),
}


@cache
def spec(lab: str, variant: str = "") -> Spec:
    name = NAMES[lab]
    provider, consumers = VARIANTS[variant]
    text = f"version: 1\nname: LAB\nprovider: {{{provider}}}\nconsumers: {{{consumers}}}\n"
    return parse(text.replace("LAB", name))


@cache
def all_desired(lab: str, variant: str = "") -> tuple[Desired, ...]:
    return topology.all_desired(spec(lab, variant), AREA)
