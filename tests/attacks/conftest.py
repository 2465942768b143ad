"""The fixtures of these tests: an application that may ask a provider on this machine, and the provider."""

from tests.sso.conftest import here, installation, provider

__all__ = ["here", "installation", "provider"]
