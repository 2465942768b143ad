"""Why the control plane says no.

CatalogRefused
├── TenantNotFound             no tenant has this id, slug or hostname
├── SlugTaken                  another tenant has this slug
├── SlugUnusable               it cannot be a slug
├── HostnameTaken              another tenant has this hostname
├── IllegalTenantTransition    the tenant's status does not move that way
├── NotThePlatform             another company runs the installation
└── NotOfThePlatform           the user has no role of the platform
"""


class CatalogRefused(Exception):
    """The root of them."""


class TenantNotFound(CatalogRefused):
    """No tenant has this id, slug or hostname."""


class SlugTaken(CatalogRefused):
    """Another tenant has this slug."""


class SlugUnusable(CatalogRefused):
    """It cannot be a slug: 3 to 40 lower-case letters, digits and single hyphens, beginning with a letter."""


class HostnameTaken(CatalogRefused):
    """Another tenant has this hostname."""


class IllegalTenantTransition(CatalogRefused):
    """The tenant's status does not move that way from where it stands."""


class NotThePlatform(CatalogRefused):
    """Another company runs the installation; people of the platform are users of that one."""


class NotOfThePlatform(CatalogRefused):
    """The user has no role of the platform."""
