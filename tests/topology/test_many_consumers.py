"""A lab of many consumers: as much work for each as in a lab of few."""

import pytest

from pltui import topology
from pltui.spec import SpecError, parse
from pltui.spec.check import check
from tests.counting import count_calls
from tests.fakecloud.labs import AREA

# All that can be said of a consumer, but for what has a default that suits.
CONSUMER = """\
  consumer-{n}:
    vpc: {{cidr: 10.{n}.0.0/16, zones: [apne1-az4, apne1-az1, apne1-az2], nat: single}}
    endpoint: {{subnets: [1, 2, 3], ingress: [10.0.0.0/8, 192.168.0.0/16]}}
    dns: {{zone: example.internal, record: service.example.internal}}
    client: {{instance_type: [t3.micro, t3a.micro], subnet: 1}}
"""


def spec(consumers: int, consumer: str = CONSUMER) -> str:
    head = "version: 1\nname: many\nregion: ap-northeast-1\nprovider: {}\nconsumers:\n"
    return head + "".join(consumer.format(n=n) for n in range(consumers))


def test_a_thousand_consumers_are_accepted_and_no_more() -> None:
    few = "  consumer-{n}: {{}}\n"
    assert len(parse(spec(1000, few)).consumers) == 1000
    with pytest.raises(SpecError, match="1000"):
        parse(spec(1001, few))


def test_ten_times_the_consumers_take_ten_times_the_calls() -> None:
    check(spec(1), "many.yaml")  # what is done once for all specs
    small, large = (count_calls(check, spec(n), "many.yaml") for n in (10, 100))
    assert large <= 10.5 * small


def test_the_resources_of_ten_times_the_consumers_take_ten_times_the_calls() -> None:
    small, large = (count_calls(topology.all_desired, parse(spec(n)), AREA) for n in (10, 100))
    assert large <= 10.5 * small
