"""Is this packet let through, hop by hop, and why. Pure: no input or output, no clock, no randomness of its own.

`world` holds what is known of the network, `parse` makes it from AWS's answers, `security`, `balancing` and `names`
each hold one set of rules, and `path` walks a packet from a machine to the servers that may answer it.
"""
