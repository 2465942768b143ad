"""What runs beside the requests goes on, whatever goes wrong with it: here, what tells the relay of commits."""

import asyncio
from collections.abc import Iterable

import pytest

from subscriptions import persevering
from subscriptions.bus import Bus
from tests.world import CompanyWorld

PATIENCE = 10


async def test_a_poke_that_fails_is_the_only_one(company: CompanyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    failed, told = asyncio.Event(), asyncio.Event()

    async def poke(_bus: Bus, _schemas: Iterable[str]) -> None:
        if failed.is_set():
            told.set()
            return
        failed.set()
        raise KeyError

    monkeypatch.setattr(persevering, "PAUSE", 0)
    monkeypatch.setattr(Bus, "poke", poke)
    hr = await company.person("HR")
    for happened in (failed, told):
        await hr.do("createFlow", {"name": "Engineers", "durationDays": 30}, "flow { id }")
        await asyncio.wait_for(happened.wait(), PATIENCE)
