"""Where AWS answers otherwise than moto's tests expect, and the sandbox as AWS does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """A fact of AWS, its source, and the tests that hold the contrary (`sometimes`: chance decides what they meet)."""

    fact: str
    source: str
    tests: tuple[str, ...]
    sometimes: bool = False


def reason(test: str) -> Difference | None:
    """Why that test fails here and passes on plain moto, as far as it is foreseen."""
    return next((each for each in DIFFERENCES if test in each.tests), None)


DIFFERENCES = (
    Difference(
        "The block of a VPC or of a route is put in its canonical form: 10.0.0.4/24 is 10.0.0.0/24.",
        "EC2 API reference, CreateVpc and CreateRoute",
        (
            "test_ec2/test_route_tables.py::test_route_tables_filters_vpc_peering_connection",
            "test_ec2/test_route_tables.py::test_routes_vpc_peering_connection",
            "test_ec2/test_vpcs.py::test_vpc_get_by_cidr_block",
        ),
    ),
    Difference(
        "A role or an instance profile that is not there cannot be found, in these words.",
        "seen: outputs of the AWS CLI and of Terraform in public issues, NoSuchEntity",
        (
            "test_iam/test_iam.py::test_delete_service_linked_role",
            "test_iam/test_iam.py::test_get_instance_profile__should_throw__when_instance_profile_does_not_exist",
            "test_iam/test_iam.py::test_get_role__should_throw__when_role_does_not_exist",
        ),
    ),
    Difference(
        "The block of a rule is put in its canonical form, in which 1.0.0.0/0 and 2.0.0.0/0 are one.",
        "EC2 API reference, AuthorizeSecurityGroupIngress",
        (
            "test_ec2/test_security_groups.py::test_sec_group_rule_limit[Use VPC]",
            "test_ec2/test_security_groups.py::test_sec_group_rule_limit[Without VPC]",
        ),
    ),
    Difference(
        "The vpc ID '…' does not exist: what is not there is told in these words.",
        "seen: outputs of the AWS CLI in public notes, InvalidVpcID.NotFound",
        (
            "test_ec2/test_carrier_gateways.py::test_create_carrier_gateways_invalid_vpc",
            "test_ec2/test_egress_only_igw.py::test_create_with_unknown_vpc",
        ),
    ),
    Difference(
        "A user is IAM's, and its id begins with AIDA.",
        "STS API reference, GetCallerIdentity; IAM user guide, unique identifiers",
        (
            "test_sts/test_sts.py::test_get_caller_identity_with_default_credentials[us-east-1-aws]",
            "test_sts/test_sts.py::test_get_caller_identity_with_default_credentials[cn-north-1-aws-cn]",
            "test_sts/test_sts.py::test_sts_regions[us-west-2]",
            "test_sts/test_sts.py::test_sts_regions[cn-northwest-1]",
            "test_sts/test_sts.py::test_sts_regions[us-isob-east-1]",
        ),
    ),
    Difference(
        "A deregistered target drains for its group's delay, which at instant speed is over at once.",
        "Elastic Load Balancing API reference, TargetHealth: Target.DeregistrationInProgress",
        ("test_elbv2/test_elbv2_target_health.py::test_register_targets",),
    ),
    Difference(
        "A filter that the operation does not have is refused, never ignored or made up.",
        "EC2 API reference: the filters of DescribeSnapshots, DescribeNetworkAcls and DescribeSecurityGroupRules",
        (
            "test_ec2/test_elastic_block_store.py::test_snapshot_filters",
            "test_ec2/test_network_acls.py::test_describe_network_acls",
            "test_ec2/test_security_groups.py::test_security_group_rule_filtering_tags",
        ),
    ),
    Difference(
        "An Elastic IP address is not released while it is associated.",
        "EC2 API reference, ReleaseAddress: InvalidIPAddress.InUse",
        (
            "test_ec2/test_elastic_ip_addresses.py::test_eip_reassociate",
            "test_ec2/test_elastic_ip_addresses.py::test_eip_reassociate_nic",
        ),
    ),
    Difference(
        "A private address lies in its subnet, and is not one of the first four or the last.",
        "VPC user guide, subnet sizing; EC2 API reference, CreateNetworkInterface and RunInstances",
        (
            "test_ec2/test_elastic_network_interfaces.py::test_elastic_network_interfaces_with_private_ip",
            "test_ec2/test_elastic_network_interfaces.py::test_elastic_network_interfaces_get_by_private_ip",
            "test_ec2/test_elastic_network_interfaces.py"
            "::test_elastic_network_interfaces_describe_network_interfaces_with_filter",
            "test_ec2/test_elastic_network_interfaces.py::test_assign_private_ip_addresses__by_address",
            "test_ec2/test_elastic_network_interfaces.py::test_assign_private_ip_addresses__with_secondary_count",
            "test_ec2/test_elastic_network_interfaces.py::test_unassign_private_ip_addresses",
            "test_ec2/test_elastic_network_interfaces.py::test_unassign_private_ip_addresses__multiple",
            "test_ec2/test_instances.py::test_get_instances_filtering_by_private_dns",
            "test_ec2/test_instances.py::test_get_instances_filtering_by_ni_private_dns",
            "test_ec2/test_instances.py::test_run_instance_with_nic_autocreated",
            "test_ec2/test_instances.py::test_run_instance_with_nic_preexisting",
            "test_ec2/test_instances.py::test_run_instance_in_subnet_with_nic_private_ip",
            "test_ec2/test_instances.py::test_run_instance_in_subnet_with_nic_private_ip_and_public_association",
            "test_ec2/test_instances.py::test_describe_instances_filter_vpcid_via_networkinterface",
            "test_ec2/test_route_tables.py::test_create_route_with_network_interface_id",
            "test_route53/test_route53_cloudformation.py::test_route53_ec2_instance_with_public_ip",
        ),
    ),
    Difference(
        "An interface has its own security groups: attached to an instance, it does not take on the instance's.",
        "EC2 API reference, AttachNetworkInterface; EC2 user guide, network interfaces",
        ("test_ec2/test_instances.py::test_instance_with_nic_attach_detach",),
    ),
    Difference(
        "A NAT gateway and an endpoint service begin as pending; the answer to their creation says so.",
        "EC2 API reference, NatGateway: State; ServiceConfiguration: ServiceState",
        (
            "test_ec2/test_nat_gateway.py::test_create_nat_gateway",
            "test_ec2/test_vpc_service_configuration_integration.py"
            "::test_create_vpc_endpoint_service_configuration_with_network_load_balancer",
            "test_ec2/test_vpc_service_configuration_integration.py"
            "::test_create_vpc_endpoint_service_configuration_with_gateway_load_balancer",
        ),
    ),
    Difference(
        "A load balancer stands behind one endpoint service.",
        "CreateVpcEndpointServiceConfiguration's answer: LBs are already associated with another configuration",
        ("test_ec2/test_vpc_service_configuration_integration.py::test_describe_vpc_endpoint_service_configurations",),
    ),
    Difference(
        "An endpoint for a service that does not exist is refused.",
        "EC2 API reference, error codes: InvalidServiceName",
        ("test_ec2/test_route_tables.py::test_create_route_with_vpc_endpoint",),
    ),
    Difference(
        "An interface endpoint has its regional name, and one name for each of its zones.",
        "PrivateLink guide, share your services: endpoint DNS names",
        ("test_ec2/test_vpcs.py::test_describe_vpc_interface_end_points",),
    ),
    Difference(
        "An interface endpoint has one subnet in a zone.",
        "EC2 API reference, error codes: DuplicateSubnetsInSameZone",
        (
            "test_ec2/test_vpcs.py::test_modify_vpc_endpoint_add_subnet",
            "test_ec2/test_vpcs.py::test_modify_vpc_endpoint_add_duplicate_subnet",
            "test_ec2/test_vpcs.py::test_modify_vpc_endpoint_remove_subnet",
        ),
        sometimes=True,  # the zone of a subnet made without one is any
    ),
    Difference(
        "An interface endpoint made without security groups has the VPC's default group.",
        "EC2 API reference, CreateVpcEndpoint: SecurityGroupIds",
        ("test_ec2/test_vpcs.py::test_modify_vpc_endpoint_add_security_group",),
    ),
    Difference(
        "A deleted endpoint is listed as deleting, and then no more.",
        "EC2 API reference, DeleteVpcEndpoints; error codes: InvalidVpcEndpointId.NotFound",
        ("test_ec2/test_vpcs.py::test_delete_vpc_end_points",),
    ),
    Difference(
        "Targets of a group that no listener forwards to are unused (Target.NotInUse), not healthy.",
        "Elastic Load Balancing API reference, TargetHealth",
        (
            "test_elbv2/test_elbv2.py::test_stopped_instance_target",
            "test_elbv2/test_elbv2.py::test_terminated_instance_target",
        ),
    ),
    Difference(
        "A load balancer has one subnet in a zone.",
        "Elastic Load Balancing API reference, CreateLoadBalancer: Subnets",
        (
            "test_elbv2/test_elbv2_cloudformation.py::test_redirect_action_listener_rule_cloudformation",
            "test_elbv2/test_elbv2_cloudformation.py::test_cognito_action_listener_rule_cloudformation",
            "test_elbv2/test_elbv2_cloudformation.py::test_fixed_response_action_listener_rule_cloudformation",
            "test_elbv2/test_elbv2_cloudformation.py::test_https_listener_rule_with_certificate_cloudformation",
        ),
    ),
    Difference(
        "A load balancer has one listener on a port.",
        "Elastic Load Balancing API reference, CreateListener: DuplicateListener",
        ("test_elbv2/test_elbv2_target_groups.py::test_describe_target_groups",),
    ),
    Difference(
        "A caller reference makes one hosted zone, whatever name comes with it the next time.",
        "Route 53 API reference, CreateHostedZone: HostedZoneAlreadyExists",
        (
            "test_route53/test_route53.py::test_list_hosted_zones",
            "test_route53/test_route53.py::test_delete_hosted_zone",
            "test_route53/test_route53.py::test_get_hosted_zone_count_many_zones",
            "test_route53/test_route53.py::test_list_hosted_zones_by_name",
            "test_route53/test_route53.py::test_list_hosted_zones_by_dns_name",
            "test_route53/test_route53.py::test_conflicting_domain_exists[a.com-a.com]",
            "test_route53/test_route53.py::test_conflicting_domain_exists[a.b.com-b.com]",
            "test_route53/test_route53.py::test_conflicting_domain_exists[b.com-a.b.com]",
            "test_route53/test_route53.py::test_conflicting_domain_exists[a.b.com-a.b.com]",
            "test_route53/test_route53_vpcs.py::test_hosted_zone_private_zone_preserved",
            "test_route53/test_route53_vpcs.py::test_list_hosted_zones_by_vpc_with_multiple_vpcs",
        ),
    ),
    Difference(
        "A command goes to managed nodes only: machines that run, with a role and a way to Systems Manager.",
        "Systems Manager API reference, SendCommand: InvalidInstanceId; user guide, managed nodes",
        (
            "test_ssm/test_ssm.py::test_send_command",
            "test_ssm/test_ssm.py::test_list_commands",
            "test_ssm/test_ssm.py::test_get_command_invocation",
            "test_ssm/test_ssm.py::test_get_command_invocations_by_instance_tag",
            "test_ssm/test_ssm_cloudformation.py::test_get_command_invocations_from_stack",
        ),
    ),
    Difference(
        "A subnet lies in a zone of its own region.",
        'EC2 API reference, CreateSubnet: InvalidParameterValue, "Subnets can currently only be created in …"',
        (
            "test_ec2/test_subnets.py::test_availability_zone_in_create_subnet",
            "test_ec2/test_subnets.py::test_create_subnet_with_tags",
            "test_ec2/test_ec2_cloudformation.py::test_elastic_network_interfaces_cloudformation",
            "test_ec2/test_fleets.py::test_create_fleet_api_response",
            "test_ec2/test_fleets.py::test_create_fleet_using_launch_template_config__overrides",
            "test_ec2/test_route_tables.py::test_create_route_with_unknown_egress_only_igw",
            "test_ec2/test_route_tables.py::test_create_route_with_invalid_vpc_endpoint",
            "test_ec2/test_vpc_service_configuration_integration.py::test_create_vpc_endpoint_service_configuration_with_options",
            "test_ec2/test_vpc_service_configuration_integration.py::test_describe_vpc_endpoint_service_configurations_with_tags[tags0]",
            "test_ec2/test_vpc_service_configuration_integration.py::test_describe_vpc_endpoint_service_configurations_with_tags[tags1]",
            "test_ec2/test_vpc_service_configuration_integration.py::test_describe_vpc_endpoint_service_configurations_and_add_tags",
            "test_ec2/test_vpc_service_configuration_integration.py::test_delete_vpc_endpoint_service_configurations",
            "test_ec2/test_vpc_service_configuration_integration.py::test_describe_vpc_endpoint_service_permissions",
            "test_ec2/test_vpc_service_configuration_integration.py::test_modify_vpc_endpoint_service_permissions",
            "test_ec2/test_vpc_service_configuration_integration.py::test_modify_vpc_endpoint_service_configuration",
            "test_ec2/test_vpc_service_configuration_integration.py::test_modify_vpc_endpoint_service_configuration_with_new_loadbalancers",
            "test_ec2/test_vpc_service_configuration_integration.py::test_vpc_endpoint_service__cross_region",
            "test_ec2/test_spot_fleet.py::test_create_spot_fleet_with_invalid_tag_specifications",
            "test_ec2/test_spot_fleet.py::test_create_spot_fleet_with_lowest_price",
            "test_ec2/test_spot_fleet.py::test_create_diversified_spot_fleet",
            "test_ec2/test_spot_fleet.py::test_request_spot_fleet_using_launch_template_config__overrides",
            "test_ec2/test_spot_fleet.py::test_create_spot_fleet_request_with_tag_spec",
            "test_ec2/test_spot_fleet.py::test_cancel_spot_fleet_request",
            "test_ec2/test_spot_fleet.py::test_cancel_spot_fleet_request__but_dont_terminate_instances",
            "test_ec2/test_spot_fleet.py::test_modify_spot_fleet_request_up",
            "test_ec2/test_spot_fleet.py::test_modify_spot_fleet_request_up_diversified",
            "test_ec2/test_spot_fleet.py::test_modify_spot_fleet_request_down_no_terminate",
            "test_ec2/test_spot_fleet.py::test_modify_spot_fleet_request_down_odd",
            "test_ec2/test_spot_fleet.py::test_modify_spot_fleet_request_down",
            "test_ec2/test_spot_fleet.py::test_modify_spot_fleet_request_down_no_terminate_after_custom_terminate",
            "test_ec2/test_spot_fleet.py::test_create_spot_fleet_without_spot_price",
        ),
    ),
    Difference(
        "A public NAT gateway in a VPC without an internet gateway fails, and a failed one is no route's target.",
        "VPC user guide, troubleshoot NAT gateways: Gateway.NotAttached",
        (
            "test_ec2/test_nat_gateway.py::test_create_and_describe_nat_gateway",
            "test_ec2/test_nat_gateway.py::test_describe_nat_gateway_filter_by_net_gateway_id_and_state",
            "test_ec2/test_nat_gateway.py::test_describe_nat_gateway_filter_by_subnet_id",
            "test_ec2/test_nat_gateway.py::test_describe_nat_gateway_filter_vpc_id",
            "test_ec2/test_route_tables.py::test_describe_route_tables_filter_with_nat_gateway_id",
        ),
    ),
    Difference(
        "A route leads to an internet gateway only once that is attached to the table's VPC.",
        "CreateRoute's answer: route table and network gateway belong to different networks",
        (
            "test_ec2/test_route_tables.py::test_route_tables_filters_standard",
            "test_ec2/test_route_tables.py::test_routes_additional",
            "test_ec2/test_route_tables.py::test_routes_replace",
            "test_ec2/test_route_tables.py::test_routes_already_exist",
        ),
    ),
    Difference(
        "A subnet that has an association is not associated once more.",
        "EC2 API reference, error codes: Resource.AlreadyAssociated",
        ("test_ec2/test_route_tables.py::test_route_table_associations",),
    ),
    Difference(
        "A default security group lets in its own members and lets out everything: two rules.",
        "VPC user guide, default security groups",
        ("test_ec2/test_security_groups.py::test_revoke_security_group_egress__without_ipprotocol",),
    ),
    Difference(
        "Releasing an address that does not exist is InvalidAddressID.NotFound.",
        "Public logs of ReleaseAddress, as Terraform's AWS provider expects them",
        ("test_ec2/test_elastic_ip_addresses.py::test_eip_release_bogus_eip",),
    ),
    Difference(
        "Type, user data and EBS optimisation change only while the instance is stopped.",
        "EC2 API reference, ModifyInstanceAttribute: IncorrectInstanceState",
        (
            "test_ec2/test_instances.py::test_instance_attribute_instance_type",
            "test_ec2/test_instances.py::test_instance_attribute_user_data",
            "test_ec2/test_instances.py::test_create_instance_ebs_optimized",
            "test_ec2/test_amis.py::test_ami_pulls_attributes_from_instance",
        ),
    ),
    Difference(
        "An instance profile that does not exist is, to EC2, an invalid parameter.",
        "RunInstances' answer: InvalidParameterValue, Invalid IAM Instance Profile name",
        (
            "test_ec2/test_instances.py::test_instance_iam_instance_profile",
            "test_ec2/test_iam_integration.py::test_invalid_associate",
            "test_ec2/test_iam_integration.py::test_invalid_replace",
        ),
    ),
    Difference(
        "A gateway endpoint has no private DNS.",
        "EC2 API reference, CreateVpcEndpoint: PrivateDnsEnabled is for interface endpoints",
        ("test_ec2/test_vpcs.py::test_describe_vpc_gateway_end_points",),
    ),
    Difference(
        "An accepted peering is provisioning before it is active; a deleted one is deleting first.",
        "VPC peering guide, connection lifecycle",
        (
            "test_ec2/test_vpc_peering.py::test_vpc_peering_connections_accept",
            "test_ec2/test_vpc_peering.py::test_vpc_peering_connections_delete",
        ),
    ),
    Difference(
        "A record has either an alias target, or both a TTL and values.",
        "Route 53's answer: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], …]",
        (
            "test_route53/test_route53.py::test_delete_hosted_zone_with_change_sets",
            "test_route53/test_route53.py::test_use_health_check_in_resource_record_set",
            "test_route53/test_route53.py::test_deleting_weighted_route",
            "test_route53/test_route53.py::test_create_delete_create",
            "test_route53/test_route53.py::test_deleting_latency_route",
            "test_route53/test_route53.py::test_change_resource_record_sets_crud_valid",
        ),
    ),
    Difference(
        "An alias leads to a record that exists.",
        "Route 53's answer: Tried to create an alias that targets …, but that target was not found",
        ("test_route53/test_route53.py::test_alias_record_set_omits_ttl",),
    ),
    Difference(
        "A record is deleted by repeating it exactly.",
        "Route 53 API reference, ChangeResourceRecordSets: InvalidChangeBatch",
        (
            "test_route53/test_route53.py::test_change_resource_record_sets_crud_valid_with_special_xml_chars[True]",
            "test_route53/test_route53.py::test_change_resource_record_sets_crud_valid_with_special_xml_chars[False]",
            "test_route53/test_route53.py::test_change_resource_record_sets_crud_valid_with_special_xml_chars[None]",
        ),
    ),
    Difference(
        "What is wrong with a batch of changes is told in brackets.",
        "Route 53 API reference, InvalidChangeBatch: messages",
        (
            "test_route53/test_route53.py::test_change_resource_record_set_create__should_fail_when_record_already_exists",
        ),
    ),
    Difference(
        "A name with a CNAME record has no other.",
        "Route 53 developer guide, CNAME record type",
        ("test_route53/test_route53.py::test_list_resource_record_sets_name_type_filters",),
    ),
    Difference(
        "A change that was never made is NoSuchChange.",
        "Route 53 API reference, GetChange",
        ("test_route53/test_route53.py::test_get_change",),
    ),
    Difference(
        "A page of load balancers holds 400 unless told otherwise.",
        "Elastic Load Balancing API reference, DescribeLoadBalancers: PageSize",
        ("test_elbv2/test_elbv2.py::test_describe_paginated_balancers",),
    ),
    Difference(
        "An instance is a target only in its own VPC.",
        "Elastic Load Balancing API reference, RegisterTargets: InvalidTarget",
        ("test_elbv2/test_elbv2.py::test_register_targets",),
    ),
    Difference(
        "A target group has more attributes than moto knows.",
        "Elastic Load Balancing API reference, TargetGroupAttribute",
        ("test_elbv2/test_elbv2_target_groups.py::test_target_group_attributes",),
    ),
    Difference(
        "A marker is opaque, and one that IAM did not give out is refused.",
        "IAM API reference: Marker",
        (
            "test_iam/test_iam.py::test_list_policy_tags_pagination",
            "test_iam/test_iam.py::test_list_virtual_mfa_devices",
            "test_iam/test_iam.py::test_list_virtual_mfa_devices_errors",
            "test_iam/test_iam.py::test_tag_role",
            "test_iam/test_iam.py::test_list_roles_none_found_returns_empty_list",
        ),
    ),
    Difference(
        "A value outside the set that EC2's model lists is refused by EC2's frontend first of all.",
        "botocore's service models; EC2 API reference, error code InvalidParameterValue",
        (
            "test_ec2/test_carrier_gateways.py::test_create_carrier_gateways_with_tags",
            "test_ec2/test_elastic_block_store.py::test_create_volume_with_multi_attach_enabled_fails",
            "test_ec2/test_elastic_ip_addresses.py::test_eip_allocate_vpc",
            "test_ec2/test_fleets.py::test_create_diversified_spot_fleet",
            "test_ec2/test_fleets.py::test_create_fleet_api",
            "test_ec2/test_fleets.py::test_create_fleet_dryrun",
            "test_ec2/test_fleets.py::test_create_fleet_request_rejects_instance_tags_when_type_request",
            "test_ec2/test_fleets.py::test_create_fleet_request_with_instance_tags_and_fleet_type_instant",
            "test_ec2/test_fleets.py::test_create_fleet_request_with_tags",
            "test_ec2/test_fleets.py::test_create_on_demand_fleet",
            "test_ec2/test_fleets.py::test_create_spot_fleet_with_lowest_price",
            "test_ec2/test_fleets.py::test_delete_fleet",
            "test_ec2/test_fleets.py::test_describe_fleet_instances_api",
            "test_ec2/test_fleets.py::test_request_fleet_using_launch_template_config__name[lowestPrice-capacity-optimized-prioritized]",
            "test_ec2/test_fleets.py::test_request_fleet_using_launch_template_config__name[lowestPrice-capacity-optimized]",
            "test_ec2/test_fleets.py::test_request_fleet_using_launch_template_config__name[lowestPrice-diversified]",
            "test_ec2/test_fleets.py::test_request_fleet_using_launch_template_config__name[lowestPrice-lowest-price]",
            "test_ec2/test_nat_gateway.py::test_describe_nat_gateway_tags",
            "test_ec2/test_spot_fleet.py::test_request_spot_fleet_using_launch_template_config__id",
            "test_ec2/test_spot_fleet.py::test_request_spot_fleet_using_launch_template_config__name[lowestCost]",
            "test_ec2/test_transit_gateway.py::test_modify_transit_gateway_vpc_attachment_change_options",
        ),
    ),
    Difference(
        "A service that validates requests by its model answers in the model's words: one message for all violations.",
        "botocore's service models; seen: kubernetes-sigs/aws-load-balancer-controller#4014",
        (
            "test_elbv2/test_elbv2.py::test_create_listeners_with_invalid_protocol[application-INVALID-exception_message8]",
            "test_elbv2/test_elbv2.py::test_create_listeners_with_invalid_protocol[network-INVALID-exception_message9]",
            "test_elbv2/test_elbv2.py::test_ip_address_type_validation",
            "test_elbv2/test_elbv2.py::test_oidc_action_listener[False]",
            "test_elbv2/test_elbv2.py::test_oidc_action_listener[True]",
            "test_elbv2/test_elbv2.py::test_set_ip_address_type",
            "test_elbv2/test_elbv2_listener_rules.py::test_create_rule_action[action2]",
            "test_elbv2/test_elbv2_target_groups.py::test_create_target_group_invalid_protocol",
            "test_elbv2/test_elbv2_target_groups.py::test_create_target_group_with_invalid_healthcheck_protocol",
            "test_elbv2/test_elbv2_target_groups.py::test_create_target_group_with_target_type[other]",
            "test_iam/test_iam.py::test_create_policy_with_tag_containing_large_key",
            "test_iam/test_iam.py::test_create_policy_with_tag_containing_large_value",
            "test_iam/test_iam.py::test_create_policy_with_too_many_tags",
            "test_iam/test_iam.py::test_create_role_with_tags",
            "test_iam/test_iam.py::test_set_default_policy_version",
            "test_iam/test_iam.py::test_untag_policy",
            "test_iam/test_iam.py::test_untag_role",
            "test_iam/test_iam.py::test_update_account_password_policy_errors",
            "test_iam/test_iam.py::test_updating_existing_tagged_policy_with_large_key",
            "test_iam/test_iam.py::test_updating_existing_tagged_policy_with_large_value",
            "test_iam/test_iam.py::test_updating_existing_tagged_policy_with_too_many_tags",
            "test_iam/test_iam_oidc.py::test_create_open_id_connect_provider_multiple_errors",
            "test_ssm/test_ssm.py::test_describe_parameters_filter_names",
            "test_ssm/test_ssm.py::test_describe_parameters_filter_type",
            "test_ssm/test_ssm.py::test_describe_parameters_invalid_parameter_filters[filters0-Member must satisfy regular expression pattern: tag:.+|Name|Type|KeyId|Path|Label|Tier]",  # noqa: E501
            "test_ssm/test_ssm.py::test_get_parameter_history_should_throw_exception_when_MaxResults_is_too_large",
            "test_ssm/test_ssm.py::test_get_parameters_by_path",
            "test_ssm/test_ssm.py::test_get_parameters_errors",
            "test_ssm/test_ssm.py::test_label_parameter_version_exception_ten_labels_at_once",
            "test_ssm/test_ssm.py::test_put_parameter_empty_string_value",
            "test_ssm/test_ssm.py::test_put_parameter_invalid_type",
            "test_ssm/test_ssm.py::test_tags_invalid_resource_type",
            "test_ssm/test_ssm_doc_permissions.py::test_fail_modify_document_permission_wrong_permission_type",
            "test_ssm/test_ssm_maintenance_windows.py::test_delete_maintenance_windows",
            "test_ssm/test_ssm_maintenance_windows.py::test_get_maintenance_windows",
        ),
    ),
    Difference(
        "The path of an IAM object begins and ends with a slash.",
        "IAM API reference, CreateRole, CreateInstanceProfile, CreateUser and CreateGroup: Path",
        (
            "test_iam/test_iam.py::test_create_role_and_instance_profile",
            "test_iam/test_iam.py::test_create_virtual_mfa_device_errors",
            "test_iam/test_iam.py::test_get_role_policy",
            "test_iam/test_iam.py::test_list_instance_profiles",
            "test_iam/test_iam.py::test_list_instance_profiles_for_role",
            "test_iam/test_iam.py::test_list_role_policies",
            "test_iam/test_iam.py::test_list_users",
            "test_iam/test_iam.py::test_put_role_policy",
            "test_iam/test_iam.py::test_remove_role_from_instance_profile",
            "test_iam/test_iam.py::test_update_assume_role_invalid_policy",
            "test_iam/test_iam.py::test_update_assume_role_invalid_policy_bad_action",
            "test_iam/test_iam.py::test_update_assume_role_invalid_policy_with_resource",
            "test_iam/test_iam.py::test_update_assume_role_valid_policy",
            "test_iam/test_iam_access_integration.py::test_invoking_ec2_mark_access_key_as_used",
            "test_iam/test_iam_groups.py::test_update_group_name_that_has_a_path",
            "test_iam/test_iam_groups.py::test_update_group_path",
        ),
    ),
    Difference(
        "A failure threshold of a health check is at most 10.",
        "Route 53 API reference, HealthCheckConfig",
        (
            "test_route53/test_route53.py::test_list_or_change_tags_for_resource_request",
            "test_route53/test_route53.py::test_list_tags_for_resources",
            "test_route53/test_route53_healthchecks.py::test_update_health_check[False]",
            "test_route53/test_route53_healthchecks.py::test_update_health_check[True]",
        ),
    ),
    Difference(
        "What the sandbox does not implement of a call it refuses by name, where moto keeps it or leaves it out.",
        "the sandbox's own table of what is implemented, pltui/sandbox/api/implemented.toml",
        (
            "test_elbv2/test_elbv2.py::test_modify_listener_http_to_https",
            "test_elbv2/test_elbv2.py::test_modify_load_balancer_attributes_secondary_ips_auto_assigned_per_subnet",
            "test_elbv2/test_elbv2_target_groups.py::test_target_group_attributes_stickiness[TCP-True-app_cookie-Stickiness type 'app_cookie' is not supported for target groups with the TCP protocol]",  # noqa: E501
            "test_elbv2/test_elbv2_target_groups.py::test_target_group_attributes_stickiness[TCP_UDP-True-app_cookie-Stickiness type 'app_cookie' is not supported for target groups with the TCP_UDP protocol]",  # noqa: E501
            "test_elbv2/test_elbv2_target_groups.py::test_target_group_attributes_stickiness[TLS-True-app_cookie-Stickiness type 'app_cookie' is not supported for target groups with the TLS protocol]",  # noqa: E501
            "test_elbv2/test_elbv2_target_groups.py::test_target_group_attributes_stickiness[UDP-True-app_cookie-Stickiness type 'app_cookie' is not supported for target groups with the UDP protocol]",  # noqa: E501
            "test_ssm/test_ssm.py::test_put_parameter_overwrite_preserves_metadata[my-cool-parameter]",
            "test_ssm/test_ssm.py::test_put_parameter_overwrite_preserves_metadata[test]",
            "test_ssm/test_ssm.py::test_put_parameter_with_invalid_policy",
        ),
    ),
    Difference(
        "The wording of the service, as seen, where moto has its own.",
        "seen: public logs; the sandbox's fidelity ledger",
        (
            "test_ec2/test_instances.py::test_run_instance_with_availability_zone_not_from_region",
            "test_ec2/test_vpcs.py::test_vpc_modify_tenancy_unknown",
            "test_elbv2/test_elbv2_target_groups.py::test_create_target_group_healthcheck_validation[TCP-False]",
            "test_elbv2/test_elbv2_target_groups.py::test_create_target_group_healthcheck_validation[TCP_UDP-False]",
            "test_elbv2/test_elbv2_target_groups.py::test_create_target_group_healthcheck_validation[TLS-False]",
            "test_elbv2/test_elbv2_target_groups.py::test_create_target_group_healthcheck_validation[UDP-False]",
            "test_route53/test_route53.py::test_list_resource_record_set_invalid_start_record_name[ ]",
            "test_route53/test_route53.py::test_list_resource_record_set_invalid_start_record_name[\\t]",
        ),
    ),
    Difference(
        "An instance has its VPC's default group where no group is named.",
        "EC2 API reference, RunInstances: SecurityGroupIds",
        ("test_ec2/test_instances.py::test_modify_instance_attribute_security_groups",),
    ),
)
