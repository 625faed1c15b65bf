"""How an explanation reads."""

from dataclasses import replace

from pltui.explain.explanation import Explained, Explanation, ObservedAnswers
from pltui.explain.text import lines, toned_lines
from pltui.reachability.codes import Code, Verdict
from pltui.reachability.hops import Hop, Path, Trace

BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/web/1"
MACHINE = Hop("machine", "i-client", "euw1-az1", "10.0.1.9")
SWITCH = Hop(
    "cross-zone", BALANCER, "euw1-az1", rule="cross-zone on (set on the load balancer)", why="cross-zone is on"
)


def target(number: int, chance: float) -> Path:
    """An open path to a server."""
    hop = Hop("target", f"i-{number}", f"euw1-az{number}", rule="tcp/80", why="it is healthy")
    server = f"i-{number}"
    hops = (MACHINE, SWITCH, hop, Hop("server", server, f"euw1-az{number}"))
    return Path(hops, Verdict.OPEN, chance, chance, server, 80, subnet=f"subnet-{number}")


def stopped(path: Path, code: Code, why: str, verdict: Verdict = Verdict.DROPPED) -> Path:
    hops = (*path.hops[:-1], replace(path.hops[-1], verdict=verdict, code=code, why=why))
    return replace(path, hops=hops, verdict=verdict, weight=0.0)


def explained(*paths: Path, names: dict[str, str] | None = None, **more: object) -> Explained:
    explanation = Explanation("shop", "web.example.local", 80, trace=Trace("i-client", "web", 80, paths), **more)  # type: ignore[arg-type]
    zones = {"euw1-az1": "eu-west-1c"}
    return Explained("lab", [explanation], {BALANCER: "web", "i-2": "server-2", **(names or {})}, zones)


def said_of(*paths: Path, names: dict[str, str] | None = None, **more: object) -> list[str]:
    return list(lines(explained(*paths, names=names, **more)))


def test_what_all_paths_share_is_said_once_and_each_target_in_a_line() -> None:
    said = said_of(target(2, 0.5), target(1, 0.5), predicted={"1": 0.5, "2": 0.5})
    assert said == [
        "shop to web.example.local, port 80",
        "    client          i-client · 10.0.1.9 in eu-west-1c (euw1-az1)",
        "    cross-zone      web · cross-zone is on",
        "      i-1  euw1-az1  healthy  50 % of the answers",
        "      server-2 (i-2)  euw1-az2  healthy  50 % of the answers",
        "  expected answers:  Subnet 1 (50 %), Subnet 2 (50 %)",
    ]


def test_several_reasons_alike_are_one_and_their_shares_add_up() -> None:
    why = "rule 50 denies it"
    lost = [stopped(target(n, 0.25), Code.SUBNET_ACL_RESTRICTION, why) for n in (2, 3)]
    said = said_of(replace(target(1, 0.5), weight=1.0), *lost, predicted={"1": 1.0})
    assert "  expected failures: 50 %, SUBNET_ACL_RESTRICTION: rule 50 denies it" in said
    assert sum("✗" in line for line in said) == 2


def test_an_open_hop_with_something_to_know_is_marked_otherwise_than_one_that_blocks() -> None:
    noted = replace(SWITCH, code=Code.PL_FAIL_OPEN, why="none is healthy, so all are tried")
    open_path = target(1, 1.0)
    said = said_of(replace(open_path, hops=(MACHINE, noted, *open_path.hops[2:])), predicted={"1": 1.0})
    assert "  ! cross-zone      PL_FAIL_OPEN: none is healthy, so all are tried" in said


def test_acls_and_routes_are_said_only_where_they_matter() -> None:
    route = Hop("route", "rtb-1", rule="10.0.0.0/16 -> local", why="rtb-1 leads there")
    path = target(1, 1.0)
    assert not [line for line in said_of(replace(path, hops=(MACHINE, route, *path.hops[1:]))) if "rtb-1" in line]
    cut = Path((MACHINE, replace(route, verdict=Verdict.DROPPED, code=Code.BAD_STATE_ROUTE)), Verdict.DROPPED)
    assert "  ✗ route           BAD_STATE_ROUTE: rtb-1 leads there" in said_of(cut)


def test_names_are_cleaned_and_stand_beside_ids_but_not_inside_longer_words() -> None:
    path = stopped(target(2, 1.0), Code.BAD_STATE, "i-2 of i-2.internal is stopped")
    (line,) = [line for line in said_of(path, names={"i-2": "evil\x1b[2J"}) if "BAD_STATE: " in line]
    assert "evil\ufffd[2J (i-2) of i-2.internal is stopped" in line


def test_observed_stands_beside_predicted_and_says_why_requests_failed() -> None:
    observed = ObservedAnswers(10, 4, {"1": 0.5, "2": 0.5}, {"no answer within 2 s": 4})
    said = said_of(target(1, 1.0), predicted={"1": 1.0}, observed=observed)
    assert said[-4:] == [
        "  expected answers:  Subnet 1 (100 %)",
        "  observed answers:  Subnet 1 (50 %), Subnet 2 (50 %), 6 of 10 answered",
        "  observed failures: 4 of 10, no answer within 2 s",
        "  recent changes take a while to reach the traffic: try again",
    ]


def test_what_could_not_be_read_is_named() -> None:
    found = Explained("lab", [], {}, {}, unread={"network_acls": "UnauthorizedOperation (ec2:DescribeNetworkAcls)"})
    (line,) = lines(found)
    assert line.startswith("could not read network acls, assumed to restrict nothing: UnauthorizedOperation")


def test_in_brief_no_ids_are_said_nor_who_it_is_where_the_label_says_as_much() -> None:
    found = explained(target(2, 1.0), stopped(target(1, 0.0), Code.ELB_NOT_CROSSZONE, "it is in another zone"))
    assert [str(line) for line in toned_lines(found, brief=True)] == [
        "shop to web.example.local, port 80",
        "    client          10.0.1.9 in eu-west-1c (euw1-az1)",
        "    cross-zone      cross-zone is on: a node sends to its own zone only",
        "      server-2  euw1-az2  healthy  100 % of the answers",
        "    ✗ i-1  euw1-az1  ELB_NOT_CROSSZONE: cross-zone on (set on the load balancer)",
        "  expected answers:  none (None)",
    ]
