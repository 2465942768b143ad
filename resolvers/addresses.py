"""Where companies are reached: the addresses that are told, and which hosts are addresses in digits."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

LOOPBACK: Final = "127.0.0.1"


def address_of(public_url: str, slug: str) -> str:
    """Return where a company is reached: its short name as a subdomain, which a bare IP address cannot have."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    if is_ip_address(host) and host != LOOPBACK:
        return public_url
    name = "localhost" if host == LOOPBACK else host
    port = f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=f"{slug}.{name}{port}").geturl()


def is_ip_address(host: str) -> bool:
    """Whether a host is an address in digits."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
