"""Which IP addresses are public: those that lead out into the Internet and to nothing of our own.

The standard library's `is_global` differs between Python's patch releases and counts multicast and relays as global;
so the networks stand here, from IANA's special-purpose registries. Of IPv6 only the part that is handed out is taken.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Address = IPv4Address | IPv6Address

NOT_PUBLIC_4: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network, and unspecified
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers; metadata of some clouds
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a public number that within Azure is its host
        "169.254.0.0/16",  # link-local; metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; metadata of some clouds
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4, given up
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
HANDED_OUT_6: Final = IPv6Network("2000::/3")
NOT_PUBLIC_6: Final = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: any IPv4 address may be inside, and nobody needs it
        "3fff::/20",  # documentation
    )
)
TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""NAT64: stands for the IPv4 address in its last 32 bits. A network of IPv6 alone reaches IPv4 through it."""
LAST_32_BITS: Final = 0xFFFF_FFFF


def read_address(text: str) -> Address | None:
    """Read an IP address in its one canonical spelling; None for a name and for any other spelling."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether an address leads out into the Internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_4)
    if address in TRANSLATED:
        return is_public(IPv4Address(int(address) & LAST_32_BITS))
    return address in HANDED_OUT_6 and not any(address in network for network in NOT_PUBLIC_6)
