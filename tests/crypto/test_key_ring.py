import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.crypto.errors import CannotOpen, KeyRingUnsound, UnknownKey
from portal.crypto.key_ring import KeyRing, Purpose
from portal.crypto.suites import Suite

RINGS = {suite: KeyRing.generate(suite) for suite in Suite}
PLACE = "citizens.number 4711"


def changed_key(ring: KeyRing, purpose: Purpose, suite: Suite) -> KeyRing:
    return ring.with_next_key(purpose, suite).with_next_key_in_use(purpose)


@pytest.fixture(params=Suite, ids=lambda suite: suite.name)
def suite(request):
    return request.param


@pytest.fixture
def ring(suite):
    return RINGS[suite]


# Single fields


@given(st.sampled_from(Suite), st.text(max_size=200), st.text(max_size=50))
def test_what_was_sealed_opens_in_its_place(suite, text, context):
    ring = RINGS[suite]

    assert ring.open_sealed(ring.seal(text, context), context) == text


def test_the_same_text_never_seals_to_the_same_bytes(ring):
    assert len({ring.seal("13900000078", PLACE) for _ in range(100)}) == 100


def test_a_value_copied_to_another_row_does_not_open(ring):
    sealed = ring.seal("13900000078", PLACE)

    with pytest.raises(CannotOpen):
        ring.open_sealed(sealed, "citizens.number 4712")


def test_a_sealed_value_with_any_bit_changed_does_not_open(ring):
    sealed = ring.seal("139", PLACE)

    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises((CannotOpen, UnknownKey)):
            ring.open_sealed(bytes(changed), PLACE)


def test_a_sealed_value_cut_anywhere_does_not_open(ring):
    sealed = ring.seal("139", PLACE)

    for length in range(len(sealed)):
        with pytest.raises((CannotOpen, UnknownKey)):
            ring.open_sealed(sealed[:length], PLACE)


def test_another_installation_s_ring_opens_nothing(ring, suite):
    with pytest.raises(CannotOpen):
        KeyRing.generate(suite).open_sealed(ring.seal("139", PLACE), PLACE)


# Blind indexes and tokens


def test_equal_values_of_a_column_are_filed_alike_and_others_apart(ring):
    filed = ring.blind_index("citizens.phone", "13900000078")

    assert filed == ring.blind_index("citizens.phone", "13900000078")
    assert filed != ring.blind_index("citizens.phone", "13900000079")
    assert filed != ring.blind_index("payees.phone", "13900000078")
    assert len(filed) == 18


def test_column_and_value_cannot_be_shifted_into_each_other(ring):
    assert ring.blind_index("ab", "c") != ring.blind_index("a", "bc")


def test_an_index_says_nothing_without_the_key(suite):
    one, other = KeyRing.generate(suite), KeyRing.generate(suite)

    assert one.blind_index("phone", "139") != other.blind_index("phone", "139")


def test_a_short_code_is_hashed_for_its_own_row_only(ring):
    assert ring.token_hash("sms-code 1", "123456") == ring.token_hash("sms-code 1", "123456")
    assert ring.token_hash("sms-code 1", "123456") != ring.token_hash("sms-code 2", "123456")
    assert ring.token_hash("phone", "139")[2:18] != ring.blind_index("phone", "139")[2:]


# Rotation


@pytest.mark.parametrize("next_suite", Suite, ids=lambda suite: suite.name)
def test_after_a_rotation_the_old_still_opens_and_the_new_one_seals(ring, next_suite):
    old = ring.seal("139", PLACE)

    rotated = changed_key(ring, Purpose.FIELD, next_suite)
    new = rotated.seal("139", PLACE)

    assert rotated.open_sealed(old, PLACE) == rotated.open_sealed(new, PLACE) == "139"
    assert not old.startswith(rotated.prefix_in_use(Purpose.FIELD))
    assert new.startswith(rotated.prefix_in_use(Purpose.FIELD))
    with pytest.raises(UnknownKey) as unknown:
        ring.open_sealed(new, PLACE)
    assert (unknown.value.purpose, unknown.value.version) == (Purpose.FIELD, 2)


def test_once_the_old_key_is_gone_only_the_newest_values_open(ring):
    old = ring.seal("139", PLACE)
    rotated = changed_key(ring, Purpose.FIELD, Suite.SM)
    new = rotated.seal("139", PLACE)

    final = rotated.without_old_keys(Purpose.FIELD)

    assert final.open_sealed(new, PLACE) == "139"
    with pytest.raises(UnknownKey):
        final.open_sealed(old, PLACE)


def test_a_version_number_is_never_given_twice(ring):
    rotated = changed_key(ring, Purpose.FIELD, Suite.AES).without_old_keys(Purpose.FIELD)

    assert changed_key(rotated, Purpose.FIELD, Suite.AES).prefix_in_use(Purpose.FIELD) == b"\0\3"


@pytest.mark.parametrize("next_suite", Suite, ids=lambda suite: suite.name)
def test_at_every_step_each_host_reads_what_the_others_write(ring, next_suite):
    announced = ring.with_next_key(Purpose.FIELD, next_suite)
    changed = announced.with_next_key_in_use(Purpose.FIELD)

    for before, after in ((ring, announced), (announced, changed), (changed, changed)):
        assert before.open_sealed(after.seal("139", PLACE), PLACE) == "139"
        assert after.open_sealed(before.seal("139", PLACE), PLACE) == "139"
    assert announced.prefix_in_use(Purpose.FIELD) == ring.prefix_in_use(Purpose.FIELD)


@pytest.mark.parametrize("next_suite", Suite, ids=lambda suite: suite.name)
def test_at_every_step_each_host_finds_what_the_others_file(ring, next_suite):
    announced = ring.with_next_key(Purpose.INDEX, next_suite)
    changed = announced.with_next_key_in_use(Purpose.INDEX)

    for one, other in ((ring, announced), (announced, changed)):
        assert one.blind_index("phone", "139") in other.blind_indexes("phone", "139")
        assert other.blind_index("phone", "139") in one.blind_indexes("phone", "139")


def test_one_change_of_key_is_finished_before_the_next_begins(ring):
    announced = ring.with_next_key(Purpose.FIELD, Suite.AES)

    with pytest.raises(KeyRingUnsound, match="field/2"):
        announced.with_next_key(Purpose.FIELD, Suite.AES)


def test_putting_a_key_in_use_touches_no_other_purpose(ring):
    announced = ring.with_next_key(Purpose.FIELD, Suite.AES).with_next_key(Purpose.INDEX, Suite.AES)

    changed = announced.with_next_key_in_use(Purpose.FIELD)

    assert changed.prefix_in_use(Purpose.FIELD) != ring.prefix_in_use(Purpose.FIELD)
    assert changed.prefix_in_use(Purpose.INDEX) == ring.prefix_in_use(Purpose.INDEX)


@pytest.mark.parametrize("next_suite", Suite, ids=lambda suite: suite.name)
def test_a_look_up_finds_rows_filed_before_and_after_a_rotation(ring, next_suite):
    before = ring.blind_index("phone", "139")

    rotated = changed_key(ring, Purpose.INDEX, next_suite)

    assert rotated.blind_indexes("phone", "139") == (rotated.blind_index("phone", "139"), before)


def test_changing_the_key_of_one_use_touches_no_other(ring):
    rotated = changed_key(ring, Purpose.FIELD, Suite.SM)

    assert rotated.blind_index("phone", "139") == ring.blind_index("phone", "139")
    assert rotated.web_secrets() == ring.web_secrets()


def test_the_web_framework_gets_the_secret_in_use_first(ring):
    rotated = changed_key(ring, Purpose.WEB, Suite.AES)

    newest, oldest = rotated.web_secrets()

    assert (oldest,) == ring.web_secrets()
    assert newest != oldest


# Heads of hash chains


def test_a_head_is_recognised_and_a_changed_one_is_not(ring):
    mac = ring.mac(b"head")

    assert ring.is_mac_of(mac, b"head")
    assert not ring.is_mac_of(mac, b"heaD")
    assert not any(ring.is_mac_of(mac[:length], b"head") for length in range(len(mac)))
    assert not ring.is_mac_of(b"\xff" + mac[1:], b"head")
    assert not ring.is_mac_of(mac[:-1] + bytes([mac[-1] ^ 1]), b"head")


def test_a_head_signed_before_a_rotation_is_still_recognised(ring):
    mac = ring.mac(b"head")

    rotated = changed_key(ring, Purpose.CHAIN, Suite.SM)

    assert rotated.is_mac_of(mac, b"head")
    assert rotated.mac(b"head") != mac
    assert not rotated.without_old_keys(Purpose.CHAIN).is_mac_of(mac, b"head")


# Receipts


def test_a_receipt_opens_with_its_own_wrapped_key_only(ring):
    wrapped, key = ring.new_data_key("receipt 1")
    other_wrapped, _ = ring.new_data_key("receipt 2")
    photo = bytes(range(256)) * 100

    sealed = key.seal(photo)

    assert ring.open_data_key(wrapped, "receipt 1").open_sealed(sealed) == photo
    assert photo[:16] not in sealed
    with pytest.raises(CannotOpen):
        ring.open_data_key(other_wrapped, "receipt 2").open_sealed(sealed)
    with pytest.raises(CannotOpen):
        ring.open_data_key(wrapped, "receipt 2")


@pytest.mark.parametrize("next_suite", Suite, ids=lambda suite: suite.name)
def test_a_receipt_s_key_is_wrapped_again_without_touching_the_receipt(ring, next_suite):
    wrapped, key = ring.new_data_key("receipt 1")
    sealed = key.seal(b"photo")

    rotated = changed_key(ring, Purpose.RECEIPT, next_suite)
    again = rotated.wrap_again(wrapped, "receipt 1")

    final = rotated.without_old_keys(Purpose.RECEIPT)
    assert final.open_data_key(again, "receipt 1").open_sealed(sealed) == b"photo"


# The key file


def test_a_ring_survives_the_key_file(ring):
    rotated = changed_key(ring, Purpose.FIELD, Suite.SM).with_next_key(Purpose.INDEX, Suite.AES)

    read = KeyRing.from_json(rotated.to_json())

    assert read.to_json() == rotated.to_json()
    assert read.open_sealed(ring.seal("139", PLACE), PLACE) == "139"


def test_no_two_rings_and_no_two_uses_share_a_secret(suite):
    files = [json.loads(KeyRing.generate(suite).to_json()) for _ in range(3)]

    secrets = [key["secret"] for file in files for key in file["keys"]]

    assert len(set(secrets)) == len(secrets) == 3 * len(Purpose)


def test_printing_a_ring_shows_no_secret(ring):
    for key in json.loads(ring.to_json())["keys"]:
        assert key["secret"] not in f"{ring} {ring!r} {ring._stored!r}"


def changed(ring: KeyRing, **changes: object) -> str:
    file = json.loads(ring.to_json())
    file["keys"][0] |= changes
    return json.dumps(file)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"secret": "AAAA"}, "has 32 bytes"),
        ({"secret": "A" * 43 + "="}, "not random"),
        ({"secret": "not base64!"}, "cannot be read"),
        ({"suite": "rot13"}, "cannot be read"),
        ({"purpose": "everything"}, "cannot be read"),
        ({"version": 0}, "versions go from 1"),
        ({"version": 65536}, "versions go from 1"),
        ({"version": "one"}, "cannot be read"),
        ({"purpose": "web"}, "web/1: stands 2 times"),
        ({"is_next": True}, "no key for chain"),
    ],
)
def test_a_faulty_key_stops_the_start_with_a_reason_that_holds_no_secret(ring, change, problem):
    with pytest.raises(KeyRingUnsound, match=problem) as unsound:
        KeyRing.from_json(changed(ring, **change))

    for key in json.loads(ring.to_json())["keys"]:
        assert key["secret"] not in str(unsound.value)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 2, "keys": []}', "key=secret", '{"format": 1, "keys": 5}']
)
def test_what_is_no_key_file_is_refused(text):
    with pytest.raises(KeyRingUnsound, match="key file"):
        KeyRing.from_json(text)


def test_a_file_without_keys_names_every_missing_one():
    with pytest.raises(KeyRingUnsound) as unsound:
        KeyRing.from_json('{"format": 1, "keys": []}')

    assert unsound.value.problems == tuple(f"no key for {purpose}" for purpose in Purpose)


def test_a_secret_used_twice_is_refused(ring):
    file = json.loads(ring.to_json())
    file["keys"][0]["secret"] = file["keys"][1]["secret"]

    with pytest.raises(KeyRingUnsound, match="used twice"):
        KeyRing.from_json(json.dumps(file))
