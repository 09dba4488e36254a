"""A claim from the first question to the money over HTTP, each step pursued until it is known to be done."""

import csv
import io
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock

from portal.domain.staff import Role
from tests.chaos.clients import Answer, NoAnswer, Portal, go_on
from tests.chaos.county import SUBSIDY, Pass
from tests.web.photos import make_photo

YEAR, MONTHS = "2026", "12"

GIVE_UP_SECONDS = 20
"""How long a step may be refused before it counts as one that the portal cannot do any more."""


class Step(StrEnum):
    """What is acknowledged on a claim's way, in its order."""

    BEGUN = "begun"
    YEAR = "year"
    MONTHS = "months"
    PHOTO = "photo"
    PAYEE = "payee"
    FILED = "filed"
    FIRST_REVIEW = "first_review"
    SECOND_REVIEW = "second_review"
    APPROVAL = "approval"
    SENT = "sent"
    PAID = "paid"


_REVIEWS = {
    Step.FIRST_REVIEW: (Role.FIRST_REVIEWER, {"amount": SUBSIDY, "confirmed": "own_account"}),
    Step.SECOND_REVIEW: (Role.SECOND_REVIEWER, {}),
    Step.APPROVAL: (Role.APPROVER, {}),
}


@dataclass(frozen=True)
class Acknowledged:
    """The portal said yes: to whose claim, at which step, and when by the harness's own measure."""

    person_id: int
    step: Step
    detail: str
    mark: int


@dataclass
class Book:
    """Everything that was acknowledged, in the order in which the answers came.

    ``read_mark`` says where the world stands when an answer comes, such as how much was written until then.
    """

    read_mark: Callable[[], int] = lambda: 0
    entries: list[Acknowledged] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def add(self, person_id: int, step: Step, detail: str) -> None:
        """Note a yes."""
        mark = self.read_mark()
        with self._lock:
            self.entries.append(Acknowledged(person_id, step, detail, mark))


class Stuck(Exception):
    """The portal refuses a step that must be open, again and again."""


@dataclass
class Errand:
    """One villager's claim, and everybody who has to do with it."""

    portal: Portal
    desk: Mapping[Role, Pass]
    person_id: int
    me: Pass
    book: Book

    def walk(self) -> None:
        """From the first question to the money."""
        number = self.file()
        claim_id = self.review(number)
        self.pay(claim_id)

    def file(self) -> str:
        """Answer everything and hand it in; returns the claim's number."""
        first = self._pursue(Step.BEGUN, lambda: self._mine("/claims/new/reimbursement"), lambda: None)
        draft = first.rsplit("/", 1)[0]
        for step, value in ((Step.YEAR, YEAR), (Step.MONTHS, MONTHS)):
            self._pursue(
                step,
                lambda step=step, value=value: self._mine(f"{draft}/{step}", answer=value),
                lambda: None,
                detail=value,
            )
        photo = make_photo(str(self.person_id)).getvalue()
        self._pursue(
            Step.PHOTO,
            lambda: self.portal.send_file(f"{draft}/contribution_receipt/photos", self.me, "photo", photo),
            lambda: self._is_after_photo(draft),
        )
        self._pursue(
            Step.PAYEE, lambda: self._mine(f"{draft}/payee", answer="own"), lambda: None, detail="own"
        )
        slip = self._pursue(Step.FILED, lambda: self._mine(f"{draft}/check"), self._find_number)
        return slip.split("/")[2]

    def review(self, number: str) -> int:
        """Let three people look at it; returns the claim's row."""
        claim_id = self._find_claim(number)
        for step, (role, fields) in _REVIEWS.items():
            who = self.desk[role]
            self._pursue(
                step,
                lambda who=who, fields=fields: self.portal.post(
                    f"/desk/claims/{claim_id}", who, verdict="pass", **fields
                ),
                lambda who=who: self._is_decided(claim_id, who),
            )
        return claim_id

    def pay(self, claim_id: int) -> None:
        """Send it to the bank, and take in that it was paid."""
        cashier = self.desk[Role.CASHIER]
        file = self._pursue(
            Step.SENT,
            lambda: self.portal.post("/desk/payments/", cashier, claims=str(claim_id)),
            lambda: self._find_file(claim_id),
        )
        answer = _bank_answer(self._read(file, cashier))
        self._pursue(
            Step.PAID,
            lambda: self.portal.send_file(f"{file}/return", cashier, "answer", answer),
            lambda: None,
        )

    def _mine(self, path: str, **fields: str) -> Answer:
        return self.portal.post(path, self.me, **fields)

    def _pursue(
        self, step: Step, act: Callable[[], Answer], look: Callable[[], str | None], detail: str = ""
    ) -> str:
        """Do a step until it is done; returns where it leads.

        Whoever got no answer looks first whether it was done all the same; ``look`` says where it led, or
        None when that cannot be seen and doing it once more does no harm.
        """
        until = time.monotonic() + GIVE_UP_SECONDS
        while True:
            try:
                answer = act()
            except NoAnswer:
                found = go_on(look)
                if found is not None:
                    return found
                continue
            if answer.is_yes:
                self.book.add(self.person_id, step, detail or answer.location)
                return answer.location
            if not answer.is_not_now:
                found = go_on(look)
                if found is not None:
                    return found
                if time.monotonic() > until:
                    raise Stuck(f"{step} answers {answer.status}")
            time.sleep(0.05)

    def _read(self, path: str, who: Pass) -> str:
        """A page that must be there."""
        until = time.monotonic() + GIVE_UP_SECONDS
        while True:
            answer = go_on(lambda: self.portal.get(path, who))
            if answer.status == 200:
                return answer.text
            if time.monotonic() > until and not answer.is_not_now:
                raise Stuck(f"{_shape(path)} answers {answer.status}")
            time.sleep(0.05)

    def _is_after_photo(self, draft: str) -> str | None:
        first_open = self.portal.get(f"{draft}/check", self.me).location  # leads to what is not answered yet
        return first_open if first_open.endswith("/payee") else None

    def _find_number(self) -> str | None:
        found = re.search(r"/claims/(JN\d{4}-\d+)", self.portal.get("/claims/", self.me).text)
        return found and f"/claims/{found[1]}/slip"

    def _find_claim(self, number: str) -> int:
        """The row of a claim, as the first reviewer finds it among the newest."""
        until = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < until:
            queue = self._read(
                "/desk/claims/?queue=first_review&sort=-number", self.desk[Role.FIRST_REVIEWER]
            )
            found = re.search(rf'/desk/claims/(\d+)"><span class="nb">{number}<', queue)
            if found:
                return int(found[1])
            time.sleep(0.05)
        raise Stuck("the claim is not among those that wait")

    def _is_decided(self, claim_id: int, who: Pass) -> str | None:
        page = self.portal.get(f"/desk/claims/{claim_id}", who)
        return "/desk/claims/" if page.status == 200 and 'name="verdict"' not in page.text else None

    def _find_file(self, claim_id: int) -> str | None:
        cashier = self.desk[Role.CASHIER]
        for file in re.findall(r'"(/desk/payments/\d+)"', self.portal.get("/desk/payments/", cashier).text):
            if f'"/desk/claims/{claim_id}"' in self.portal.get(file, cashier).text:
                return str(file)
        return None


def _bank_answer(page: str) -> bytes:
    """What the bank says when all of a file is paid, by the file's own page."""
    number = re.search(r"<h1>(JNF\d{8}-\d+)", page)
    assert number is not None, page[:500]
    amounts = re.findall(r'<td class="n">([\d,]+\.\d\d)</td>', page)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["业务编号", "金额", "处理结果", "失败原因"])
    for position, amount in enumerate(amounts, 1):
        writer.writerow([f"{number[1]}-{position:04}", amount.replace(",", ""), "成功", ""])
    return text.getvalue().encode("gb18030")


def _shape(path: str) -> str:
    """A path without its numbers, for messages."""
    return re.sub(r"\d+", "…", path)
