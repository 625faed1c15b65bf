"""Does this packet arrive, where, and why, hop by hop. Pure: no input or output, no clock, no randomness of its own.

`world` holds what is known of the network, `parse` and `parse_network` make it from AWS's answers. `names`, `security`,
`acls`, `routes` and `balancing` each hold one set of rules; `crossing` applies those between two interfaces, `delivery`
those from a load balancer to its targets, and `trace` puts them together: every path from a machine to a name or
address, with its weight, its `hops`, and a code (`codes`) at the one that blocks.
"""
