"""VPC peering connections: from the request to the end, and why equal ranges never get there."""

import pytest

OTHER = "222222222222"
SETTLES = 5
HOUR = 3600
DAY = 24 * HOUR


def request(aws, vpc, peer, **more):
    """The id of a connection that has been asked for, as far as it comes by itself."""
    made = aws.ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer, **more)["VpcPeeringConnection"]
    aws.wait(SETTLES)
    return made["VpcPeeringConnectionId"]


def seen(account, peering):
    describe = account.ec2.describe_vpc_peering_connections
    return describe(VpcPeeringConnectionIds=[peering])["VpcPeeringConnections"][0]


def status(account, peering):
    return seen(account, peering)["Status"]["Code"]


def known(account, peering):
    found = account.ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    return peering in [each["VpcPeeringConnectionId"] for each in found]


@pytest.fixture
def pair(aws):
    """A connection between VPCs of different ranges, to be accepted."""
    return request(aws, aws.vpc("10.0.0.0/16"), aws.vpc("10.1.0.0/16"))


@pytest.fixture
def across(aws):
    """The same between two accounts: the other one, and the connection."""
    other = aws.other_account(OTHER)
    return other, request(aws, aws.vpc("10.0.0.0/16"), other.vpc("10.1.0.0/16"), PeerOwnerId=OTHER)


@pytest.mark.fidelity(
    "A peering of overlapping ranges is answered as any other, and then fails",
    source="VPC peering guide, lifecycle; message seen",
)
@pytest.mark.parametrize("ranges", [("10.0.0.0/16", "10.0.0.0/16"), ("10.0.0.0/16", "10.0.128.0/20")])
def test_overlapping_ranges_fail(aws, ranges):
    mine, theirs = map(aws.vpc, ranges)
    made = aws.ec2.create_vpc_peering_connection(VpcId=mine, PeerVpcId=theirs)["VpcPeeringConnection"]
    assert made["Status"]["Code"] == "initiating-request"
    aws.wait(SETTLES)
    told = seen(aws, made["VpcPeeringConnectionId"])["Status"]
    assert told["Code"] == "failed"
    assert told["Message"] == "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"


@pytest.mark.fidelity(
    "A peering with a VPC that another account does not have fails likewise; one's own has to be there",
    source="VPC peering guide, lifecycle; EC2 API reference, error codes",
)
def test_an_unknown_vpc_of_another_account_fails(aws, refused):
    mine, gone = aws.vpc(), "vpc-00000000000000000"
    assert status(aws, request(aws, mine, gone, PeerOwnerId=OTHER)) == "failed"
    create = aws.ec2.create_vpc_peering_connection
    assert refused(create, VpcId=mine, PeerVpcId=gone) == "InvalidVpcID.NotFound"


@pytest.mark.fidelity(
    "A peering fails when the second range of a VPC overlaps, too",
    source="VPC peering guide, unsupported configurations",
)
def test_a_second_range_overlaps_as_well(aws):
    mine, theirs = aws.vpc("10.0.0.0/16"), aws.vpc("10.1.0.0/16")
    aws.ec2.associate_vpc_cidr_block(VpcId=mine, CidrBlock="10.1.0.0/20")
    assert status(aws, request(aws, mine, theirs)) == "failed"


@pytest.mark.fidelity(
    "A failed peering cannot be accepted, rejected or deleted: InvalidStateTransition",
    source="VPC peering guide, lifecycle",
)
def test_a_failed_peering_cannot_be_revived(aws, refused):
    peering = request(aws, aws.vpc(), aws.vpc())
    for call in ("accept", "reject", "delete"):
        operation = getattr(aws.ec2, f"{call}_vpc_peering_connection")
        assert refused(operation, VpcPeeringConnectionId=peering) == "InvalidStateTransition"


@pytest.mark.fidelity("A failed peering is described for two hours", source="VPC peering guide, lifecycle")
def test_a_failed_peering_is_forgotten(aws, refused):
    peering = request(aws, aws.vpc(), aws.vpc())
    aws.wait(2 * HOUR - 10)
    assert status(aws, peering) == "failed"
    aws.wait(20)
    describe = aws.ec2.describe_vpc_peering_connections
    code = refused(describe, VpcPeeringConnectionIds=[peering])
    assert code == "InvalidVpcPeeringConnectionID.NotFound"


@pytest.mark.fidelity(
    "A request is initiating-request, then pending-acceptance; accepted, it is provisioning, then active",
    source="VPC peering guide, lifecycle",
)
def test_an_accepted_peering_becomes_active(aws):
    made = aws.ec2.create_vpc_peering_connection(VpcId=aws.vpc("10.0.0.0/16"), PeerVpcId=aws.vpc("10.1.0.0/16"))
    peering = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    states = [status(aws, peering)]
    aws.wait(SETTLES)
    states.append(status(aws, peering))
    answer = aws.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    states.append(answer["VpcPeeringConnection"]["Status"]["Code"])
    aws.wait(SETTLES)
    assert [*states, status(aws, peering)] == ["initiating-request", "pending-acceptance", "provisioning", "active"]


@pytest.mark.fidelity("A request that is not accepted expires after seven days", source="VPC peering guide, lifecycle")
@pytest.mark.slow
def test_a_request_expires(aws, pair, refused):
    told = seen(aws, pair)
    assert told["ExpirationTime"]
    aws.wait(7 * DAY)
    assert status(aws, pair) == "expired"
    assert refused(aws.ec2.accept_vpc_peering_connection, VpcPeeringConnectionId=pair) == "InvalidStateTransition"


@pytest.mark.fidelity(
    "The owner of the accepter VPC accepts; the requester cannot: OperationNotPermitted",
    source="EC2 API reference, AcceptVpcPeeringConnection",
)
def test_the_other_account_accepts(aws, across, refused):
    other, peering = across
    told = seen(other, peering)
    assert (told["RequesterVpcInfo"]["OwnerId"], told["AccepterVpcInfo"]["OwnerId"]) == ("123456789012", OTHER)
    assert refused(aws.ec2.accept_vpc_peering_connection, VpcPeeringConnectionId=peering) == "OperationNotPermitted"
    other.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    aws.wait(SETTLES)
    assert (status(aws, peering), status(other, peering)) == ("active", "active")


@pytest.mark.fidelity(
    "Either owner deletes an active peering, only the requester one that is not accepted",
    source="EC2 API reference, DeleteVpcPeeringConnection",
)
def test_either_side_deletes_an_active_peering(aws, across, refused):
    other, peering = across
    delete = other.ec2.delete_vpc_peering_connection
    assert refused(delete, VpcPeeringConnectionId=peering) == "OperationNotPermitted"
    other.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    aws.wait(SETTLES)
    delete(VpcPeeringConnectionId=peering)
    assert status(aws, peering) == "deleting"
    aws.wait(SETTLES)
    assert seen(aws, peering)["Status"] == {"Code": "deleted", "Message": f"Deleted by {OTHER}"}


@pytest.mark.fidelity(
    "A deleted peering is described for two hours to who deleted it, for two days to the other account",
    source="VPC peering guide, lifecycle",
)
def test_a_deleted_peering_is_remembered_for_a_while(aws, across):
    other, peering = across
    aws.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    aws.wait(2 * HOUR)
    assert (known(aws, peering), known(other, peering)) == (False, True)
    aws.wait(2 * DAY)
    assert not known(other, peering)


@pytest.mark.fidelity("A rejected request stays rejected", source="VPC peering guide, lifecycle")
def test_a_rejected_request_stays_so(aws, pair, refused):
    aws.ec2.reject_vpc_peering_connection(VpcPeeringConnectionId=pair)
    aws.wait(HOUR)
    assert status(aws, pair) == "rejected"
    assert refused(aws.ec2.accept_vpc_peering_connection, VpcPeeringConnectionId=pair) == "InvalidStateTransition"


@pytest.mark.fidelity(
    "Peerings are found by their VPCs, status and tags", source="EC2 API reference, DescribeVpcPeeringConnections"
)
def test_peerings_are_found_by_filters(aws, pair):
    aws.ec2.create_tags(Resources=[pair], Tags=[{"Key": "lab", "Value": pair}])
    told = seen(aws, pair)

    def found(**filters):
        wanted = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
        answer = aws.ec2.describe_vpc_peering_connections(Filters=wanted)["VpcPeeringConnections"]
        return [each["VpcPeeringConnectionId"] for each in answer]

    requester, accepter = told["RequesterVpcInfo"]["VpcId"], told["AccepterVpcInfo"]["VpcId"]
    for name, value in (
        ("requester-vpc-info.vpc-id", requester),
        ("accepter-vpc-info.vpc-id", accepter),
        ("tag:lab", pair),
        ("vpc-peering-connection-id", pair),
    ):
        assert found(**{name: value, "status_code": "pending-acceptance"}) == [pair]
        assert found(**{name: value, "status_code": "active"}) == []
