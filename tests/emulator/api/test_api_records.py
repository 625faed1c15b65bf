"""Records: a batch is made whole or not at all, and a record is deleted by repeating it."""

import pytest
from botocore.exceptions import ClientError

ENDPOINT_ZONE = "Z2E726K9Y6RL4W"
BALANCER_ZONE = "Z31USIVHYNEOWT"
ENDPOINT_NAME = "vpce-00000000000000001-abcdefgh.vpce-svc-00000000000000002.ap-northeast-1.vpce.amazonaws.com"


@pytest.fixture
def zone(aws):
    made = aws.route53.create_hosted_zone(Name="example.local", CallerReference=aws.name("reference"))
    return made["HostedZone"]["Id"].removeprefix("/hostedzone/")


def record(name="a", kind="A", values=("10.0.0.1",), ttl=60, **more):
    items = [{"Value": value} for value in values]
    return {"Name": f"{name}.example.local", "Type": kind, "TTL": ttl, "ResourceRecords": items, **more}


def alias(name, target, zone_id, kind="A"):
    aim = {"HostedZoneId": zone_id, "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": f"{name}.example.local", "Type": kind, "AliasTarget": aim}


def change(aws, zone, *changes):
    aws.route53.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": each} for action, each in changes]},
    )


def refused(aws, zone, *changes):
    """The code and the message."""
    with pytest.raises(ClientError) as caught:
        change(aws, zone, *changes)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def kept(aws, zone):
    found = aws.route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return [each for each in found if each["Type"] not in ("NS", "SOA")]


@pytest.mark.fidelity(
    "DELETE must repeat a record exactly: InvalidChangeBatch", source="Route 53 API reference, Change; message seen"
)
@pytest.mark.parametrize("other", [{"ttl": 61}, {"values": ("10.0.0.2",)}, {"values": ("10.0.0.1", "10.0.0.2")}])
def test_a_delete_repeats_the_record(aws, zone, other):
    change(aws, zone, ("CREATE", record()))
    assert refused(aws, zone, ("DELETE", record(**other))) == (
        "InvalidChangeBatch",
        "[Tried to delete resource record set [name='a.example.local.', type='A'] but the values provided do not match"
        " the current values]",
    )
    change(aws, zone, ("DELETE", record()))
    assert kept(aws, zone) == []


@pytest.mark.fidelity(
    "A record is the same whatever the order of its values and the case of its name",
    source="Route 53 developer guide, DNS domain name format",
)
def test_the_order_of_values_and_the_case_of_names_do_not_matter(aws, zone):
    change(aws, zone, ("CREATE", record("a", values=("10.0.0.1", "10.0.0.2"))))
    change(aws, zone, ("DELETE", record("A", values=("10.0.0.2", "10.0.0.1"))))
    assert kept(aws, zone) == []


@pytest.mark.fidelity(
    "A record that is not there cannot be deleted: InvalidChangeBatch",
    source="Route 53 API reference, Change; message seen",
)
def test_what_is_not_there_cannot_be_deleted(aws, zone):
    code, message = refused(aws, zone, ("DELETE", record()))
    told = "[Tried to delete resource record set [name='a.example.local.', type='A'] but it was not found]"
    assert (code, message) == ("InvalidChangeBatch", told)


@pytest.mark.fidelity(
    "A record that is there cannot be created: InvalidChangeBatch",
    source="Route 53 API reference, Change; message seen",
)
def test_what_is_there_cannot_be_created(aws, zone):
    change(aws, zone, ("CREATE", record()))
    code, message = refused(aws, zone, ("CREATE", record(values=("10.0.0.2",))))
    told = "[Tried to create resource record set [name='a.example.local.', type='A'] but it already exists]"
    assert (code, message) == ("InvalidChangeBatch", told)


@pytest.mark.fidelity("UPSERT makes a record, or makes it so", source="Route 53 API reference, Change")
def test_an_upsert_makes_or_changes(aws, zone):
    for ttl in (60, 30):
        change(aws, zone, ("UPSERT", record(ttl=ttl)))
        assert [(each["Name"], each["TTL"]) for each in kept(aws, zone)] == [("a.example.local.", ttl)]


@pytest.mark.fidelity(
    "A batch is applied completely or not at all, and all its errors are reported together",
    source="Route 53 API reference, ChangeResourceRecordSets",
)
def test_a_batch_is_all_or_nothing(aws, zone):
    code, message = refused(aws, zone, ("CREATE", record("good")), ("DELETE", record("one")), ("DELETE", record("two")))
    assert (code, message.count("was not found")) == ("InvalidChangeBatch", 2)
    assert kept(aws, zone) == []


@pytest.mark.fidelity("Changes of a batch see one another", source="Route 53 API reference, ChangeResourceRecordSets")
def test_a_record_is_replaced_in_one_batch(aws, zone):
    change(aws, zone, ("CREATE", record()))
    change(aws, zone, ("DELETE", record()), ("CREATE", record(kind="CNAME", values=("b.example.local",))))
    assert [each["Type"] for each in kept(aws, zone)] == ["CNAME"]


@pytest.mark.fidelity(
    "A name outside the zone: InvalidChangeBatch", source="Route 53 API reference, InvalidChangeBatch; message seen"
)
def test_a_name_lies_in_its_zone(aws, zone):
    for name in ("a.example.org", "notexample.local"):
        code, message = refused(aws, zone, ("CREATE", {**record(), "Name": name}))
        told = f"[RRSet with DNS name {name}. is not permitted in zone example.local.]"
        assert (code, message) == ("InvalidChangeBatch", told)


@pytest.mark.fidelity(
    "A CNAME shares its name with no other record, and is not at the zone's apex",
    source="RFC 1034, section 3.6.2; messages seen",
)
def test_a_cname_is_alone(aws, zone):
    cname = record(kind="CNAME", values=("b.example.local",))
    change(aws, zone, ("CREATE", record()))
    code, message = refused(aws, zone, ("CREATE", cname))
    assert (code, "conflicts with other records" in message) == ("InvalidChangeBatch", True)
    code, message = refused(aws, zone, ("CREATE", {**cname, "Name": "example.local"}))
    assert (code, "is not permitted at apex" in message) == ("InvalidChangeBatch", True)


@pytest.mark.fidelity(
    "A record has either an alias target, or a TTL and values: InvalidInput",
    source="Route 53 API reference, ResourceRecordSet; message seen",
)
def test_a_record_is_an_alias_or_has_values(aws, zone):
    both = alias("a", ENDPOINT_NAME, ENDPOINT_ZONE) | {"TTL": 60}
    neither = {"Name": "a.example.local", "Type": "A"}
    for wrong, found in ((both, "more than one"), (neither, "none")):
        code, message = refused(aws, zone, ("CREATE", wrong))
        assert code == "InvalidInput"
        assert (
            f"but found {found} in Change with [Action=CREATE, Name=a.example.local, Type=A, SetIdentifier=null]"
            in message
        )


@pytest.mark.fidelity(
    "An alias shows its target in lower case with a dot at the end, and has no TTL",
    source="Route 53 developer guide, DNS domain name format; Route 53 API reference, AliasTarget",
    differs="the target is returned as it was sent, so that tools that compare the texts (Ansible) see no change",
)
@pytest.mark.parametrize("target", [ENDPOINT_NAME, f"{ENDPOINT_NAME}.", ENDPOINT_NAME.upper()])
def test_an_alias_is_told_as_it_was_sent(aws, zone, target):
    change(aws, zone, ("CREATE", alias("a", target, ENDPOINT_ZONE)))
    (told,) = kept(aws, zone)
    assert told["AliasTarget"] == {"HostedZoneId": ENDPOINT_ZONE, "DNSName": target, "EvaluateTargetHealth": False}
    assert "TTL" not in told


@pytest.mark.fidelity(
    "The target of an alias is the same whatever its case, with or without a dot at the end",
    source="Route 53 developer guide, DNS domain name format",
)
@pytest.mark.parametrize("target", [ENDPOINT_NAME, f"{ENDPOINT_NAME}.", ENDPOINT_NAME.upper()])
def test_an_alias_is_deleted_however_its_target_is_written(aws, zone, target):
    change(aws, zone, ("CREATE", alias("a", ENDPOINT_NAME, ENDPOINT_ZONE)))
    change(aws, zone, ("DELETE", alias("a", target, ENDPOINT_ZONE)))
    assert kept(aws, zone) == []


@pytest.mark.fidelity(
    "An alias names the hosted zone that its target lies in: InvalidChangeBatch",
    source="Route 53 API reference, AliasTarget; message seen",
)
@pytest.mark.parametrize(
    ("target", "zone_id"),
    [
        (ENDPOINT_NAME, BALANCER_ZONE),
        ("nlb-1.elb.ap-northeast-1.amazonaws.com", ENDPOINT_ZONE),
        ("a.example.org", ENDPOINT_ZONE),
    ],
)
def test_an_alias_names_the_zone_of_its_target(aws, zone, target, zone_id):
    code, message = refused(aws, zone, ("CREATE", alias("a", target, zone_id)))
    assert code == "InvalidChangeBatch"
    assert message.startswith(f"[Tried to create an alias that targets {target}., type A in zone {zone_id}, but")
    assert message.endswith("the alias target name does not lie within the target zone]")


@pytest.mark.fidelity(
    "An alias to a record of its own zone needs that record", source="Route 53 API reference, AliasTarget; message seen"
)
def test_an_alias_inside_the_zone_needs_its_target(aws, zone):
    inner = alias("b", "a.example.local", zone)
    code, message = refused(aws, zone, ("CREATE", inner))
    assert (code, message.endswith("but that target was not found]")) == ("InvalidChangeBatch", True)
    change(aws, zone, ("CREATE", record("a")), ("CREATE", inner))


@pytest.mark.fidelity(
    "A zone's own NS and SOA records cannot be deleted",
    source="Route 53 developer guide, NS and SOA records; messages seen",
)
def test_a_zones_own_records_stay(aws, zone):
    found = aws.route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert sorted(each["Type"] for each in found) == ["NS", "SOA"]
    for own in found:
        assert refused(aws, zone, ("DELETE", own))[0] == "InvalidChangeBatch"


@pytest.mark.fidelity(
    "SetIdentifier distinguishes records of the same name and type", source="Route 53 API reference, ResourceRecordSet"
)
def test_weighted_records_are_several_of_one_name(aws, zone):
    one, two = (record(SetIdentifier=name, Weight=1, values=(f"10.0.0.{name}",)) for name in "12")
    change(aws, zone, ("CREATE", one), ("CREATE", two))
    change(aws, zone, ("DELETE", one))
    assert [each["SetIdentifier"] for each in kept(aws, zone)] == ["2"]


@pytest.mark.fidelity(
    "A wildcard is returned as `\\052`, and accepted in both forms",
    source="Route 53 developer guide, DNS domain name format",
)
def test_a_wildcard_is_told_by_its_octal_code(aws, zone):
    change(aws, zone, ("CREATE", record("*")))
    assert [each["Name"] for each in kept(aws, zone)] == [r"\052.example.local."]
    change(aws, zone, ("DELETE", record(r"\052")))
    assert kept(aws, zone) == []
