from datetime import UTC, datetime

from portal.messages.demo_gateway import DemoGateway
from portal.messages.gateway import Outcome, TextMessage


def test_the_demo_county_s_gateway_accepts_every_text_under_its_own_key():
    now = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)

    results = [
        DemoGateway().send(TextMessage(key, "13900000078", "好"), now) for key in ("text-0001", "text-0002")
    ]

    assert {result.outcome for result in results} == {Outcome.ACCEPTED}
    assert len({result.receipt for result in results}) == 2
