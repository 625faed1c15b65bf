"""Terms that occur as data and are shown translated: kinds and parts of a lab, states, outcomes."""

# EC2 and ELBv2 API references, in their own spelling: Subnet, Vpc, NatGateway, Instance, VpcEndpoint, ServiceState,
# LoadBalancerState, TargetHealth, AssociationState, InternetGatewayAttachment, Route.
STATES = (
    "available", "pending", "pendingAcceptance", "running", "stopping", "stopped", "shutting-down", "terminated",
    "active", "active_impaired", "provisioning", "creating", "deleting", "deleted", "failed", "rejected", "expired",
    "initial", "healthy", "unhealthy", "unused", "draining", "attached", "attaching", "detached", "associated",
    "associating", "disassociated", "blackhole", "Pending", "Available", "Deleting", "Deleted", "Failed",
    "waiting for Session Manager",
)  # fmt: skip
# Conditions of resources for which the service has no word, and states of the probe, a replay and a run.
CONDITIONS = (
    "ready", "unseen", "absent", "working", "waiting", "lost", "blocked", "failed", "unknown", "differs",
    "not started", "running", "paused", "stopped", "replay", "playing", "finished",
    "done", "interrupted", "broken off",
)  # fmt: skip
# Resource kinds, and the parts of addresses (pltui/topology), with blanks for hyphens and without numbers.
PARTS = (
    "vpc", "subnet", "private subnet", "public subnet", "internet gateway", "attachment", "internet gateway attachment",
    "elastic ip", "nat gateway", "route", "route table", "public route table", "private route table",
    "route table association", "security group", "service security group", "endpoint security group",
    "access security group", "ssm endpoint", "ssmmessages endpoint", "instance security group", "instance", "server",
    "client", "load balancer", "listener", "target group", "target", "target registration", "endpoint service",
    "endpoint", "hosted zone", "zone", "record", "role", "role policy",
    "instance profile",
)  # fmt: skip
