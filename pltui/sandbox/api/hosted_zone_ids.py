"""The hosted zones behind AWS's own names, by region: alias records need their ids."""

ENDPOINT_ZONES = {
    "us-east-1": "Z7HUB22UULQXV",
    "us-east-2": "ZC8PG0KIFKBRI",
    "us-west-1": "Z12I86A8N7VCZO",
    "us-west-2": "Z1YSA3EXCYUU9Z",
    "ca-central-1": "ZRCXCF510Y6P9",
    "ap-northeast-1": "Z2E726K9Y6RL4W",
    "ap-northeast-2": "Z27UANNT0PRK1T",
    "ap-northeast-3": "Z376B5OMM2JZL2",
    "ap-southeast-1": "Z18LLCSTV4NVNL",
    "ap-southeast-2": "ZDK2GCRPAFKGO",
    "ap-south-1": "Z2KVTB3ZLFM7JR",
    "eu-west-1": "Z38GZ743OKFT7T",
    "eu-west-2": "Z7K1066E3PUKB",
    "eu-west-3": "Z1DWHTMFP0WECP",
    "eu-central-1": "Z273ZU8SZ5RJPC",
    "eu-north-1": "Z3OWWK6JFDEDGC",
    "sa-east-1": "Z2LXUWEVLCVZIB",
}
"""Of `*.vpce.amazonaws.com` (external-dns' table, answers of DescribeVpcEndpoints)."""

NETWORK_LOAD_BALANCER_ZONES = {
    "us-east-1": "Z26RNL4JYFTOTI",
    "us-east-2": "ZLMOA37VPKANP",
    "us-west-2": "Z18D5FSROUN65G",
    "ap-northeast-1": "Z31USIVHYNEOWT",
    "eu-west-1": "Z2IFOLAFXWLO4F",
    "eu-central-1": "Z3F0SRJ5LGBH90",
}
"""Of `*.elb.<region>.amazonaws.com` (external-dns' table; Elastic Load Balancing endpoints)."""

RESOURCE_ZONES = {"us-east-1": "Z08285483B41F6ASEM5U1", "us-east-2": "Z03265862FOUNWMZOKUF4"}
"""Of `*.vpc-lattice-rsc.<region>.on.aws` (AWS CLI reference; answers of DescribeVpcEndpointAssociations)."""

UNLISTED_ZONE = "Z00000000SANDBOX"
"""For regions whose id is not known here: well-formed, and plainly not AWS's."""
