"""The same over a bucket of a server that speaks S3."""

from dataclasses import replace
from datetime import timedelta

import httpx
import obstore
import pytest
from obstore.store import S3Store

from gateways.files import Bucket, FileStore, StoreAway
from tests.files.depot import Depot, statuses
from tests.files.samples import A_PDF, PDF, PNG, SVG, opened, picture
from tests.files.test_addresses import views
from tests.files.test_purge import purge, upkeep
from tests.world import CompanyWorld, Person


def as_its_owner(bucket: Bucket) -> S3Store:
    """The bucket as another program of its owner sees it."""
    assert bucket.endpoint
    return S3Store(
        bucket.name,
        region=bucket.region,
        endpoint=bucket.endpoint,
        access_key_id="key",
        secret_access_key="secret",
        client_options={"allow_http": True},
    )


async def test_files_are_uploaded_read_and_removed(
    bucket_depot: Depot, bucket: Bucket, company: CompanyWorld, hr: Person
) -> None:
    await bucket_depot.upload(hr, A_PDF, PDF, filename="a.pdf")
    [row] = await company.rows("select key from pool.files where tenant_id = :tenant")
    [signed] = await obstore.sign_async(as_its_owner(bucket), "GET", [row.key], timedelta(minutes=5))
    raw = httpx.get(signed)
    assert (raw.content, raw.headers["content-type"], raw.headers["content-disposition"]) == (A_PDF, PDF, "attachment")
    [view] = await views(company, hr)
    answer = await bucket_depot.http.get(str(view.url))
    assert (answer.status_code, answer.content) == (200, A_PDF)
    assert await purge(company, bucket_depot.store, timedelta(hours=24)) == 1
    assert httpx.get(signed).status_code == 404
    assert (await bucket_depot.http.get(str(view.url))).status_code == 404


async def test_a_large_file_comes_back_in_pieces(bucket_depot: Depot) -> None:
    content = bytes(range(256)) * 4096 * 3
    await bucket_depot.store.put("tenant/large", content, PDF)
    opened = await bucket_depot.store.open("tenant/large")
    pieces = [piece async for piece in opened.pieces]
    assert (opened.size, b"".join(pieces)) == (len(content), content)
    assert len(pieces) > 1


async def test_what_is_refused_leaves_nothing_in_the_bucket(
    bucket_depot: Depot, bucket: Bucket, company: CompanyWorld, hr: Person
) -> None:
    answer = await bucket_depot.send(await bucket_depot.announce(hr, SVG), SVG)
    assert answer.status_code == 422
    assert await keys(bucket, company) == []


async def keys(bucket: Bucket, company: CompanyWorld) -> list[str]:
    """Name what is in the bucket for a company."""
    found = await obstore.list(as_its_owner(bucket), str(company.tenant.id)).collect_async()
    return sorted(each["path"] for each in found)


async def test_thumbnails_are_made_in_the_bucket(
    bucket_depot: Depot, bucket: Bucket, company: CompanyWorld, hr: Person
) -> None:
    await bucket_depot.upload(hr, picture(size=(300, 300)), PNG)
    [row] = await company.rows("select id, key from pool.files where tenant_id = :tenant")
    working = upkeep(company, bucket_depot.store, timedelta())
    await working.make_thumbnails(company.tenant, {"file_id": str(row.id)})
    assert await keys(bucket, company) == [row.key, f"{row.key}.128", f"{row.key}.512"]
    assert opened(await bucket_depot.store.read(f"{row.key}.128")).size == (128, 128)
    assert await bucket_depot.store.sweep() == 0


async def test_a_bucket_that_does_not_answer_is_said_without_its_name(
    bucket: Bucket, company: CompanyWorld, hr: Person
) -> None:
    store = FileStore(replace(bucket, endpoint="http://127.0.0.1:1"))
    for doing in (store.put("a/b", b"c", PDF), store.read("a/b"), store.remove(["a/b"])):
        with pytest.raises(StoreAway) as away:
            await doing
        assert str(away.value) == ""
    assert "secret" not in repr(bucket)
    assert await statuses(company) == []


async def test_removing_what_is_not_there_is_done_at_once(bucket_depot: Depot, depot: Depot) -> None:
    for store in (bucket_depot.store, depot.store):
        await store.remove(["nobody/nothing", "nobody/nothing-else"])
