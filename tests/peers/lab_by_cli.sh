#!/usr/bin/env bash
# The lab with nothing but the AWS CLI.
#
# lab_by_cli.sh build|check|on|off|destroy      The environment says where (AWS_ENDPOINT_URL, credentials, region) and
# what: LAB_NAME, LAB_BALANCER, LAB_NETWORK, LAB_PORT, LAB_GREETING, LAB_ZONE.
set -euo pipefail
export AWS_PAGER="" AWS_DEFAULT_OUTPUT=text

tags() { echo "ResourceType=$1,Tags=[{Key=lab,Value=$LAB_NAME},{Key=Name,Value=$2}]"; }

# ids QUERY DESCRIBE [ARGUMENT...]: what carries the lab's tag, a line each
ids() {
  local query=$1
  shift
  aws ec2 "$@" --query "$query" | tr '\t' '\n' | sed '/^None$/d;/^$/d'
}
ours=(--filters "Name=tag:lab,Values=${LAB_NAME}")

# until_is WANTED COMMAND...: look once a second until this is the answer
until_is() {
  local wanted=$1 seen i
  shift
  for i in $(seq 120); do
    seen=$("$@") || seen="(failed)"
    [[ $seen == "$wanted" ]] && return
    sleep 1
  done
  echo "still $seen, not $wanted: $*" >&2
  return 1
}

network() { # SIDE; sets vpc, private (an array)
  local side=$1 zones public=() third subnet n
  read -ra zones < <(aws ec2 describe-availability-zones --query 'AvailabilityZones[:3].ZoneName')
  vpc=$(aws ec2 create-vpc --cidr-block "$LAB_NETWORK.0.0/16" --tag-specifications "$(tags vpc "$side")" --query Vpc.VpcId)
  aws ec2 modify-vpc-attribute --vpc-id "$vpc" --enable-dns-hostnames '{"Value": true}'
  private=()
  for n in 1 2 3; do
    for third in "$n" "$((n + 10))"; do
      subnet=$(aws ec2 create-subnet --vpc-id "$vpc" --cidr-block "$LAB_NETWORK.$third.0/24" \
        --availability-zone "${zones[n - 1]}" --tag-specifications "$(tags subnet "$side-$third")" --query Subnet.SubnetId)
      if ((third < 10)); then public+=("$subnet"); else private+=("$subnet"); fi
    done
  done
  routes "$side" "${public[@]}"
}

routes() { # SIDE PUBLIC-SUBNET...
  local side=$1 gateway address nat table subnet
  shift
  gateway=$(aws ec2 create-internet-gateway --tag-specifications "$(tags internet-gateway "$side")" \
    --query InternetGateway.InternetGatewayId)
  aws ec2 attach-internet-gateway --internet-gateway-id "$gateway" --vpc-id "$vpc"
  address=$(aws ec2 allocate-address --domain vpc --tag-specifications "$(tags elastic-ip "$side")" --query AllocationId)
  nat=$(aws ec2 create-nat-gateway --subnet-id "$1" --allocation-id "$address" \
    --tag-specifications "$(tags natgateway "$side")" --query NatGateway.NatGatewayId)
  aws ec2 wait nat-gateway-available --nat-gateway-ids "$nat"
  table=$(aws ec2 create-route-table --vpc-id "$vpc" --tag-specifications "$(tags route-table "$side-public")" \
    --query RouteTable.RouteTableId)
  aws ec2 create-route --route-table-id "$table" --destination-cidr-block 0.0.0.0/0 --gateway-id "$gateway" >/dev/null
  for subnet in "$@"; do aws ec2 associate-route-table --route-table-id "$table" --subnet-id "$subnet" >/dev/null; done
  table=$(aws ec2 create-route-table --vpc-id "$vpc" --tag-specifications "$(tags route-table "$side-private")" \
    --query RouteTable.RouteTableId)
  aws ec2 create-route --route-table-id "$table" --destination-cidr-block 0.0.0.0/0 --nat-gateway-id "$nat" >/dev/null
  for subnet in "${private[@]}"; do
    aws ec2 associate-route-table --route-table-id "$table" --subnet-id "$subnet" >/dev/null
  done
}

group() { # NAME [PORT]: its id; the private subnets are let in at the port
  local id n
  id=$(aws ec2 create-security-group --group-name "$1" --description "$1" --vpc-id "$vpc" \
    --tag-specifications "$(tags security-group "$1")" --query GroupId)
  for n in ${2:+11 12 13}; do
    aws ec2 authorize-security-group-ingress --group-id "$id" --protocol tcp --port "$2" \
      --cidr "$LAB_NETWORK.$n.0/24" >/dev/null
  done
  echo "$id"
}

machine() { # NAME SUBNET GROUP [ARGUMENT...]: its id
  local name=$1 subnet=$2 group=$3
  shift 3
  aws ec2 run-instances --instance-type t3.micro --subnet-id "$subnet" --security-group-ids "$group" \
    --image-id resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64 \
    --tag-specifications "$(tags instance "$name")" --query 'Instances[0].InstanceId' "$@"
}

user_data() { # N
  echo '#!/bin/bash'
  echo 'dnf install -y httpd'
  echo "echo '$LAB_GREETING $1' > /var/www/html/index.html"
  [[ $LAB_PORT == 80 ]] || echo "sed -i 's/^Listen 80\$/Listen $LAB_PORT/' /etc/httpd/conf/httpd.conf"
  echo 'systemctl enable --now httpd'
}

balancer() {
  aws elbv2 describe-load-balancers --names "$LAB_BALANCER" --query 'LoadBalancers[0].LoadBalancerArn'
}

switch() { # true|false
  aws elbv2 modify-load-balancer-attributes --load-balancer-arn "$(balancer)" \
    --attributes "Key=load_balancing.cross_zone.enabled,Value=$1" >/dev/null
}

provider() { # sets service, the endpoint service's name
  local guard servers=() n targets arn
  network provider
  guard=$(group servers "$LAB_PORT")
  for n in 1 2 3; do servers+=("$(machine "server-$n" "${private[n - 1]}" "$guard" --user-data "$(user_data $n)")"); done
  aws elbv2 create-load-balancer --name "$LAB_BALANCER" --type network --scheme internal \
    --subnets "${private[@]}" >/dev/null
  arn=$(balancer)
  switch true
  targets=$(aws elbv2 create-target-group --name "$LAB_NAME-tg" --protocol TCP --port "$LAB_PORT" --vpc-id "$vpc" \
    --healthy-threshold-count 3 --unhealthy-threshold-count 3 --query 'TargetGroups[0].TargetGroupArn')
  aws ec2 wait instance-running --instance-ids "${servers[@]}"
  aws elbv2 register-targets --target-group-arn "$targets" --targets "${servers[@]/#/Id=}"
  aws elbv2 create-listener --load-balancer-arn "$arn" --protocol TCP --port "$LAB_PORT" \
    --default-actions "Type=forward,TargetGroupArn=$targets" >/dev/null
  aws elbv2 wait load-balancer-available --load-balancer-arns "$arn"
  service=$(aws ec2 create-vpc-endpoint-service-configuration --network-load-balancer-arns "$arn" \
    --no-acceptance-required --tag-specifications "$(tags vpc-endpoint-service "$LAB_BALANCER")" \
    --query ServiceConfiguration.ServiceName)
}

consumer() {
  local guard endpoint name hosted zone trust
  network consumer
  guard=$(group endpoint "$LAB_PORT")
  endpoint=$(aws ec2 create-vpc-endpoint --vpc-endpoint-type Interface --vpc-id "$vpc" --service-name "$service" \
    --subnet-ids "${private[0]}" --security-group-ids "$guard" --no-private-dns-enabled \
    --tag-specifications "$(tags vpc-endpoint consumer)" --query VpcEndpoint.VpcEndpointId)
  until_is available aws ec2 describe-vpc-endpoints --vpc-endpoint-ids "$endpoint" --query 'VpcEndpoints[0].State'
  trust='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
    "Action": "sts:AssumeRole"}]}'
  aws iam create-role --role-name "$LAB_NAME" --assume-role-policy-document "$trust" >/dev/null
  aws iam attach-role-policy --role-name "$LAB_NAME" --policy-arn "$policy"
  aws iam create-instance-profile --instance-profile-name "$LAB_NAME" >/dev/null
  aws iam add-role-to-instance-profile --instance-profile-name "$LAB_NAME" --role-name "$LAB_NAME"
  machine client "${private[0]}" "$(group client)" --iam-instance-profile "Name=$LAB_NAME" >/dev/null
  zone=$(aws route53 create-hosted-zone --name "$LAB_ZONE" --caller-reference "$endpoint" \
    --vpc "VPCRegion=$AWS_DEFAULT_REGION,VPCId=$vpc" --query HostedZone.Id)
  read -r name hosted < <(aws ec2 describe-vpc-endpoints --vpc-endpoint-ids "$endpoint" \
    --query 'VpcEndpoints[0].DnsEntries[0].[DnsName,HostedZoneId]')
  change CREATE "$zone" "$name" "$hosted"
}
policy=arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore

change() { # ACTION ZONE NAME HOSTED-ZONE
  aws route53 change-resource-record-sets --hosted-zone-id "$2" --change-batch "{\"Changes\": [{\"Action\": \"$1\",
    \"ResourceRecordSet\": {\"Name\": \"$LAB_BALANCER.$LAB_ZONE\", \"Type\": \"A\", \"AliasTarget\":
    {\"DNSName\": \"$3\", \"HostedZoneId\": \"$4\", \"EvaluateTargetHealth\": false}}}]}" >/dev/null
}

check() {
  local seen
  seen="$(ids 'Subnets[].SubnetId' describe-subnets "${ours[@]}" | wc -l) subnets,"
  seen+=" $(ids 'Reservations[].Instances[?State.Name==`running`].InstanceId[]' describe-instances "${ours[@]}" | wc -l) machines,"
  seen+=" $(ids 'VpcEndpoints[].State' describe-vpc-endpoints "${ours[@]}") endpoint,"
  seen+=" $(aws elbv2 describe-load-balancer-attributes --load-balancer-arn "$(balancer)" \
    --query 'Attributes[?Key==`load_balancing.cross_zone.enabled`].Value') cross-zone"
  echo "$seen"
  [[ $seen == "12 subnets, 4 machines, available endpoint, true cross-zone" ]] || return 3
}

destroy() {
  local id zone name hosted arn
  zone=$(aws route53 list-hosted-zones-by-name --dns-name "$LAB_ZONE" --query 'HostedZones[0].Id')
  read -r name hosted < <(aws route53 list-resource-record-sets --hosted-zone-id "$zone" \
    --query 'ResourceRecordSets[?Type==`A`].AliasTarget.[DNSName,HostedZoneId]')
  change DELETE "$zone" "$name" "$hosted"
  aws route53 delete-hosted-zone --id "$zone" >/dev/null
  id=$(ids 'VpcEndpoints[].VpcEndpointId' describe-vpc-endpoints "${ours[@]}")
  aws ec2 delete-vpc-endpoints --vpc-endpoint-ids "$id" >/dev/null
  until_is "" ids 'VpcEndpoints[].VpcEndpointId' describe-vpc-endpoints "${ours[@]}"
  id=$(ids 'ServiceConfigurations[].ServiceId' describe-vpc-endpoint-service-configurations "${ours[@]}")
  [[ -z $(aws ec2 delete-vpc-endpoint-service-configurations --service-ids "$id" --query 'Unsuccessful[]') ]]
  aws elbv2 delete-load-balancer --load-balancer-arn "$(balancer)"
  arn=$(aws elbv2 describe-target-groups --names "$LAB_NAME-tg" --query 'TargetGroups[0].TargetGroupArn')
  aws elbv2 delete-target-group --target-group-arn "$arn"
  mapfile -t machines < <(ids 'Reservations[].Instances[].InstanceId' describe-instances "${ours[@]}")
  aws ec2 terminate-instances --instance-ids "${machines[@]}" >/dev/null
  aws ec2 wait instance-terminated --instance-ids "${machines[@]}"
  aws iam remove-role-from-instance-profile --instance-profile-name "$LAB_NAME" --role-name "$LAB_NAME"
  aws iam delete-instance-profile --instance-profile-name "$LAB_NAME"
  aws iam detach-role-policy --role-name "$LAB_NAME" --policy-arn "$policy"
  aws iam delete-role --role-name "$LAB_NAME"
  networks
}

networks() {
  local id vpc
  mapfile -t nats < <(ids 'NatGateways[].NatGatewayId' describe-nat-gateways --filter "Name=tag:lab,Values=$LAB_NAME")
  for id in "${nats[@]}"; do aws ec2 delete-nat-gateway --nat-gateway-id "$id" >/dev/null; done
  aws ec2 wait nat-gateway-deleted --nat-gateway-ids "${nats[@]}"
  for id in $(ids 'Addresses[].AllocationId' describe-addresses "${ours[@]}"); do
    aws ec2 release-address --allocation-id "$id"
  done
  aws ec2 describe-internet-gateways "${ours[@]}" \
    --query 'InternetGateways[].[InternetGatewayId,Attachments[0].VpcId]' | while read -r id vpc; do
    aws ec2 detach-internet-gateway --internet-gateway-id "$id" --vpc-id "$vpc"
    aws ec2 delete-internet-gateway --internet-gateway-id "$id"
  done
  for id in $(ids 'Subnets[].SubnetId' describe-subnets "${ours[@]}"); do
    until_is "" aws ec2 delete-subnet --subnet-id "$id"
  done
  for id in $(ids 'RouteTables[].RouteTableId' describe-route-tables "${ours[@]}"); do
    aws ec2 delete-route-table --route-table-id "$id"
  done
  for id in $(ids 'SecurityGroups[].GroupId' describe-security-groups "${ours[@]}"); do
    aws ec2 delete-security-group --group-id "$id" >/dev/null
  done
  for id in $(ids 'Vpcs[].VpcId' describe-vpcs "${ours[@]}"); do aws ec2 delete-vpc --vpc-id "$id"; done
}

case ${1:-} in
  build)
    provider
    consumer
    ;;
  check | destroy) "$1" ;;
  on) switch true ;;
  off) switch false ;;
  *) echo "usage: $0 build|check|on|off|destroy" >&2 && exit 2 ;;
esac
