"""From which address a request comes.

Behind proxies of one's own, the peer is a proxy: each adds the address that it was called from at the right end of
`X-Forwarded-For`. What stands further left was written by anybody, and is not believed.
"""

from collections.abc import Sequence

from starlette.requests import HTTPConnection


def client_address(http: HTTPConnection, proxies: int) -> str:
    """Return the address that a request comes from; empty where there is none, as on a socket file."""
    peer = http.client.host if http.client else ""
    return address_behind(peer, http.headers.getlist("x-forwarded-for"), proxies)


def address_behind(peer: str, forwarded: Sequence[str], proxies: int) -> str:
    """Return the address that called the outermost of so many proxies, by what they wrote down.

    A request that passed fewer came around them: it is known by the first address that there is.
    """
    if not proxies:
        return peer
    hops = [hop for each in ",".join(forwarded).split(",") if (hop := _bare(each.strip()))] + [peer]
    return hops[max(0, len(hops) - 1 - proxies)]


def _bare(hop: str) -> str:
    """Leave out the port that some proxies write: `192.0.2.1:5000`, `[2001:db8::1]:5000`."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
