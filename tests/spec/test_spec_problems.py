"""What a wrong spec is answered: each case is the smallest lab with one thing changed."""

# ruff: noqa: E501 (a case is a line: its parts are read side by side)

from collections.abc import Callable

import pytest

Ask = Callable[..., list[str]]

LAB = """\
version: 1
name: lab
region: eu-west-1
provider:
  vpc: {cidr: 10.0.0.0/16, zones: 3, nat: single}
  servers: {count: 3, port: 80}
  load_balancer: {name: lab-nlb, cross_zone: true, subnets: all}
consumers:
  shop:
    endpoint: {subnets: [1], ingress: private_subnets}
    client: {subnet: 1}
probe: {path: /, interval: 200ms, subnet_pattern: 'Subnet (\\d+)'}
experiments:
  - {name: zonal, cross_zone: false, answered_by: [1]}
  - {name: cross, cross_zone: true, answered_by: {shop: [1, 2, 3]}}
"""

# What the lab says, what it is made to say instead with ▸ at the problem's place, and the problem.
SCHEMA_CASES = [
    ("zones: 3", "zones: ▸three", "expected a number of zones from 1 to 6, or a list of zone names or zone ids, got the text 'three'; write for example 3"),
    ("zones: 3", "zones: ▸7", "expected an integer from 1 to 6, got the number 7"),
    ("zones: 3", "zones: ▸[]", "expected a list with at least one entry, got none"),
    ("zones: 3", "zones: [eu-west-1a, ▸2, eu-west-1b]", 'expected a zone name such as ap-northeast-1a or a zone id such as apne1-az1, got the number 2; write for example "ap-northeast-1a"'),
    ("zones: 3", "▸zone: 3", "unknown key 'zone'; did you mean 'zones'?"),
    ("zones: 3", "▸colour: red", "unknown key 'colour'; known here: cidr, zones, nat"),
    ("zones: 3", "▸zones: ", "expected a number of zones from 1 to 6, or a list of zone names or zone ids, got an empty value; remove the key to have the default, 3"),
    ("nat: single", "nat: ▸Single", "expected one of single, per_zone, none, got the text 'Single'; did you mean 'single'?"),
    ("port: 80", "port: ▸'80'", "expected an integer from 1 to 65535, got the text '80'; write 80, without quotes"),
    ("port: 80", "port: ▸0", "expected an integer from 1 to 65535, got the number 0; write for example 80"),
    ("port: 80", "port: ▸80.0", "expected an integer from 1 to 65535, got the number 80.0; write for example 80"),
    ("port: 80", "port: ▸.nan", "expected an integer from 1 to 65535, got the number nan; write for example 80"),
    ("port: 80", "port: ▸-.inf", "expected an integer from 1 to 65535, got the number -inf; write for example 80"),
    ("port: 80", "port: ▸true", "expected an integer from 1 to 65535, got true; write for example 80"),
    ("port: 80", "port: ▸{}", "expected an integer from 1 to 65535, got a mapping; write for example 80"),
    ("count: 3", "count: ▸31", "expected an integer from 1 to 30, got the number 31; write for example 3"),
    ("cross_zone: true, s", "cross_zone: ▸on, s", "expected true or false, got the text 'on'; write true"),
    ("cross_zone: true, s", "cross_zone: ▸No, s", "expected true or false, got the text 'No'; write false"),
    ("name: lab-nlb", "name: ▸internal-lab", 'expected a load balancer name: 1 to 32 letters, digits and hyphens, no hyphen at either end, not starting with \'internal-\', got the text \'internal-lab\'; write for example "provider-nlb"'),
    ("subnets: all", "subnets: ▸some", 'expected \'all\' or a list of subnet numbers, got the text \'some\'; write for example "all"'),
    ("subnets: all", "subnets: [1, 2, ▸1]", "the number 1 is in the list twice; remove one"),
    ("subnets: all", "subnets: [▸one]", "expected the number of a subnet, counted from 1, got the text 'one'; write for example 1"),
    ("subnets: [1]", "subnets: ▸1", "expected a list of subnet numbers, got the number 1; write for example [1]"),
    ("  shop:\n", "  ▸provider:\n", 'expected a consumer name of at most 20 lower-case letters, digits and single hyphens that starts with a letter and neither is \'provider\' or \'sg\' nor starts with \'sg-\', got the text \'provider\'; write for example "consumer"'),
    ("  shop:\n", "  ▸7:\n", 'expected a consumer name of at most 20 lower-case letters, digits and single hyphens that starts with a letter and neither is \'provider\' or \'sg\' nor starts with \'sg-\', got the text \'7\'; write for example "consumer"'),
    ("  shop:\n", "  ▸sg:\n", 'expected a consumer name of at most 20 lower-case letters, digits and single hyphens that starts with a letter and neither is \'provider\' or \'sg\' nor starts with \'sg-\', got the text \'sg\'; write for example "consumer"'),
    ("  shop:\n", "  ▸sg-eu:\n", 'expected a consumer name of at most 20 lower-case letters, digits and single hyphens that starts with a letter and neither is \'provider\' or \'sg\' nor starts with \'sg-\', got the text \'sg-eu\'; write for example "consumer"'),
    ("client: {subnet: 1}", "dns: {zone: ▸com}", "expected a domain name in lower case without a dot at its end that is no top-level domain, got the text 'com'; write for example \"example.local\""),
    ("name: lab\n", "name: ▸My Lab\n", 'expected a name of at most 32 lower-case letters, digits and single hyphens that starts with a letter, got the text \'My Lab\'; write for example "privatelink"'),
    ("name: lab\n", 'name: ▸"lab\\n"\n', 'expected a name of at most 32 lower-case letters, digits and single hyphens that starts with a letter, got the text \'lab \'; write for example "privatelink"'),
    ("eu-west-1", "▸eu-west-1a", 'expected an AWS region, got the text \'eu-west-1a\'; write for example "ap-northeast-1"'),
    ("eu-west-1", "▸mars-north-1", 'expected an AWS region, got the text \'mars-north-1\'; write for example "ap-northeast-1"'),
    ("  vpc: {cidr", "  account: {id: ▸111122223333}\n  vpc: {cidr", 'expected twelve digits in quotes, got the number 111122223333; write for example "111122223333"'),
    ("200ms", "▸2", 'expected a time such as 200ms, 1.5s or 1m, got the number 2; write for example "200ms"'),
    ("path: /,", "path: ▸index.html,", 'expected a path that starts with \'/\', in printable ASCII without blanks, got the text \'index.html\'; write for example "/"'),
    ("{shop: [1, 2, 3]}", "{shop: ▸1}", "expected a list of subnet numbers, got the number 1; write for example [1]"),
]  # fmt: skip

RULE_CASES = [
    ("10.0.0.0/16", "▸10.0.1.0/16", "10.0.1.0/16 has bits set beyond its prefix length; 10.0.0.0/16 would be right"),
    ("10.0.0.0/16", "▸127.0.0.0/16", "no machine can have an address of 127.0.0.0/16; write for example 10.0.0.0/16"),
    ("10.0.0.0/16", "▸169.254.1.0/24", "no machine can have an address of 169.254.1.0/24; write for example 10.0.0.0/16"),
    ("10.0.0.0/16", "▸224.0.0.0/16", "no machine can have an address of 224.0.0.0/16; write for example 10.0.0.0/16"),
    ("10.0.0.0/16", "▸10.0.0.0/15", "10.0.0.0/15 is too large for a VPC; a prefix of /16 to /24 would be right"),
    ("10.0.0.0/16", "▸10.0.0.0/25", "10.0.0.0/25 is too small for sixteen subnets of at least /28; a prefix of /16 to /24 would be right"),
    ("10.0.0.0/16", "▸10.0.0.256/16", "expected an IPv4 block, got '10.0.0.256/16'; write for example 10.0.0.0/16"),
    ("10.0.0.0/16", "▸10.0.0.0", "expected a block with a prefix length, got '10.0.0.0'; write 10.0.0.0/16"),
    ("subnets: all", "subnets: all, health_check: {interval: 5, timeout: ▸6}", "6 s are too long for TCP checks every 5 s; 5 or less would be right"),
    ("subnets: all", "subnets: all, health_check: {protocol: HTTP, interval: 5, timeout: ▸5}", "5 s are too long for HTTP checks every 5 s; 4 or less would be right"),
    ("zones: 3", "zones: [eu-west-1a, ▸us-east-1b, eu-west-1c]", "zone 'us-east-1b' is not in the region eu-west-1; write for example eu-west-1a"),
    ("subnets: all", "subnets: [1, ▸4]", "no subnet 4: provider.vpc has 3 zones; 1 to 3 would be right"),
    ("subnets: [1]", "subnets: [▸5]", "no subnet 5: consumers.shop.vpc has 3 zones; 1 to 3 would be right"),
    ("subnet: 1}", "subnet: ▸4}", "no subnet 4: consumers.shop.vpc has 3 zones; 1 to 3 would be right"),
    ("private_subnets", "[▸10.0.128.1/20]", "10.0.128.1/20 has bits set beyond its prefix length; 10.0.128.0/20 would be right"),
    ("private_subnets", "[▸10.0.128.1]", "expected a block with a prefix length, got '10.0.128.1'; write 10.0.128.1/32"),
    ("answered_by: [1]", "answered_by: [▸6]", "no subnet 6: provider.vpc has 3 zones; 1 to 3 would be right"),
    ("shop: [1, 2, 3]", "▸shpo: [1]", "no consumer 'shpo'; did you mean 'shop'?"),
    ("name: cross,", "name: ▸zonal,", "experiment 1 is named 'zonal' too; give one of them another name"),
    ("200ms", "▸1ms", "expected a time from 10ms to 1h, got 0.001s"),
    ("count: 3,", "count: 3, instance_type: ▸t4g.micro,", "'t4g.micro' is an arm64 type and the lab's machine image is x86_64; write for example t3.micro"),
    ("count: 3,", "greeting: ▸hello,", "the greeting does not contain {subnet}; write for example 'Hello from Subnet {subnet}'"),
    ("count: 3,", "greeting: ▸'Subnet {subnet} {zone}',", "the greeting has braces other than those of {subnet}; remove them"),
]  # fmt: skip

YAML_CASES = [
    ("name: lab\n", "name: lab\n▸name: bal\n", "duplicate key 'name'; it is already on line 2, remove one of them"),
    ("name: lab\n", "name: ▸&it lab\n", "an anchor (&it); anchors are not supported, remove it"),
    ("name: lab\n", "name: ▸*it\n", "an alias (*it); aliases are not supported, write the value out"),
    ("name: lab\n", "name: lab\n▸<<: {region: x}\n", "a merge key (<<); merge keys are not supported, write the keys out"),
    ("name: lab\n", "name: ▸!foo lab\n", "a tag (!foo); tags are not supported, remove it"),
    ("name: lab\n", "name: ▸!!python/object:os.system lab\n", "a tag (!!python/object:os.system); tags are not supported, remove it"),
    ("name: lab\n", "name: ▸@lab\n", "not valid YAML: a value cannot start with '@'; put it in quotes"),
    ("name: lab\n", "name: lab▸: bal\n", "not valid YAML: a second ':' on one line; put the text in quotes, or start a line of its own"),
    ("name: lab\n", '▸name: "\\UFFFFFFFF"\n', "not valid YAML: after this comes a number too large for what it stands for; write a smaller one"),
    ("name: lab\n", 'name: ▸"\\ud800"\n', "an escape such as \\ud83d that is half a character; write the character itself"),
    ("version: 1", f"▸%YAML 1.{'9' * 5000}\n---\nversion: 1", "not valid YAML: after this comes a number too large for what it stands for; write a smaller one"),
    ("name: lab\n", "▸[a]: lab\n", "a key that is not plain text; a key such as 'name' would be right"),
    ("  vpc:", "▸\tvpc:", "a tab; YAML is indented and spaced with blanks, replace it"),
    ("name: lab\n", "name: ▸\u0007\n", "a control character (U+0007) that YAML does not allow; remove it"),
]  # fmt: skip

# As above, where the problem's place is elsewhere.
ELSEWHERE_CASES = [
    ("name: lab\n", "", "1:1", 'missing key \'name\'; write for example name: "privatelink"'),
    ("name: zonal, ", "", "14:5", 'missing key \'name\'; write for example name: "zonal"'),
    ("zones: 3", "zones: [euw1-az1, euw1-az2]", "15:64", "no subnet 3: provider.vpc has 2 zones; 1 to 2 would be right"),
    ("count: 3,", "greeting: 'Net {subnet}',", "12:51", "finds nothing in the answer 'Net 1' where it should find 1; write for example 'Subnet (\\d+)', or change the greeting"),
    ("Subnet (\\d+)", "Subnet \\d+", "12:51", "expected exactly one (group), the subnet's number, got 0; write for example 'Subnet (\\d+)'"),
    ("Subnet (\\d+)", "Subnet (\\d+", "12:51", "not a regular expression: missing ), unterminated subpattern at position 7; write for example 'Subnet (\\d+)'"),
    ("Subnet (\\d+)", "(a+)+$", "12:51", "a pattern may have at most 3 repetitions and none of its group: others could take for ever"),
    ("Subnet (\\d+)", "(?:a|a)(\\d+)", "12:51", "a pattern may not use (?…) or references such as \\1; plain text, classes and one (group) are enough"),
]  # fmt: skip


# A provider, a consumer, and what is wrong with where the consumer's endpoint is; None: nothing is.
NODE_CASES = [
    ("load_balancer: {subnets: [2]}", "", "the load balancer has no node in the zone of subnet 1; it has nodes in that of subnet 2"),
    ("load_balancer: {subnets: [2, 3]}", "endpoint: {subnets: [2]}", None),
    ("vpc: {zones: 2}", "endpoint: {subnets: [3]}", "the load balancer has no node in the zone of subnet 3; it has nodes in those of subnets 1, 2"),
    ("vpc: {zones: [eu-west-1a]}", "vpc: {zones: [eu-west-1b]}", "the load balancer has no node in the zone of subnet 1; it has nodes in eu-west-1a"),
    ("vpc: {zones: [eu-west-1b, eu-west-1a]}", "vpc: {zones: [eu-west-1a]}", None),
    ("vpc: {zones: [euw1-az1]}", "vpc: {zones: [eu-west-1b]}", None),  # only the account can tell
    ("vpc: {zones: [eu-west-1b]}", "vpc: {zones: 1}", None),
]  # fmt: skip


@pytest.mark.parametrize(("provider", "consumer", "problem"), NODE_CASES)
def test_an_endpoint_is_where_the_load_balancer_has_a_node(
    problems: Ask, provider: str, consumer: str, problem: str | None
) -> None:
    text = f"version: 1\nname: lab\nprovider: {{{provider}}}\nconsumers: {{shop: {{{consumer}}}}}\n"
    expected = [problem] if problem else []
    assert [each.split(": ", 1)[1] for each in problems(text)] == expected


@pytest.mark.parametrize(
    ("cidr", "zones", "subnets", "servers", "room"),
    [
        ("10.0.0.0/24", 3, "all", 9, None),
        ("10.0.0.0/24", 3, "all", 10, "4 of 10 servers would be in private subnet 1; it has 11 addresses, and room for 3"),
        ("10.0.0.0/24", 3, "[2]", 10, None),
        ("10.0.0.0/24", 3, "[2]", 11, "4 of 11 servers would be in private subnet 2; it has 11 addresses, and room for 3"),
        ("10.0.0.0/23", 1, "all", 19, None),
        ("10.0.0.0/23", 1, "all", 20, "20 of 20 servers would be in private subnet 1; it has 27 addresses, and room for 19"),
        ("10.0.0.0/22", 1, "all", 30, None),
    ],
)  # fmt: skip
def test_servers_leave_room_for_the_load_balancer(
    problems: Ask, cidr: str, zones: int, subnets: str, servers: int, room: str | None
) -> None:
    text = f"""
version: 1
name: lab
provider: {{vpc: {{cidr: {cidr}, zones: {zones}}}, servers: {{count: {servers}}}, load_balancer: {{subnets: {subnets}}}}}
consumers: {{shop: {{endpoint: {{subnets: [{2 if subnets == "[2]" else 1}]}}}}}}
"""
    rest = "besides the 8 that a load balancer needs; write fewer servers or a larger provider.vpc.cidr"
    assert [each.split(": ", 1)[1] for each in problems(text)] == ([f"{room} {rest}"] if room else [])


@pytest.mark.parametrize(("said", "instead", "problem"), [*SCHEMA_CASES, *RULE_CASES, *YAML_CASES])
def test_one_mistake_is_one_problem_with_its_place_and_its_remedy(
    problems: Ask, said: str, instead: str, problem: str
) -> None:
    assert said in LAB
    before, _, after = LAB.replace(said, instead, 1).partition("▸")
    line, column = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
    assert problems(before + after) == [f"lab.yaml:{line}:{column}: {problem}"]


@pytest.mark.parametrize(("said", "instead", "place", "problem"), ELSEWHERE_CASES)
def test_a_mistake_that_shows_elsewhere_is_told_there(
    problems: Ask, said: str, instead: str, place: str, problem: str
) -> None:
    assert said in LAB
    assert problems(LAB.replace(said, instead, 1)) == [f"lab.yaml:{place}: {problem}"]


def test_the_lab_of_these_cases_has_no_problem(problems: Ask) -> None:
    assert problems(LAB) == []


def test_all_problems_are_told_at_once_in_the_order_of_the_file(problems: Ask) -> None:
    text = LAB.replace("name: lab\n", "name: Lab\n").replace("10.0.0.0/16", "10.0.0.1/16").replace("[1]}", "[9]}")
    text = text.replace("probe:", "prob:").replace("shop: [1", "shop: [one")
    assert [line.split(": ")[0] for line in problems(text)] == [
        f"lab.yaml:{place}" for place in ("2:7", "5:15", "12:1", "14:52", "15:58")
    ]


def test_a_rule_is_not_applied_to_values_that_are_wrong_in_themselves(problems: Ask) -> None:
    text = LAB.replace("zones: 3", "zones: none").replace("subnets: all", "subnets: [6]")
    assert [line.split(": ")[0] for line in problems(text)] == ["lab.yaml:5:35"]


@pytest.mark.parametrize("version", ["2", "'1'", "true", "1.0", "", "[1]"])
def test_another_version_is_the_only_problem_told(problems: Ask, version: str) -> None:
    text = LAB.replace("version: 1", f"version: {version}").replace("name: lab\n", "nam: lab\n")
    (problem,) = problems(text)
    assert problem.startswith("lab.yaml:1:")
    assert "expected 1, the version of the format that this pltui knows, got" in problem


def test_a_version_that_is_an_alias_is_told_with_the_other_problems(problems: Ask) -> None:
    text = LAB.replace("version: 1", "version: *v").replace("name: lab\n", "name: Lab\n")
    assert [line.split(": ")[0] for line in problems(text)] == ["lab.yaml:1:10", "lab.yaml:2:7"]


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "null", "\ufeff"])
def test_an_empty_file_is_told_what_a_lab_needs(problems: Ask, text: str) -> None:
    assert problems(text) == ["lab.yaml:1:1: the file is empty; a lab needs version, name, provider and consumers"]


@pytest.mark.parametrize(("text", "got"), [("[1]", "a list"), ("hello", "the text 'hello'"), ("3", "the number 3")])
def test_a_file_that_is_no_mapping_is_told_what_it_is(problems: Ask, text: str, got: str) -> None:
    assert problems(text) == [f"lab.yaml:1:1: expected a mapping with version, name, provider and consumers, got {got}"]


def test_a_second_document_is_refused_where_it_starts(problems: Ask) -> None:
    assert problems(LAB + "---\n" + LAB) == [
        "lab.yaml:16:1: a second YAML document; one file holds one lab, so write it to a file of its own"
    ]


def test_a_consumer_an_experiment_says_nothing_of_is_named(problems: Ask) -> None:
    assert problems(LAB.replace("consumers:\n", "consumers:\n  bank: {}\n")) == [
        "lab.yaml:16:50: consumer 'bank' is missing; write for example bank: [1]"
    ]


def test_a_bomb_of_aliases_is_refused_without_expanding_it(problems: Ask) -> None:
    layers = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 40)]
    found = problems("l0: &l0 [lol]\n" + "".join(layers))
    assert found[0] == "lab.yaml:1:5: an anchor (&l0); anchors are not supported, remove it"
    assert len(found) == 100


@pytest.mark.parametrize("text", ["[" * 10_000, "{a: " * 10_000, "- " * 10_000, '{"a":' * 10_000])
def test_deep_nesting_is_refused_at_a_fixed_depth(problems: Ask, text: str) -> None:
    (problem,) = problems(text)
    assert problem.endswith("nested more than 24 levels deep; a lab needs 6")


def test_too_many_values_are_refused(problems: Ask) -> None:
    (problem,) = problems("a: [" + "1, " * 60_000 + "]")
    assert problem.endswith("more than 50,000 values; a lab needs a hundred")


@pytest.mark.parametrize("digits", [30, 4000, 5000])
def test_a_huge_number_is_quoted_in_part(problems: Ask, digits: int) -> None:
    (problem,) = problems(LAB.replace("port: 80", f"port: {'9' * digits}"))
    assert problem.startswith("lab.yaml:6:29: expected an integer from 1 to 65535, got the ")
    assert len(problem) < 200


def test_text_of_the_file_reaches_no_terminal_as_a_control_sequence(problems: Ask) -> None:
    (problem,) = problems(LAB.replace("eu-west-1", r'"\e[31mred\e]0;title\a"'))
    assert "\x1b" not in problem
    assert "\x07" not in problem
