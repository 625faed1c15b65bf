"""Route tables and routes."""

import pytest
from botocore.exceptions import ClientError

ANYWHERE = "0.0.0.0/0"


@pytest.fixture
def world(aws):
    vpc = aws.vpc()
    return {"vpc": vpc, "subnet": aws.subnet(vpc), "igw": aws.gateway(vpc), "table": aws.route_table(vpc)}


def routes(aws, table):
    (seen,) = aws.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    return {route["DestinationCidrBlock"]: route["State"] for route in seen["Routes"]}


@pytest.mark.fidelity(
    "A route with another target for a destination that has one is RouteAlreadyExists; ReplaceRoute changes it",
    source="EC2 API reference, error codes; EC2 API reference, ReplaceRoute",
)
def test_a_destination_has_one_route(aws, world, refused):
    create, route = aws.ec2.create_route, {"RouteTableId": world["table"], "DestinationCidrBlock": ANYWHERE}
    create(**route, GatewayId=world["igw"])
    nat = aws.ec2.create_nat_gateway(SubnetId=world["subnet"], AllocationId=aws.address())["NatGateway"]["NatGatewayId"]
    assert refused(create, **route, NatGatewayId=nat) == "RouteAlreadyExists"
    aws.ec2.replace_route(**route, NatGatewayId=nat)
    (seen,) = aws.ec2.describe_route_tables(RouteTableIds=[world["table"]])["RouteTables"]
    assert [each.get("NatGatewayId") for each in seen["Routes"]] == [None, nat]


@pytest.mark.fidelity("A route that is there already is accepted", source="believed: no page of AWS's says")
def test_the_same_route_again_is_accepted(aws, world):
    for _ in range(2):
        aws.ec2.create_route(RouteTableId=world["table"], DestinationCidrBlock=ANYWHERE, GatewayId=world["igw"])
    assert routes(aws, world["table"]) == {"10.0.0.0/16": "active", ANYWHERE: "active"}


@pytest.mark.fidelity(
    "A route to an internet gateway that is not attached to the table's VPC is InvalidParameterValue, with or without "
    "another VPC around it",
    source="seen: route table … and network gateway … belong to different networks",
)
def test_a_route_leads_to_a_gateway_of_its_own_vpc(aws, world, refused):
    loose = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    for gateway in (loose, aws.gateway(aws.vpc())):
        call = {"RouteTableId": world["table"], "DestinationCidrBlock": ANYWHERE, "GatewayId": gateway}
        assert refused(aws.ec2.create_route, **call) == "InvalidParameterValue"


@pytest.mark.fidelity(
    "A route is a blackhole from when its internet gateway is detached, and active once it is attached again",
    source="EC2 API reference, Route, State",
)
def test_a_detached_gateway_leaves_a_black_hole(aws, world):
    aws.ec2.create_route(RouteTableId=world["table"], DestinationCidrBlock=ANYWHERE, GatewayId=world["igw"])
    aws.ec2.detach_internet_gateway(InternetGatewayId=world["igw"], VpcId=world["vpc"])
    assert routes(aws, world["table"])[ANYWHERE] == "blackhole"
    aws.ec2.attach_internet_gateway(InternetGatewayId=world["igw"], VpcId=world["vpc"])
    assert routes(aws, world["table"])[ANYWHERE] == "active"


@pytest.mark.fidelity(
    "A route to a NAT gateway that is deleted is NatGatewayNotFound", source="EC2 API reference, error codes"
)
def test_a_route_leads_to_a_nat_gateway_that_is_there(aws, world, refused):
    nat = aws.ec2.create_nat_gateway(SubnetId=world["subnet"], AllocationId=aws.address())["NatGateway"]["NatGatewayId"]
    aws.ec2.delete_nat_gateway(NatGatewayId=nat)
    aws.wait(60)
    call = {"RouteTableId": world["table"], "DestinationCidrBlock": ANYWHERE, "NatGatewayId": nat}
    assert refused(aws.ec2.create_route, **call) == "NatGatewayNotFound"


@pytest.mark.fidelity(
    "The local route can neither be removed nor doubled",
    source="VPC user guide, route tables; EC2 API reference, error codes",
)
def test_the_local_route_stays(aws, world, refused):
    local = {"RouteTableId": world["table"], "DestinationCidrBlock": "10.0.0.0/16"}
    assert refused(aws.ec2.delete_route, **local) == "InvalidParameterValue"
    assert refused(aws.ec2.create_route, **local, GatewayId=world["igw"]) == "RouteAlreadyExists"


def of_endpoint(aws, table):
    """Each route of the table that is not to addresses, as it is listed."""
    (seen,) = aws.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    return [route for route in seen["Routes"] if "DestinationCidrBlock" not in route]


@pytest.mark.fidelity(
    "A gateway endpoint has a route in each of its route tables, to a prefix list and with the origin CreateRoute; "
    "DeleteRoute is InvalidParameterValue",
    source="seen: go-to-k/cdk-real-drift issue 1276; PrivateLink guide, gateway endpoints; the code is believed",
)
def test_a_gateway_endpoint_keeps_its_routes(aws, world, refused):
    first, second = world["table"], aws.route_table(world["vpc"])
    call = {"VpcId": world["vpc"], "ServiceName": "com.amazonaws.ap-northeast-1.s3"}
    made = aws.ec2.create_vpc_endpoint(**call, RouteTableIds=[first])["VpcEndpoint"]["VpcEndpointId"]
    (route,) = of_endpoint(aws, first)
    destination = route.pop("DestinationPrefixListId")
    assert route == {"GatewayId": made, "Origin": "CreateRoute", "State": "active"}
    call = {"RouteTableId": first, "DestinationPrefixListId": destination}
    assert refused(aws.ec2.delete_route, **call) == "InvalidParameterValue"
    aws.ec2.modify_vpc_endpoint(VpcEndpointId=made, AddRouteTableIds=[second], RemoveRouteTableIds=[first])
    assert [len(of_endpoint(aws, table)) for table in (first, second)] == [0, 1]


@pytest.mark.fidelity(
    "A gateway endpoint does not keep a route table from being deleted",
    source="seen: hashicorp/terraform-provider-aws issue 26502",
)
def test_a_table_goes_with_the_routes_of_endpoints(aws, world):
    call = {"VpcId": world["vpc"], "ServiceName": "com.amazonaws.ap-northeast-1.s3"}
    made = aws.ec2.create_vpc_endpoint(**call, RouteTableIds=[world["table"]])["VpcEndpoint"]["VpcEndpointId"]
    aws.ec2.delete_route_table(RouteTableId=world["table"])
    assert aws.seen(made)["RouteTableIds"] == []
    assert aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[made])["Unsuccessful"] == []


@pytest.mark.fidelity(
    "A VPC's second block brings a local route to each of its tables, and takes it along when it goes",
    source="VPC user guide, add or remove a CIDR block from your VPC; EC2 API reference, DisassociateVpcCidrBlock",
)
def test_a_local_route_goes_with_its_block(aws, world):
    def local():
        (seen,) = aws.ec2.describe_route_tables(RouteTableIds=[world["table"]])["RouteTables"]
        return {route["DestinationCidrBlock"] for route in seen["Routes"] if route.get("GatewayId") == "local"}

    second = aws.ec2.associate_vpc_cidr_block(VpcId=world["vpc"], CidrBlock="10.1.0.0/24")["CidrBlockAssociation"]
    assert local() == {"10.0.0.0/16", "10.1.0.0/24"}
    aws.route_table(world["vpc"])
    aws.ec2.disassociate_vpc_cidr_block(AssociationId=second["AssociationId"])
    assert local() == {"10.0.0.0/16"}


@pytest.mark.fidelity(
    "SearchTransitGatewayRoutes returns the routes of a transit gateway's table, in pages of MaxResults",
    source="EC2 API reference, SearchTransitGatewayRoutes",
)
def test_routes_of_a_transit_gateway_are_found(aws):
    gateway = aws.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    call = {"TransitGatewayId": gateway}
    table = aws.ec2.create_transit_gateway_route_table(**call)["TransitGatewayRouteTable"]
    where = {"TransitGatewayRouteTableId": table["TransitGatewayRouteTableId"]}
    made = {f"10.{n}.0.0/16" for n in range(6)}
    for cidr in made:
        aws.ec2.create_transit_gateway_route(DestinationCidrBlock=cidr, Blackhole=True, **where)
    call = {"Filters": [{"Name": "state", "Values": ["blackhole"]}], **where}
    assert {route["DestinationCidrBlock"] for route in aws.ec2.search_transit_gateway_routes(**call)["Routes"]} == made
    first = aws.ec2.search_transit_gateway_routes(MaxResults=5, **call)
    assert (len(first["Routes"]), first["AdditionalRoutesAvailable"]) == (5, True)


@pytest.mark.fidelity(
    "Deleting a route that is not there is InvalidRoute.NotFound", source="EC2 API reference, error codes"
)
def test_a_route_that_is_not_there(aws, world, refused):
    call = {"RouteTableId": world["table"], "DestinationCidrBlock": ANYWHERE}
    assert refused(aws.ec2.delete_route, **call) == "InvalidRoute.NotFound"


@pytest.mark.fidelity(
    "A subnet has one route table: associating another, or the same again, is Resource.AlreadyAssociated; "
    "ReplaceRouteTableAssociation moves it, and gives a new id",
    source="EC2 API reference, error codes; EC2 API reference, ReplaceRouteTableAssociation",
)
def test_a_subnet_has_one_association(aws, world):
    associate, other = aws.ec2.associate_route_table, aws.route_table(world["vpc"])
    first = associate(RouteTableId=world["table"], SubnetId=world["subnet"])["AssociationId"]
    for table in (world["table"], other):
        with pytest.raises(ClientError) as caught:
            associate(RouteTableId=table, SubnetId=world["subnet"])
        error = caught.value.response["Error"]
        assert error["Code"] == "Resource.AlreadyAssociated"
        assert f"the specified association for route table {table} conflicts" in error["Message"]
    moved = aws.ec2.replace_route_table_association(AssociationId=first, RouteTableId=other)["NewAssociationId"]
    assert moved != first
    (seen,) = aws.ec2.describe_route_tables(RouteTableIds=[other])["RouteTables"]
    assert [(each["RouteTableAssociationId"], each["SubnetId"]) for each in seen["Associations"]] == [
        (moved, world["subnet"])
    ]


@pytest.mark.fidelity(
    "A subnet and a route table of different VPCs do not go together: InvalidParameterValue",
    source="EC2 API reference, error codes",
)
def test_a_table_serves_subnets_of_its_own_vpc(aws, world, refused):
    call = {"RouteTableId": world["table"], "SubnetId": aws.subnet(aws.vpc())}
    assert refused(aws.ec2.associate_route_table, **call) == "InvalidParameterValue"


@pytest.mark.fidelity(
    "A VPC's main route table can neither be deleted nor disassociated",
    source="VPC user guide, main route table; EC2 API reference, DisassociateRouteTable",
)
def test_the_main_route_table_stays(aws, world, refused):
    filters = [{"Name": "vpc-id", "Values": [world["vpc"]]}, {"Name": "association.main", "Values": ["true"]}]
    (main,) = aws.ec2.describe_route_tables(Filters=filters)["RouteTables"]
    assert refused(aws.ec2.delete_route_table, RouteTableId=main["RouteTableId"]) == "DependencyViolation"
    association = main["Associations"][0]["RouteTableAssociationId"]
    assert refused(aws.ec2.disassociate_route_table, AssociationId=association) == "InvalidParameterValue"
