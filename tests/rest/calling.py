"""Calls over REST, as somebody of a company makes them."""

from typing import Any

import httpx

from tests.world import Person


def headers_of(person: Person, **more: str) -> dict[str, str]:
    known = {"authorization": f"Bearer {person.token}"} if person.token else {"x-workgraph-tenant": person.tenant_slug}
    return known | {name.replace("_", "-"): value for name, value in more.items()}


async def call(
    person: Person, method: str, path: str, body: Any = None, *, query: Any = None, **headers: str
) -> httpx.Response:
    """Call an address below `/rest`."""
    return await person.http.request(
        method, f"/rest{path}", json=body, params=query, headers=headers_of(person, **headers)
    )


def problem(response: httpx.Response) -> tuple[int, str]:
    """The status and the code of a problem, whose form is checked."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    told = response.json()
    assert (told["status"], told["type"]) == (response.status_code, "about:blank")
    assert told["title"]
    assert told["detail"]
    assert all(each["code"] and each["detail"] for each in told["errors"])
    return response.status_code, told["code"]
