"""What no emulator of AWS's API has: the network it speaks of, realised on loopback with real sockets.

The world is learnt through the public API alone (`reader`, `sync`), and the rules are those of reachability. Roles (web
server, health checks, resolver, SOCKS door) speak to one seam, the `fabric`, which turns "this address and port, seen
from this machine" into a connection.
"""

# Marks the network's own reads, which are nobody's use of the sandbox.
USER_AGENT = "pltui-network"
