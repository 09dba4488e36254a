"""Hostile files through the form for photos: each is refused or made harmless, and the portal serves on."""

import hashlib
from collections import Counter
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from portal.papers.receipts import Page, ReadReceipt
from portal.papers.sniffing import ReceiptKind
from portal.services import receipts
from portal.storage.models.claims import ReceiptRecord
from tests.attacks.county import County
from tests.attacks.errands import WHO_CLAIMS
from tests.attacks.test_every_route import form_token
from tests.attacks.wire import Request, encode_multipart, send
from tests.chaos.scale import Figures, Scale
from tests.papers.corpus import Specimen, specimens
from tests.papers.read_corpus import FOREIGN

pytestmark = pytest.mark.chaos

DRAFT = "/drafts/1"
PHOTOS = f"{DRAFT}/contribution_receipt"
NAMES = ("a.jpg", "../../../etc/passwd", "x" * 4_096 + ".png", "a\x00b.pdf", "\u202egpj.exe", "照片.heic", "")


@dataclass(frozen=True)
class Sent:
    """What became of the files that were sent."""

    statuses: Counter[int]
    harm: list[str]


def send_files(county: County, files: list[Specimen]) -> Sent:
    """Send each as a photo; whatever was taken is looked at as its owner sees it."""
    who = county.people[WHO_CLAIMS]
    token = form_token(county.app, who)
    statuses, harm = Counter[int](), []
    for number, specimen in enumerate(files):
        content, name = specimen.make(), NAMES[number % len(NAMES)]
        body, kind = encode_multipart([("csrf_token", token)], [("photo", name, content)])
        answer = send(
            county.app, Request("POST", f"{PHOTOS}/photos", body=body, content_type=kind), token=who.token
        )
        statuses[answer.status] += 1
        if answer.status not in (302, 413, 422):
            harm.append(f"{specimen.name}: {answer.status}")
        elif answer.status == 302:
            harm += [f"{specimen.name}: {each}" for each in harm_in_newest(county)]
            county.begin_anew()
        if send(county.app, Request("GET", PHOTOS), token=who.token).status != 200:
            harm.append(f"{specimen.name}: the page is gone")
    return Sent(statuses, harm)


def harm_in_newest(county: County) -> list[str]:
    """What is wrong with the picture that is shown of the newest file."""
    who = county.people[WHO_CLAIMS]
    with county.house.database.reading() as session:
        newest = session.scalars(select(ReceiptRecord.id).order_by(ReceiptRecord.id.desc()).limit(1)).one()
    shown = send(county.app, Request("GET", f"{DRAFT}/photos/{newest}/1"), token=who.token)
    found = [f"holds {mark!r}" for mark in FOREIGN if mark in shown.body]
    if shown.header("Content-Type") != "image/jpeg" or shown.header("X-Content-Type-Options") != "nosniff":
        found.append(f"is served as {shown.header('Content-Type')}")
    if not (shown.body.startswith(b"\xff\xd8\xff") and shown.body.endswith(b"\xff\xd9")):
        found.append("has something around it")
    return found


def test_every_hostile_file_is_refused_or_made_harmless(county: County, scale: Scale):
    files = list(specimens())[:: scale.pick(20, 1)]
    each = 40

    def send_some(number: int) -> Figures:
        sent = send_files(county, files[number * each : (number + 1) * each])
        assert sent.harm == []
        return {"files": sum(sent.statuses.values()), "taken": sent.statuses[302]}

    total = scale.run("hostile-uploads", -(-len(files) // each), send_some)

    assert total["files"] >= scale.pick(15, 200)
    assert 0 < total["taken"] < total["files"]


def test_files_that_are_kept_as_they_came_are_found_out(county: County, monkeypatch: pytest.MonkeyPatch):
    def keep_as_it_came(content: bytes) -> ReadReceipt:
        page = Page(picture=content, thumbnail=content, width=1, height=1, likeness=None)
        return ReadReceipt(ReceiptKind.JPEG, (page,), hashlib.sha256(content).digest())

    monkeypatch.setattr(receipts, "read_receipt", keep_as_it_came)
    located = next(each for each in specimens() if each.name.endswith("JPEG that tells where it was taken"))

    assert send_files(county, [located]).harm
