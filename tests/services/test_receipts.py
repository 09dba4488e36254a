"""Photographed papers: sealed on the disk, shown again, swept when nothing speaks of them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.crypto.errors import CannotOpen
from portal.domain.claim_kinds import ClaimKind
from portal.domain.receipts import MOST_RECEIPTS, NoSuchReceipt, TooManyReceipts
from portal.services import draft_access, drafts, receipts
from portal.services.work import SYSTEM, House, begin_work
from portal.storage import receipts as stored_receipts
from portal.storage.models.claims import ReceiptRecord
from portal.storage.receipts import Receipt
from tests.builders import NOW, citizen_actor, make_person
from tests.web.photos import make_pdf, make_photo

PAPER = "contribution_receipt"


def add(house: House, person: int, file: bytes) -> Receipt:
    kept = receipts.keep_receipt(house, person, file)
    with begin_work(house, citizen_actor(person), lambda _: NOW) as work:
        draft = draft_access.lock_draft(work, drafts.begin_draft(work, ClaimKind.REIMBURSEMENT))
        return receipts.add_receipt(work, draft, PAPER, kept)


def test_nothing_of_a_paper_stands_on_the_disk_in_the_clear(house: House):
    pdf = make_pdf().read()

    receipt = add(house, make_person(house), pdf)

    with begin_work(house, SYSTEM, lambda _: NOW) as work:
        blob, _ = stored_receipts.get_sealed(work.session, receipt.id)
        sealed = house.blobs.get(blob)
        assert receipts.release_original(work, receipt) == pdf
        assert receipts.open_page(work, receipt, 2, small=False)[:2] == b"\xff\xd8"
    assert b"%PDF" not in sealed
    assert b"\xff\xd8\xff" not in sealed


def test_of_a_photo_only_the_new_picture_is_kept(house: House):
    receipt = add(house, make_person(house), make_photo().read())

    with pytest.raises(NoSuchReceipt), begin_work(house, SYSTEM, lambda _: NOW) as work:
        receipts.release_original(work, receipt)


def test_a_file_put_under_another_row_does_not_open(house: House):
    mine, theirs = (add(house, make_person(house), make_photo(words).read()) for words in ("1", "2"))
    with house.database.writing() as session:
        other = session.get_one(ReceiptRecord, theirs.id)
        session.get_one(ReceiptRecord, mine.id).blob = other.blob

    with pytest.raises(CannotOpen), begin_work(house, SYSTEM, lambda _: NOW) as work:
        receipts.open_page(work, mine, 1, small=True)


def test_a_material_takes_only_so_many_papers(house: House):
    person = make_person(house)
    kept = receipts.keep_receipt(house, person, make_photo().read())

    with begin_work(house, citizen_actor(person), lambda _: NOW) as work:
        draft = draft_access.lock_draft(work, drafts.begin_draft(work, ClaimKind.REIMBURSEMENT))
        for number in range(MOST_RECEIPTS):
            receipts.add_receipt(work, draft, PAPER, replace(kept, digest=bytes([number])))
        with pytest.raises(TooManyReceipts):
            receipts.add_receipt(work, draft, PAPER, kept)


def test_a_paper_that_is_sent_again_is_there_once(house: House):
    first = add(house, person := make_person(house), make_photo().read())
    again = add(house, person, make_photo().read())
    another = add(house, person, make_photo("2").read())

    assert (again.id, another.id != first.id) == (first.id, True)
    with begin_work(house, citizen_actor(person), lambda _: NOW) as work:
        draft = draft_access.lock_draft(work, drafts.begin_draft(work, ClaimKind.REIMBURSEMENT))
        assert [each.id for each in receipts.list_of_draft(work, draft)] == [first.id, another.id]


def test_drafts_whose_time_is_up_go_and_their_files_are_swept_a_round_later(house: House):
    person = make_person(house)
    add(house, person, make_photo().read())
    later = NOW + drafts.LIFETIME + timedelta(seconds=1)

    with begin_work(house, SYSTEM, lambda _: later) as work:
        assert drafts.remove_over(work) == 1
    with begin_work(house, SYSTEM, lambda _: later) as work:
        seen = receipts.sweep_orphans(work, frozenset())
        assert len(house.blobs.list_names()) == 1
        receipts.sweep_orphans(work, seen)

    assert house.blobs.list_names() == []


def test_a_file_that_a_row_speaks_of_is_never_swept(house: House):
    receipt = add(house, make_person(house), make_photo().read())

    with begin_work(house, SYSTEM, lambda _: NOW) as work:
        seen = frozenset(house.blobs.list_names())
        receipts.sweep_orphans(work, seen)
        assert receipts.open_page(work, receipt, 1, small=True)


def test_nobody_opens_a_page_that_a_paper_has_not(house: House):
    receipt = add(house, make_person(house), make_photo().read())

    with begin_work(house, SYSTEM, lambda _: NOW) as work:
        for page in (0, 2):
            with pytest.raises(NoSuchReceipt):
                receipts.open_page(work, receipt, page, small=True)


def test_a_thumbnail_whose_file_is_gone_is_left_out_of_the_others(house: House):
    person = make_person(house)
    gone, there = (add(house, person, make_photo(words).read()) for words in ("1", "2"))
    with house.database.reading() as session:
        house.blobs.remove(session.get_one(ReceiptRecord, gone.id).blob)

    with begin_work(house, SYSTEM, lambda _: NOW) as work:
        assert list(receipts.open_thumbnails(work, [gone, there])) == [there.id]
