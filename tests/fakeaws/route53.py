"""Private hosted zones and their records."""

from tests.fakeaws.listing import marked_page
from tests.fakeaws.world import REGION, Item, Refusal, Thing, World, serves, wire

route53 = serves("route53")

OWN = ("NS", "SOA")  # every zone's own, which go with it


def _name(text: str) -> str:
    """Names compare in lower case, and end with a dot (Route 53 developer guide)."""
    return f"{text.lower().rstrip('.')}."


def _zone(world: World, id_: str) -> Thing:
    return world.ref("hosted_zone", id_.removeprefix("/hostedzone/"))


def _shown(world: World, id_: str) -> Item:
    [item] = world.shown("hosted_zone", [id_.removeprefix("/hostedzone/")])
    return item


def _change_info(world: World) -> Item:
    id_ = f"C{world.digits(13).upper()}"
    info = {"Id": f"/change/{id_}", "Status": "PENDING", "SubmittedAt": world.date}
    change = world.make("change", id_, info)
    world.becoming(change, "change", lambda: world.change(change, Status="INSYNC"))
    return {"ChangeInfo": info}


@route53("GetChange")
def get_change(world: World, p: Item) -> Item:
    return {"ChangeInfo": wire(world.ref("change", p["Id"].removeprefix("/change/")).truth)}


def _check_vpc(world: World, vpc: Item, name: str) -> None:
    if vpc["VPCRegion"] == REGION and world.get("vpc", vpc["VPCId"]) is None:
        raise Refusal("InvalidVPCId", f"The VPC: {vpc['VPCId']} you provided is not authorized or does not exist")
    for other in world.where("hosted_zone", Name=name):
        if vpc in other.truth["_vpcs"]:
            raise Refusal(
                "ConflictingDomainExists",
                f"The VPC {vpc['VPCId']} in region {vpc['VPCRegion']} has already been associated with the hosted zone "
                f"{other.id} with the same domain name.",
            )


def _own(name: str) -> list[Item]:
    servers = [{"Value": f"ns-{number}.awsdns-00.example."} for number in (0, 512, 1024, 1536)]
    start = [{"Value": "ns-1536.awsdns-00.example. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"}]
    return [
        {"Name": name, "Type": "NS", "TTL": 172800, "ResourceRecords": servers},
        {"Name": name, "Type": "SOA", "TTL": 900, "ResourceRecords": start},
    ]


# -- zones ------------------------------------------------------------------------------------------------------------


@route53("CreateHostedZone")
def create_hosted_zone(world: World, p: Item) -> Item:
    name = _name(p["Name"])
    if any(world.where("hosted_zone", CallerReference=p["CallerReference"])):
        text = "A hosted zone has already been created with the specified caller reference."
        raise Refusal("HostedZoneAlreadyExists", text, 409)
    world.limit("hosted_zones", "TooManyHostedZones", len(world.all("hosted_zone")))
    _check_vpc(world, p["VPC"], name)
    id_ = f"Z{world.digits(20).upper()}"
    config = {"PrivateZone": True, "Comment": p.get("HostedZoneConfig", {}).get("Comment", "")}
    item = {
        "Id": f"/hostedzone/{id_}", "Name": name, "CallerReference": p["CallerReference"], "Config": config,
        "ResourceRecordSetCount": 2, "_vpcs": [p["VPC"]], "_records": _own(name),
    }  # fmt: skip
    world.make("hosted_zone", id_, item)
    return {"HostedZone": wire(item), "VPC": p["VPC"], **_change_info(world)}


@route53("GetHostedZone")
def get_hosted_zone(world: World, p: Item) -> Item:
    item = _shown(world, p["Id"])
    return {"HostedZone": wire(item), "VPCs": item["_vpcs"]}


@route53("ListHostedZones")
def list_hosted_zones(world: World, p: Item) -> Item:
    found = marked_page(world, p, "HostedZones", [wire(item) for item in world.shown("hosted_zone")])
    return {**found, **({"NextMarker": found["Marker"]} if "Marker" in found else {})}


@route53("UpdateHostedZoneComment")
def update_hosted_zone_comment(world: World, p: Item) -> Item:
    zone = _zone(world, p["Id"])
    item = world.change(zone, Config={**zone.truth["Config"], "Comment": p.get("Comment", "")})
    return {"HostedZone": wire(item)}


@route53("AssociateVPCWithHostedZone")
def associate_vpc_with_hosted_zone(world: World, p: Item) -> Item:
    zone = _zone(world, p["HostedZoneId"])
    _check_vpc(world, p["VPC"], zone.truth["Name"])
    world.change(zone, _vpcs=[*zone.truth["_vpcs"], p["VPC"]])
    return _change_info(world)


@route53("DisassociateVPCFromHostedZone")
def disassociate_vpc_from_hosted_zone(world: World, p: Item) -> Item:
    zone = _zone(world, p["HostedZoneId"])
    kept = [vpc for vpc in zone.truth["_vpcs"] if vpc != p["VPC"]]
    if len(kept) == len(zone.truth["_vpcs"]):
        raise Refusal("VPCAssociationNotFound", "The VPC and the hosted zone are not associated.", 404)
    if not kept:
        raise Refusal("LastVPCAssociation", "The VPC that you're trying to disassociate is the last one.")
    world.change(zone, _vpcs=kept)
    return _change_info(world)


@route53("DeleteHostedZone")
def delete_hosted_zone(world: World, p: Item) -> Item:
    zone = _zone(world, p["Id"])
    if records(zone.truth):
        raise Refusal(
            "HostedZoneNotEmpty",
            "The specified hosted zone contains non-required resource record sets and so cannot be deleted.",
        )
    world.remove(zone)
    return _change_info(world)


# -- records ----------------------------------------------------------------------------------------------------------


def records(zone: Item) -> list[Item]:
    """All but those that it was born with."""
    return [record for record in zone["_records"] if record["Type"] not in OWN or record["Name"] != zone["Name"]]


def _normal(record: Item) -> Item:
    """As Route 53 tells of it."""
    alias = record.get("AliasTarget")
    normal = {**record, "Name": _name(record["Name"])}
    if alias:
        normal["AliasTarget"] = {**alias, "DNSName": _name(alias["DNSName"])}
    return normal


@route53("ListResourceRecordSets")
def list_resource_record_sets(world: World, p: Item) -> Item:
    found = sorted(_shown(world, p["HostedZoneId"])["_records"], key=_place)
    if "StartRecordName" in p:
        start = (_reversed(_name(p["StartRecordName"])), p.get("StartRecordType", ""))
        found = [record for record in found if _place(record) >= start]
    size = min(int(p.get("MaxItems", 300)), world.page or 300)
    answer = {"ResourceRecordSets": found[:size], "IsTruncated": len(found) > size, "MaxItems": str(size)}
    if len(found) > size:
        answer |= {"NextRecordName": found[size]["Name"], "NextRecordType": found[size]["Type"]}
    return answer


def _place(record: Item) -> tuple[list[str], str]:
    return _reversed(record["Name"]), record["Type"]


def _reversed(name: str) -> list[str]:
    return name.rstrip(".").split(".")[::-1]


@route53("ChangeResourceRecordSets")
def change_resource_record_sets(world: World, p: Item) -> Item:
    """All of a batch, or nothing."""
    zone = _zone(world, p["HostedZoneId"])
    kept = list(zone.truth["_records"])
    for change in p["ChangeBatch"]["Changes"]:
        _change(zone.truth["Name"], kept, change["Action"], _normal(change["ResourceRecordSet"]))
    world.change(zone, _records=kept, ResourceRecordSetCount=len(kept))
    return _change_info(world)


def _change(zone: str, kept: list[Item], action: str, record: Item) -> None:
    name, type_ = record["Name"], record["Type"]
    if not f".{name}".endswith(f".{zone}"):
        raise _invalid(f"RRSet with DNS name {name} is not permitted in zone {zone}")
    there = next((one for one in kept if (one["Name"], one["Type"]) == (name, type_)), None)
    what = f"resource record set [name='{name}', type='{type_}']"
    if action == "CREATE" and there:
        raise _invalid(f"Tried to create {what} but it already exists")
    if action == "DELETE" and there is None:
        raise _invalid(f"Tried to delete {what} but it was not found")
    if action == "DELETE" and there != record:
        raise _invalid(f"Tried to delete {what} but the values provided do not match the current values")
    if there:
        kept.remove(there)
    if action != "DELETE":
        kept.append(record)


def _invalid(text: str) -> Refusal:
    return Refusal("InvalidChangeBatch", f"[{text}]")
