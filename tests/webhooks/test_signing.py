import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from gateways.webhooks import new_secret, next_delay, sign
from gateways.webhooks.schedule import DELAYS, retry_after_of

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
BODY = (
    b'{"type":"payroll.run.completed","timestamp":"2026-06-30T12:00:00Z",'
    b'"data":{"id":"00000000-0000-4000-8000-000000000001"}}'
)
NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)


def headers(signature: str, moment: int, message_id: str = "msg_1") -> dict[str, str]:
    return {"webhook-id": message_id, "webhook-timestamp": str(moment), "webhook-signature": signature}


def test_a_known_message_has_its_known_signature() -> None:
    assert len(BODY) == 120
    signature = sign([SECRET], "msg_01J0000000000000000000TEST", 1782820800, BODY)
    assert signature == "v1,wnIeKarJdkwflZ2tEkLZiGZGMLi4L7MKp+Z7aykF6pg="


def test_a_new_secret_is_32_random_bytes() -> None:
    secret = new_secret()
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert secret != new_secret()


@given(st.dictionaries(st.text(), st.text()))
def test_the_standards_own_library_takes_what_is_signed(data: dict[str, str]) -> None:
    body, secret, moment = (
        json.dumps(data, ensure_ascii=False).encode(),
        new_secret(),
        int(datetime.now(UTC).timestamp()),
    )
    assert Webhook(secret).verify(body, headers(sign([secret], "msg_1", moment, body), moment)) == data


def test_during_a_rotation_both_secrets_verify_and_no_third() -> None:
    old, new, moment = new_secret(), new_secret(), int(datetime.now(UTC).timestamp())
    signature = sign([new, old], "msg_1", moment, BODY)
    assert signature.split(" ") == [sign([new], "msg_1", moment, BODY), sign([old], "msg_1", moment, BODY)]
    for secret in (old, new):
        Webhook(secret).verify(BODY, headers(signature, moment))
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, headers(signature, moment))


@pytest.mark.parametrize("changed", ["id", "timestamp", "body"])
def test_whatever_is_changed_no_longer_verifies(changed: str) -> None:
    secret, moment = new_secret(), int(datetime.now(UTC).timestamp())
    signature = sign([secret], "msg_1", moment, BODY)
    sent = headers(signature, moment + (changed == "timestamp"), "msg_2" if changed == "id" else "msg_1")
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY + b" " * (changed == "body"), sent)


@pytest.mark.parametrize("secret", ["", "MDEyMzQ1", "whsec_", "whsec_MDEy", "whsec_no base64!", SECRET + "MDEy" * 20])
def test_a_secret_of_another_form_is_refused_without_repeating_it(secret: str) -> None:
    with pytest.raises(ValueError, match="A webhook secret") as refused:
        sign([secret], "msg_1", 1, BODY)
    assert not secret.removeprefix("whsec_") or secret not in str(refused.value)


def test_nothing_is_sent_unsigned() -> None:
    with pytest.raises(ValueError, match="at least one secret"):
        sign([], "msg_1", 1, BODY)


def test_ten_attempts_take_three_days() -> None:
    waits = [next_delay(made, None, 0) for made in range(10)]
    assert waits == [0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert round(sum(DELAYS) / 3600, 1) == 75.6
    assert next_delay(10, None, 0) is None
    assert next_delay(10, 60, 1) is None
    assert next_delay(11, None, 0) is None


def test_attempts_are_as_many_as_there_are_delays() -> None:
    waits = [next_delay(made, None, 0, (0, 1, 2.5)) for made in range(4)]
    assert waits == [0, 1, 2.5, None]


def test_failures_spread_by_a_tenth_and_no_more() -> None:
    assert next_delay(2, None, 0.5) == 315
    assert next_delay(2, None, 1) == pytest.approx(330)
    assert next_delay(2, None, 9) == pytest.approx(330)


def test_a_receiver_can_ask_for_more_time_but_not_for_less_and_for_a_day_at_most() -> None:
    assert next_delay(1, 120, 0) == 120
    assert next_delay(2, 1, 0) == 300
    assert next_delay(1, 1e9, 0) == 86400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("120", 120),
        (" 0 ", 0),
        ("9" * 5000, 86400),
        ("86401", 86400),
        ("Tue, 30 Jun 2026 12:01:30 GMT", 90),
        ("Tue, 30 Jun 2026 12:01:30 -0000", 90),
        ("Tue, 30 Jun 2026 11:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86400),
        ("-5", None),
        ("1.5", None),
        ("١٢", None),
        ("soon", None),
        ("", None),
        ("Tue, 99 Jun 2026 12:01:30 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms(text: str | None, seconds: float | None) -> None:
    assert retry_after_of(text, NOON) == seconds


@given(st.text())
def test_no_retry_after_breaks_anything(text: str) -> None:
    wish = retry_after_of(text, NOON + timedelta(seconds=1))
    assert wish is None or 0 <= wish <= 86400
