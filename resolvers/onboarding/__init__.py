"""Onboarding: what is written once for many new hires, and what happens with each of them."""
