"""The lab in plain boto3, as a script that may be run again: it looks first, and makes only what is missing.

lab_by_boto3.py build|check|on|off|destroy      `check` exits with 3 if `build` would have to write anything.

The environment tells where and what: AWS_ENDPOINT_URL, credentials, region, and LAB_NAME, LAB_BALANCER, LAB_NETWORK,
LAB_PORT, LAB_GREETING, LAB_ZONE.
"""

import json
import os
import sys
import time

import boto3

NAME, BALANCER, NETWORK, PORT, GREETING, ZONE = (
    os.environ[f"LAB_{part}"] for part in ("NAME", "BALANCER", "NETWORK", "PORT", "GREETING", "ZONE")
)
AMI = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
POLICY = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
PRIVATE = [f"{NETWORK}.{10 + n}.0/24" for n in (1, 2, 3)]
GONE = {"deleted", "deleting", "terminated", "shutting-down"}
SOON = {"Delay": 1, "MaxAttempts": 120}

# How a thing is made, listed and called, by the name EC2 has for it in tag specifications.
KINDS = {
    "vpc": ("create_vpc", "Vpc", "describe_vpcs", "Vpcs", "VpcId"),
    "subnet": ("create_subnet", "Subnet", "describe_subnets", "Subnets", "SubnetId"),
    "internet-gateway": (
        "create_internet_gateway", "InternetGateway", "describe_internet_gateways", "InternetGateways",
        "InternetGatewayId",
    ),
    "elastic-ip": ("allocate_address", None, "describe_addresses", "Addresses", "AllocationId"),
    "natgateway": ("create_nat_gateway", "NatGateway", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    "route-table": ("create_route_table", "RouteTable", "describe_route_tables", "RouteTables", "RouteTableId"),
    "security-group": ("create_security_group", None, "describe_security_groups", "SecurityGroups", "GroupId"),
    "vpc-endpoint": ("create_vpc_endpoint", "VpcEndpoint", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    "vpc-endpoint-service": (
        "create_vpc_endpoint_service_configuration", "ServiceConfiguration",
        "describe_vpc_endpoint_service_configurations", "ServiceConfigurations", "ServiceId",
    ),
}  # fmt: skip

ec2, elbv2, iam, route53 = (boto3.client(service) for service in ("ec2", "elbv2", "iam", "route53"))
written = []
for client in (ec2, elbv2, iam, route53):
    client.meta.events.register(
        "before-call",
        lambda model, **_: None if model.name.startswith(("Describe", "Get", "List")) else written.append(model.name),
    )


def of_lab(kind, **tags):
    """The living things of a kind that carry the lab's tag and these."""
    wanted = {"lab": NAME, **tags}
    filters = "Filter" if kind == "natgateway" else "Filters"
    answer = getattr(ec2, KINDS[kind][2])(**{filters: [{"Name": f"tag:{k}", "Values": [v]} for k, v in wanted.items()]})
    return [each for each in answer[KINDS[kind][3]] if str(each.get("State", "")).lower() not in GONE]


def tagged(kind, name):
    return [{"ResourceType": kind, "Tags": [{"Key": "lab", "Value": NAME}, {"Key": "Name", "Value": name}]}]


def have(kind, name, **arguments):
    """What is called that, made if there is none."""
    if found := of_lab(kind, Name=name):
        return found[0]
    made = getattr(ec2, KINDS[kind][0])(TagSpecifications=tagged(kind, name), **arguments)
    return made[KINDS[kind][1]] if KINDS[kind][1] else made


def until(look):
    """What `look` returns, once it returns something. TimeoutError after five minutes."""
    deadline = time.monotonic() + 300
    while not (observed := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(look)
        time.sleep(0.2)
    return observed


def available(kind, name):
    return until(lambda: [each for each in of_lab(kind, Name=name) if each["State"].lower() == "available"])[0]


def network(side, zones):
    """(VPC, its private subnets)"""
    vpc = have("vpc", side, CidrBlock=f"{NETWORK}.0.0/16")["VpcId"]
    if not ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"]:
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    public, private = (
        [
            have(
                "subnet", f"{side}-{kind}-{n}", VpcId=vpc, CidrBlock=f"{NETWORK}.{third + n}.0/24",
                AvailabilityZone=zones[n - 1],
            )["SubnetId"]
            for n in (1, 2, 3)
        ]
        for kind, third in (("public", 0), ("private", 10))
    )  # fmt: skip
    gateway = have("internet-gateway", side)
    if not gateway["Attachments"]:
        ec2.attach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
    address = have("elastic-ip", side, Domain="vpc")["AllocationId"]
    have("natgateway", side, SubnetId=public[0], AllocationId=address)
    nat = available("natgateway", side)["NatGatewayId"]
    table(f"{side}-public", vpc, public, GatewayId=gateway["InternetGatewayId"])
    table(f"{side}-private", vpc, private, NatGatewayId=nat)
    return vpc, private


def table(name, vpc, subnets, **target):
    found = have("route-table", name, VpcId=vpc)
    if not any(route.get("DestinationCidrBlock") == "0.0.0.0/0" for route in found["Routes"]):
        ec2.create_route(RouteTableId=found["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", **target)
    for subnet in set(subnets) - {each.get("SubnetId") for each in found["Associations"]}:
        ec2.associate_route_table(RouteTableId=found["RouteTableId"], SubnetId=subnet)


def group(name, vpc, admits=True):
    found = have("security-group", name, GroupName=name, Description=name, VpcId=vpc)
    if admits and not found.get("IpPermissions"):
        rule = {"IpProtocol": "tcp", "FromPort": int(PORT), "ToPort": int(PORT)}
        rule["IpRanges"] = [{"CidrIp": block} for block in PRIVATE]
        ec2.authorize_security_group_ingress(GroupId=found["GroupId"], IpPermissions=[rule])
    return found["GroupId"]


def machines(**tags):
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in {"lab": NAME, **tags}.items()]
    pages = ec2.describe_instances(Filters=filters)["Reservations"]
    return [i["InstanceId"] for page in pages for i in page["Instances"] if i["State"]["Name"] not in GONE]


def machine(name, subnet, security_group, **more):
    if found := machines(Name=name):
        return found[0]
    made = ec2.run_instances(
        ImageId=AMI, InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=subnet,
        SecurityGroupIds=[security_group], TagSpecifications=tagged("instance", name), **more,
    )  # fmt: skip
    return made["Instances"][0]["InstanceId"]


def user_data(number):
    listen = "" if PORT == "80" else f"sed -i 's/^Listen 80$/Listen {PORT}/' /etc/httpd/conf/httpd.conf\n"
    page = f"echo '{GREETING} {number}' > /var/www/html/index.html\n"
    return f"#!/bin/bash\ndnf install -y httpd\n{page}{listen}systemctl enable --now httpd\n"


def provider(zones):
    """The name of the endpoint service."""
    vpc, private = network("provider", zones)
    guard = group("servers", vpc)
    servers = [machine(f"server-{n}", private[n - 1], guard, UserData=user_data(n)) for n in (1, 2, 3)]
    ec2.get_waiter("instance_running").wait(InstanceIds=servers, WaiterConfig=SOON)
    balancer = elbv2.create_load_balancer(Name=BALANCER, Type="network", Scheme="internal", Subnets=private) if not (
        found := balancers()
    ) else {"LoadBalancers": found}  # fmt: skip
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    if not found:
        switch("true")
        targets = elbv2.create_target_group(
            Name=f"{NAME}-tg", Protocol="TCP", Port=int(PORT), VpcId=vpc, HealthCheckIntervalSeconds=30,
            HealthyThresholdCount=3, UnhealthyThresholdCount=3,
        )["TargetGroups"][0]["TargetGroupArn"]  # fmt: skip
        elbv2.register_targets(TargetGroupArn=targets, Targets=[{"Id": server} for server in servers])
        forward = [{"Type": "forward", "TargetGroupArn": targets}]
        elbv2.create_listener(LoadBalancerArn=arn, Protocol="TCP", Port=int(PORT), DefaultActions=forward)
    elbv2.get_waiter("load_balancer_available").wait(LoadBalancerArns=[arn], WaiterConfig=SOON)
    service = have("vpc-endpoint-service", BALANCER, NetworkLoadBalancerArns=[arn], AcceptanceRequired=False)
    return service["ServiceName"]


def balancers():
    return [b for b in elbv2.describe_load_balancers()["LoadBalancers"] if b["LoadBalancerName"] == BALANCER]


def switch(value):
    attribute = {"Key": "load_balancing.cross_zone.enabled", "Value": value}
    elbv2.modify_load_balancer_attributes(LoadBalancerArn=balancers()[0]["LoadBalancerArn"], Attributes=[attribute])


def consumer(zones, service):
    vpc, private = network("consumer", zones)
    guard = group("endpoint", vpc)
    have(
        "vpc-endpoint", "consumer", VpcEndpointType="Interface", VpcId=vpc, ServiceName=service,
        SubnetIds=[private[0]], SecurityGroupIds=[guard], PrivateDnsEnabled=False,
    )  # fmt: skip
    entry = available("vpc-endpoint", "consumer")["DnsEntries"][0]
    role()
    machine("client", private[0], group("client", vpc, admits=False), IamInstanceProfile={"Name": NAME})
    if not zones_of_lab():
        made = route53.create_hosted_zone(
            Name=ZONE, CallerReference=str(time.time()), HostedZoneConfig={"Comment": NAME, "PrivateZone": True},
            VPC={"VPCRegion": ec2.meta.region_name, "VPCId": vpc},
        )["HostedZone"]["Id"]  # fmt: skip
        target = {"DNSName": entry["DnsName"], "HostedZoneId": entry["HostedZoneId"], "EvaluateTargetHealth": False}
        change(made, "CREATE", {"Name": f"{BALANCER}.{ZONE}", "Type": "A", "AliasTarget": target})


def zones_of_lab():
    return [z["Id"] for z in route53.list_hosted_zones()["HostedZones"] if z["Config"].get("Comment") == NAME]


def change(zone, action, record):
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def role():
    try:
        iam.get_instance_profile(InstanceProfileName=NAME)
    except iam.exceptions.NoSuchEntityException:
        iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.attach_role_policy(RoleName=NAME, PolicyArn=POLICY)
        iam.create_instance_profile(InstanceProfileName=NAME)
        iam.add_role_to_instance_profile(InstanceProfileName=NAME, RoleName=NAME)


def build():
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]][:3]
    consumer(zones, provider(zones))


def destroy():
    for zone in zones_of_lab():
        for record in route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]:
            if record["Type"] == "A":
                change(zone, "DELETE", record)
        route53.delete_hosted_zone(Id=zone)
    ended("vpc-endpoint", lambda ids: ec2.delete_vpc_endpoints(VpcEndpointIds=ids))
    ended("vpc-endpoint-service", lambda ids: ec2.delete_vpc_endpoint_service_configurations(ServiceIds=ids))
    for balancer in balancers():
        elbv2.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
    for targets in elbv2.describe_target_groups()["TargetGroups"]:
        if targets["TargetGroupName"] == f"{NAME}-tg":
            elbv2.delete_target_group(TargetGroupArn=targets["TargetGroupArn"])
    if ids := machines():
        ec2.terminate_instances(InstanceIds=ids)
        ec2.get_waiter("instance_terminated").wait(InstanceIds=ids, WaiterConfig=SOON)
    iam.remove_role_from_instance_profile(InstanceProfileName=NAME, RoleName=NAME)
    iam.delete_instance_profile(InstanceProfileName=NAME)
    iam.detach_role_policy(RoleName=NAME, PolicyArn=POLICY)
    iam.delete_role(RoleName=NAME)
    vpcs()


def ended(kind, delete):
    """Delete a kind's things and wait until none is listed any more."""
    name = KINDS[kind][4]
    if ids := [each[name] for each in of_lab(kind)]:
        refused = delete(ids)["Unsuccessful"]
        if refused:
            raise RuntimeError(refused)
        until(lambda: not set(ids) & {e[name] for e in getattr(ec2, KINDS[kind][2])()[KINDS[kind][3]] if not over(e)})


def over(each):
    return str(each.get("State", "")).lower() == "deleted"


def vpcs():
    nats = [each["NatGatewayId"] for each in of_lab("natgateway")]
    for nat in nats:
        ec2.delete_nat_gateway(NatGatewayId=nat)
    if nats:
        until(lambda: all(over(each) for each in ec2.describe_nat_gateways(NatGatewayIds=nats)["NatGateways"]))
    for address in of_lab("elastic-ip"):
        ec2.release_address(AllocationId=address["AllocationId"])
    for gateway in of_lab("internet-gateway"):
        ec2.detach_internet_gateway(
            InternetGatewayId=gateway["InternetGatewayId"], VpcId=gateway["Attachments"][0]["VpcId"]
        )
        ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
    for kind, delete in (
        ("subnet", ec2.delete_subnet),
        ("route-table", ec2.delete_route_table),
        ("security-group", ec2.delete_security_group),
        ("vpc", ec2.delete_vpc),
    ):
        for each in of_lab(kind):
            patiently(delete, **{KINDS[kind][4]: each[KINDS[kind][4]]})


def patiently(delete, **which):
    """The interfaces of what is gone linger: until they too have gone, DependencyViolation is the answer."""

    def gone():
        try:
            delete(**which)
        except ec2.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "DependencyViolation":
                raise
            return False
        return True

    until(gone)


def main(verb):
    if verb in ("on", "off"):
        switch("true" if verb == "on" else "false")
    elif verb == "destroy":
        destroy()
    else:
        build()
        print(f"{len(written)} writes: {' '.join(written)}")
    return 3 if verb == "check" and written else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
