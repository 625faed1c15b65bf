"""Reachability of a network, hop by hop. Pure: no input or output, no clock, no randomness.

`world` is the model of the network; `parse` and `parse_network` build it from AWS's responses. `names`, `security`,
`acls`, `routes` and `balancing` each implement one set of rules; `crossing` applies those between two interfaces,
`delivery` those from a load balancer to its targets, and `trace` combines them: every path from a machine to a name or
address, with its weight, its `hops`, and a code (`codes`) at the one that blocks.
"""
