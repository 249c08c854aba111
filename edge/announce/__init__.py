"""The box on the shop's network: announced, found, and the neighbours it finds.

Only `addresses` is imported here: the library that speaks multicast DNS is loaded by those who
announce or search.
"""

from edge.announce.addresses import announces, host_name, is_loopback, own_addresses

__all__ = ["announces", "host_name", "is_loopback", "own_addresses"]
