from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.chain import START, Fault, Head, head_payload, link, list_faults

KEY = b"kept outside the database"


def sign(head: Head) -> bytes:
    return sha256(KEY + head_payload("jinning fund", head.sequence, head.last_link)).digest()


def chain_of(payloads, start: Head = START) -> tuple[list[tuple[int, bytes, bytes]], Head]:
    rows, last = [], start
    for payload in payloads:
        last = Head(last.sequence + 1, link(last.last_link, payload))
        rows.append((last.sequence, payload, last.last_link))
    return rows, last


ROWS, HEAD = chain_of([f"entry {number}".encode() for number in range(1, 11)])
SIGNED = sign(HEAD)


def faults(rows, head: Head | None = HEAD, mac: bytes = SIGNED, **more):
    return list(list_faults(rows, head, lambda read: sign(read) == mac, **more))


@given(st.lists(st.binary(max_size=20), max_size=10))
def test_a_chain_as_it_was_written_is_sound(payloads):
    rows, head = chain_of(payloads)

    assert faults(rows, head, sign(head), noted=[head]) == []


@pytest.mark.parametrize("place", range(10))
def test_a_changed_row_is_named_and_no_other(place):
    sequence, payload, stored = ROWS[place]

    changed_payload = [*ROWS[:place], (sequence, payload + b"!", stored), *ROWS[place + 1 :]]
    changed_link = [*ROWS[:place], (sequence, payload, bytes(32)), *ROWS[place + 1 :]]

    assert faults(changed_payload) == [(sequence, Fault.CHANGED)]
    assert faults(changed_link) == [(sequence, Fault.CHANGED)]


def test_every_changed_row_is_named():
    changed = [
        (sequence, payload + b"!" if sequence in (3, 4, 9) else payload, stored)
        for sequence, payload, stored in ROWS
    ]

    assert faults(changed) == [(sequence, Fault.CHANGED) for sequence in (3, 4, 9)]


@pytest.mark.parametrize("place", range(9))
def test_a_row_taken_out_is_named(place):
    assert faults([*ROWS[:place], *ROWS[place + 1 :]]) == [(place + 1, Fault.MISSING)]


def test_two_rows_that_changed_places_are_named():
    exchanged = [*ROWS[:4], (5, ROWS[5][1], ROWS[5][2]), (6, ROWS[4][1], ROWS[4][2]), *ROWS[6:]]

    assert {sequence for sequence, _ in faults(exchanged)} >= {5, 6}


@pytest.mark.parametrize("kept", [0, 1, 9])
def test_a_cut_tail_is_named_by_its_first_missing_row(kept):
    assert faults(ROWS[:kept]) == [(kept + 1, Fault.TAIL)]


def test_a_cut_tail_with_a_forged_head_shows():
    forged = Head(5, ROWS[4][2])

    assert faults(ROWS[:5], forged) == [(5, Fault.HEAD)]


def test_an_old_head_put_back_with_its_old_rows_is_betrayed_by_the_log():
    old = Head(5, ROWS[4][2])

    assert faults(ROWS[:5], old, sign(old)) == []
    assert faults(ROWS[:5], old, sign(old), noted=[HEAD]) == [(6, Fault.TAIL)]


def test_a_chain_made_anew_has_no_sound_head():
    rows, head = chain_of([b"another past"] * 10)

    assert faults(rows, head) == [(10, Fault.HEAD)]
    assert faults(rows) == [(10, Fault.TAIL)]


def test_a_chain_made_anew_even_with_the_key_differs_from_the_logged_head():
    rows, head = chain_of([b"another past"] * 12)

    assert faults(rows, head, sign(head), noted=[HEAD]) == [(10, Fault.HEAD)]


@pytest.mark.parametrize("foreign", [Head(4, bytes(32)), Head(10, bytes(32))])
def test_every_noted_head_is_looked_at_in_whatever_order_they_come(foreign: Head):
    true = [Head(4, ROWS[3][2]), HEAD]

    assert faults(ROWS, noted=true) == []
    for noted in ([foreign, *true], [*true, foreign]):
        assert faults(ROWS, noted=noted) == [(foreign.sequence, Fault.HEAD)]


def test_rows_added_behind_the_head_are_named():
    rows, _ = chain_of([b"added"], HEAD)

    assert faults([*ROWS, *rows]) == [(11, Fault.TAIL)]


def test_a_head_that_is_gone_is_missed():
    assert faults(ROWS, None) == [(10, Fault.HEAD)]
    assert faults([], None) == [(0, Fault.HEAD)]
    assert faults([], None, noted=[HEAD]) == [(0, Fault.HEAD)]


def test_a_chain_goes_on_where_its_archived_part_ended():
    archived = Head(4, ROWS[3][2])

    assert faults(ROWS[4:], start=archived) == []
    assert faults(ROWS[5:], start=archived) == [(5, Fault.MISSING)]
    assert faults(ROWS[4:], start=Head(4, bytes(32))) == [(5, Fault.CHANGED)]
