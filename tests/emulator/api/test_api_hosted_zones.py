"""Hosted zones: what they are made for, which VPCs they serve, and when a change is everywhere."""

import pytest
from botocore.exceptions import ClientError

from tests.emulator.api.conftest import REGION

OTHER = "222222222222"
NO_VPC = "vpc-00000000000000000"


def vpc_of(vpc):
    return {"VPCId": vpc, "VPCRegion": REGION}


def zone(account, name="example.local", vpc=None, **more):
    more.setdefault("CallerReference", account.name("reference"))
    private = {"VPC": vpc_of(vpc)} if vpc else {}
    made = account.route53.create_hosted_zone(Name=name, **private, **more)
    return made["HostedZone"]["Id"].removeprefix("/hostedzone/")


def associate(account, zone_id, vpc):
    return account.route53.associate_vpc_with_hosted_zone(HostedZoneId=zone_id, VPC=vpc_of(vpc))


def disassociate(account, zone_id, vpc):
    return account.route53.disassociate_vpc_from_hosted_zone(HostedZoneId=zone_id, VPC=vpc_of(vpc))


def vpcs(account, zone_id):
    return [vpc["VPCId"] for vpc in account.route53.get_hosted_zone(Id=zone_id)["VPCs"]]


def refusal(call, *arguments, **named):
    """The code and HTTP status of a refusal."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.fidelity(
    "A zone that is made for a VPC is private, whether PrivateZone is sent or not",
    source="Route 53 API reference, CreateHostedZone; Terraform sends none",
)
def test_a_vpc_makes_a_zone_private(aws):
    vpc = aws.vpc()
    told = aws.route53.get_hosted_zone(Id=zone(aws, vpc=vpc))
    assert told["HostedZone"]["Config"]["PrivateZone"] is True
    assert told["VPCs"] == [vpc_of(vpc)]


@pytest.mark.fidelity(
    "A caller reference makes one zone: HostedZoneAlreadyExists, 409", source="Route 53 API reference, CreateHostedZone"
)
def test_a_caller_reference_makes_one_zone(aws):
    reference = aws.name("reference")
    zone(aws, vpc=aws.vpc(), CallerReference=reference)
    again = refusal(zone, aws, "other.local", aws.vpc(), CallerReference=reference)
    assert again == ("HostedZoneAlreadyExists", 409)


@pytest.mark.fidelity(
    "A VPC has one zone of a name, the same or another: ConflictingDomainExists; different VPCs may have one each",
    source="Route 53 API reference, CreateHostedZone and AssociateVPCWithHostedZone; message seen",
)
def test_a_vpc_sees_one_zone_of_a_name(aws):
    mine, other = aws.vpc(), aws.vpc()
    first = zone(aws, "Example.local", mine)
    second = zone(aws, "example.local.", other)
    assert refusal(zone, aws, "example.local", mine)[0] == "ConflictingDomainExists"
    assert refusal(associate, aws, second, mine)[0] == "ConflictingDomainExists"
    assert refusal(associate, aws, first, mine)[0] == "ConflictingDomainExists"


@pytest.mark.fidelity(
    "A VPC that is not there, or is another region's: InvalidVPCId", source="Route 53 API reference, CreateHostedZone"
)
def test_a_zone_needs_a_vpc_that_is_there(aws):
    vpc = aws.vpc()
    assert refusal(zone, aws, vpc=NO_VPC) == ("InvalidVPCId", 400)
    elsewhere = {"VPCId": vpc, "VPCRegion": "us-east-1"}
    create = aws.route53.create_hosted_zone
    code, _ = refusal(create, Name="example.local", VPC=elsewhere, CallerReference=aws.name("reference"))
    assert code == "InvalidVPCId"
    assert refusal(associate, aws, zone(aws, vpc=vpc), NO_VPC) == ("InvalidVPCId", 400)


@pytest.mark.fidelity(
    "Another account's VPC cannot be named in CreateHostedZone: InvalidVPCId",
    source="Route 53 API reference, InvalidVPCId",
)
def test_a_zone_is_not_made_for_another_accounts_vpc(aws):
    other = aws.other_account(OTHER)
    assert refusal(zone, aws, vpc=other.vpc())[0] == "InvalidVPCId"


@pytest.mark.fidelity(
    "A public zone takes no VPC: PublicZoneVPCAssociation", source="Route 53 API reference, AssociateVPCWithHostedZone"
)
def test_a_public_zone_takes_no_vpc(aws):
    assert refusal(associate, aws, zone(aws), aws.vpc()) == ("PublicZoneVPCAssociation", 400)


@pytest.mark.fidelity(
    "A zone keeps its last VPC: LastVPCAssociation; one it does not have: VPCAssociationNotFound, 404",
    source="Route 53 API reference, DisassociateVPCFromHostedZone",
)
def test_vpcs_come_and_go_but_the_last(aws):
    first, second = aws.vpc(), aws.vpc()
    made = zone(aws, vpc=first)
    associate(aws, made, second)
    assert vpcs(aws, made) == [first, second]
    disassociate(aws, made, first)
    assert refusal(disassociate, aws, made, first) == ("VPCAssociationNotFound", 404)
    assert refusal(disassociate, aws, made, second) == ("LastVPCAssociation", 400)
    assert vpcs(aws, made) == [second]


@pytest.mark.fidelity(
    "A zone with records of its owner's is not deleted: HostedZoneNotEmpty",
    source="Route 53 API reference, DeleteHostedZone",
)
def test_a_zone_with_records_stays(aws):
    made = zone(aws)
    record = {"Name": "a.example.local", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}]}

    def change(action):
        aws.route53.change_resource_record_sets(
            HostedZoneId=made, ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        )

    change("CREATE")
    assert refusal(aws.route53.delete_hosted_zone, Id=made) == ("HostedZoneNotEmpty", 400)
    change("DELETE")
    aws.route53.delete_hosted_zone(Id=made)
    assert refusal(aws.route53.get_hosted_zone, Id=made) == ("NoSuchHostedZone", 404)


@pytest.mark.fidelity(
    "NS records of a name below the zone's keep it from being deleted, too",
    source="Route 53 API reference, DeleteHostedZone: only the default SOA and NS records may be left",
)
def test_a_zone_with_a_delegation_is_not_deleted(aws):
    made = zone(aws, vpc=aws.vpc())
    record = {"Name": "sub.example.local", "Type": "NS", "TTL": 60, "ResourceRecords": [{"Value": "ns.example.org."}]}
    for action, answer in (("CREATE", ("HostedZoneNotEmpty", 400)), ("DELETE", None)):
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        aws.route53.change_resource_record_sets(HostedZoneId=made, ChangeBatch=batch)
        if answer:
            assert refusal(aws.route53.delete_hosted_zone, Id=made) == answer
    aws.route53.delete_hosted_zone(Id=made)


@pytest.mark.fidelity(
    "No zone is made for a top-level domain such as com: InvalidDomainName",
    source="Route 53 API reference, CreateHostedZone; which domains these are is known of some only",
)
def test_a_top_level_domain_has_no_zone(aws):
    call = {"Name": "com", "CallerReference": aws.name("reference")}
    assert refusal(aws.route53.create_hosted_zone, **call)[0] == "InvalidDomainName"


@pytest.mark.fidelity(
    "Another account associates its VPC once the zone's owner has authorized it: NotAuthorizedException before, 401",
    source="Route 53 API reference, CreateVPCAssociationAuthorization and AssociateVPCWithHostedZone",
)
def test_a_zone_serves_another_accounts_vpc_when_authorized(aws):
    other = aws.other_account(OTHER)
    made, theirs = zone(aws, vpc=aws.vpc()), other.vpc()
    assert refusal(associate, other, made, theirs) == ("NotAuthorizedException", 401)
    answer = aws.route53.create_vpc_association_authorization(HostedZoneId=made, VPC=vpc_of(theirs))
    assert (answer["HostedZoneId"], answer["VPC"]) == (made, vpc_of(theirs))
    listed = aws.route53.list_vpc_association_authorizations(HostedZoneId=made)["VPCs"]
    assert listed == [vpc_of(theirs)]
    # The VPC's owner does it, not the zone's.
    assert refusal(associate, aws, made, theirs)[0] == "InvalidVPCId"
    associate(other, made, theirs)
    assert theirs in vpcs(aws, made)


@pytest.mark.fidelity(
    "Taking back an authorization leaves what is associated: VPCAssociationAuthorizationNotFound the second time, 404",
    source="Route 53 API reference, DeleteVPCAssociationAuthorization",
)
def test_an_authorization_is_taken_back(aws):
    other = aws.other_account(OTHER)
    made, theirs, late = zone(aws, vpc=aws.vpc()), other.vpc(), other.vpc()
    take_back = aws.route53.delete_vpc_association_authorization
    for vpc in (theirs, late):
        aws.route53.create_vpc_association_authorization(HostedZoneId=made, VPC=vpc_of(vpc))
    associate(other, made, theirs)
    for vpc in (theirs, late):
        take_back(HostedZoneId=made, VPC=vpc_of(vpc))
    assert theirs in vpcs(aws, made)
    assert refusal(associate, other, made, late)[0] == "NotAuthorizedException"
    assert refusal(take_back, HostedZoneId=made, VPC=vpc_of(late)) == ("VPCAssociationAuthorizationNotFound", 404)


@pytest.mark.fidelity(
    "The VPC's owner may end the association too, and sees the zone in ListHostedZonesByVPC with its owner",
    source="Route 53 API reference, DisassociateVPCFromHostedZone and ListHostedZonesByVPC",
)
def test_the_vpcs_owner_sees_and_leaves_the_zone(aws):
    other = aws.other_account(OTHER)
    made, theirs = zone(aws, vpc=aws.vpc()), other.vpc()
    aws.route53.create_vpc_association_authorization(HostedZoneId=made, VPC=vpc_of(theirs))
    associate(other, made, theirs)

    def listed():
        found = other.route53.list_hosted_zones_by_vpc(VPCId=theirs, VPCRegion=REGION)["HostedZoneSummaries"]
        return [(each["HostedZoneId"], each["Owner"]["OwningAccount"]) for each in found]

    assert listed() == [(made, "123456789012")]
    disassociate(other, made, theirs)
    assert listed() == []


@pytest.mark.fidelity(
    "Zones of one name in two accounts cannot serve one VPC: ConflictingDomainExists",
    source="Route 53 API reference, AssociateVPCWithHostedZone",
)
def test_a_vpc_sees_one_zone_of_a_name_over_accounts(aws):
    other = aws.other_account(OTHER)
    made, theirs = zone(aws, vpc=aws.vpc()), other.vpc()
    zone(other, vpc=theirs)
    aws.route53.create_vpc_association_authorization(HostedZoneId=made, VPC=vpc_of(theirs))
    assert refusal(associate, other, made, theirs)[0] == "ConflictingDomainExists"


@pytest.mark.fidelity(
    "Each change of Route 53 has an id, is PENDING, and within 60 s INSYNC", source="Route 53 API reference, GetChange"
)
def test_a_change_is_pending_until_all_servers_have_it(aws):
    made = aws.route53.create_hosted_zone(Name="example.local", CallerReference=aws.name("reference"))
    record = {"Name": "a.example.local", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}]}
    batch = {"Comment": "why", "Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    changed = aws.route53.change_resource_record_sets(HostedZoneId=made["HostedZone"]["Id"], ChangeBatch=batch)
    infos = [answer["ChangeInfo"] for answer in (made, changed)]
    assert len({info["Id"] for info in infos}) == 2
    assert infos[1]["Comment"] == "why"

    def statuses():
        return [aws.route53.get_change(Id=info["Id"])["ChangeInfo"]["Status"] for info in infos]

    before = statuses()
    aws.wait(60)
    assert (before, statuses()) == (["PENDING"] * 2, ["INSYNC"] * 2)


@pytest.mark.fidelity(
    "GetChange of a change that never was: NoSuchChange, 404", source="Route 53 API reference, GetChange"
)
def test_an_unknown_change_is_not_found(aws):
    assert refusal(aws.route53.get_change, Id="C00000000000000000000") == ("NoSuchChange", 404)


@pytest.mark.fidelity(
    "A zone is born with its NS and SOA records; those of all private zones are the same",
    source="Route 53 developer guide, NS and SOA records; the values as seen",
)
def test_a_private_zone_is_born_with_its_name_servers(aws):
    records = aws.route53.list_resource_record_sets(HostedZoneId=zone(aws, vpc=aws.vpc()))["ResourceRecordSets"]
    values = {record["Type"]: [each["Value"] for each in record["ResourceRecords"]] for record in records}
    servers = ["ns-1536.awsdns-00.co.uk.", "ns-0.awsdns-00.com.", "ns-1024.awsdns-00.org.", "ns-512.awsdns-00.net."]
    start = f"{servers[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
    assert values == {"NS": servers, "SOA": [start]}
