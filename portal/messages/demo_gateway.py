"""The gateway of the demo county, whose people have no phones."""

from datetime import datetime

from portal.messages.gateway import Outcome, SendResult, TextMessage


class DemoGateway:
    """Accepts every text and carries it nowhere: the demo shows the outbox itself as a page."""

    def send(self, message: TextMessage, now: datetime) -> SendResult:
        """Accept the text under its own key."""
        return SendResult(Outcome.ACCEPTED, receipt=f"demo-{message.key}")
