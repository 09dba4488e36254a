import pickle
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.citizen_id import (
    CitizenId,
    CitizenIdBirthDateWrong,
    CitizenIdCharacterWrong,
    CitizenIdCheckDigitWrong,
    CitizenIdLengthWrong,
    CitizenIdUnsound,
    check_digit,
    demo_area,
    demo_citizen_number,
)

AREA = demo_area(0)
BORN = date(1961, 2, 28)
PERSON = demo_citizen_number(AREA, BORN, 17)


def number_with(body: str) -> str:
    return body + check_digit(body)


people = st.builds(
    demo_citizen_number,
    st.integers(0, 98).map(demo_area),
    st.dates(date(1900, 1, 1), date(2026, 11, 21)),
    st.integers(0, 999),
)


@given(people)
def test_a_sound_number_is_read_back_as_it_was_made(person):
    assert CitizenId.parse(person.digits) == person


def test_the_number_tells_birth_date_and_area():
    assert (PERSON.birth_date, PERSON.birth_year) == (BORN, 1961)
    assert PERSON.area == AREA


def test_every_number_satisfies_the_congruence_of_the_standard():
    # GB 11643-1999 by ISO 7064 MOD 11-2: the signs, weighted by powers of two, leave 1 when divided by 11.
    for person in (demo_citizen_number(AREA, BORN, sequence) for sequence in range(50)):
        values = [10 if sign == "X" else int(sign) for sign in person.digits]
        assert sum(value * 2 ** (17 - place) for place, value in enumerate(values)) % 11 == 1


@given(people, st.sampled_from([" ", "-", "\u2014", "\u200b", "\u3000", "\t"]), st.integers(1, 17))
def test_separators_and_full_width_signs_do_not_matter(person, separator, place):
    typed = (person.digits[:place] + separator + person.digits[place:]).lower()
    wide = "".join(chr(ord(sign) + 0xFEE0) if sign.isalnum() else sign for sign in typed)

    assert CitizenId.parse(typed) == CitizenId.parse(wide) == CitizenId.parse(f" {typed}\n") == person


@pytest.mark.parametrize("length", [0, 15, 17, 19, 5000])
def test_another_length_is_refused_with_the_length(length):
    with pytest.raises(CitizenIdLengthWrong) as refused:
        CitizenId.parse("1" * length)

    assert refused.value.facts == {"length": length}


@pytest.mark.parametrize(("place", "sign"), [(1, "O"), (9, "l"), (17, "X"), (18, "Y"), (5, "二"), (5, "٣")])
def test_a_sign_that_is_no_digit_is_refused_with_its_place(place, sign):
    digits = PERSON.digits

    with pytest.raises(CitizenIdCharacterWrong) as refused:
        CitizenId.parse(digits[: place - 1] + sign + digits[place:])

    assert refused.value.facts == {"position": place}


@pytest.mark.parametrize("birth", ["20250229", "19001301", "19000100", "18991231", "00000101"])
def test_a_birth_date_that_never_was_is_refused(birth):
    with pytest.raises(CitizenIdBirthDateWrong):
        CitizenId.parse(number_with(f"{AREA}{birth}001"))


@given(people, st.integers(0, 17), st.integers(1, 9))
def test_one_mistyped_digit_never_passes(person, place, shift):
    wrong = str((int(person.digits[place].replace("X", "0")) + shift) % 10)
    typed = person.digits[:place] + wrong + person.digits[place + 1 :]

    if typed != person.digits:
        with pytest.raises(CitizenIdUnsound):
            CitizenId.parse(typed)


@given(people, st.integers(0, 15))
def test_two_neighbours_exchanged_never_pass(person, place):
    left, right = person.digits[place], person.digits[place + 1]

    if left != right:
        with pytest.raises(CitizenIdUnsound):
            CitizenId.parse(person.digits[:place] + right + left + person.digits[place + 2 :])


def test_a_wrong_check_digit_has_its_own_refusal():
    wrong = "0" if PERSON.digits[17] != "0" else "1"

    with pytest.raises(CitizenIdCheckDigitWrong):
        CitizenId.parse(PERSON.digits[:17] + wrong)


def test_an_unsound_number_cannot_be_built_by_any_road():
    with pytest.raises(CitizenIdUnsound):
        CitizenId(PERSON.digits.lower() + " ")


def test_printing_shows_only_the_mask():
    for shown in (repr(PERSON), str(PERSON), f"{PERSON}", f"{[PERSON]}"):
        assert PERSON.digits[4:] not in shown
        assert PERSON.masked in shown


@given(st.from_regex(r"[0-9]{6,17}|9901[0-9]{13}[0-9Xx]", fullmatch=True))
def test_a_refusal_never_repeats_what_was_typed(typed):
    with pytest.raises(CitizenIdUnsound) as refused:
        CitizenId.parse(typed + "?")

    assert typed not in f"{refused.value} {refused.value.facts}"


def test_the_mask_leaves_a_hundred_thousand_numbers_open_when_year_sex_and_village_are_known():
    days = [date(1961, 1, 1) + timedelta(days=number) for number in range(365)]
    men_of_the_village = (
        demo_citizen_number(AREA, day, sequence) for day in days for sequence in range(1, 1000, 2)
    )

    still_open = sum(person.masked == PERSON.masked for person in men_of_the_village)

    assert still_open >= 100_000


def test_made_up_numbers_are_told_from_real_ones():
    assert PERSON.is_demo
    assert len({demo_area(position) for position in range(99)}) == 99
    assert not CitizenId.parse(number_with("98010119000101000")).is_demo


@pytest.mark.parametrize(("area", "sequence"), [("530115", 1), ("9901", 1), (AREA, 1000), (AREA, -1)])
def test_made_up_numbers_are_never_made_in_a_real_county(area, sequence):
    with pytest.raises(ValueError, match=r"belong|digits"):
        demo_citizen_number(area, BORN, sequence)


def test_there_is_no_demo_area_beyond_the_last():
    with pytest.raises(ValueError, match="99"):
        demo_area(99)


def test_a_number_can_be_copied_between_processes():
    assert pickle.loads(pickle.dumps(PERSON)) == PERSON
