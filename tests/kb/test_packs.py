import ast
import re
from datetime import date
from pathlib import Path

import pytest

from portal.content.packs import UnknownRegion, load_packs
from portal.content.regions import Region
from portal.content.script import to_simplified
from portal.domain.claim_kinds import VOICES, ClaimKind, Reason
from portal.domain.decisions import NoRowApplies

ROOT = Path(__file__).parents[2]
PACKS = load_packs(ROOT / "kb")
# The figures that wording knows how to explain.
FIGURES = {"", "top_up", "money_left", "levy_share", "ledger_payment", "transfer_out"}

ANSWERS_TO_A_VOICE = {Reason.RECORD_IS_RIGHT, Reason.NOTICE_IS_RIGHT, Reason.NOTHING_FOUND}


def each_region(function):
    return pytest.mark.parametrize("region", list(PACKS), ids=lambda region: region.id)(function)


def numbered(prefix, last):
    return {f"A-{prefix}-{number}" for number in range(1, last + 1)}


@pytest.mark.parametrize(
    ("region", "readings"),
    [
        ("jinning", numbered("JN", 20)),
        ("hedong", numbered("HD", 10) | numbered("LY", 7)),
        ("linyi", numbered("LY", 7)),
        ("taizhou", numbered("TZ", 10)),
        ("guangdong", numbered("GD", 19)),
    ],
)
def test_every_point_on_which_a_text_is_silent_or_unclear_has_its_reading_on_record(region, readings):
    assert readings <= PACKS.get(region).readings.keys()


@pytest.mark.parametrize(
    ("region", "kinds"),
    [
        ("jinning", "reimbursement scheme_withdrawal route_choice identity_confirmation"),
        ("hedong", "change transfer cancellation"),
        ("linyi", "change transfer cancellation"),
        ("taizhou", "member_choice waiver good_reason"),
        ("guangdong", "special_ledger_option ledger_reimbursement one_off_payment other_bank_account"),
    ],
)
def test_every_region_takes_its_claims_and_hears_objections_and_tip_offs(region, kinds):
    offered = PACKS.get(region).claims.keys()

    assert {ClaimKind(kind) for kind in kinds.split()} <= offered
    assert {ClaimKind.OBJECTION, ClaimKind.TIP_OFF} <= offered


PERSONAS = {
    "jinning": """
        A_drawing A_not_drawing A_dup_employee_drawing A_no_choice B_existing B_resident_drawing C_new X_other
    """,
    "hedong": """
        HD_plan_member HD_legacy_waiting HD_notice_party HD_minor_or_student HD_employee_paying
        HD_employee_drawing LY_contributor LY_recipient LY_mover LY_heir
    """,
    "taizhou": """
        TZ_household_rep TZ_candidate TZ_waived TZ_waiting TZ_insured_already TZ_keyproject TZ_outside
    """,
    "guangdong": "GD_resident GD_employee_no_option GD_employee_ledger GD_one_off GD_heir GD_unit",
}


@pytest.mark.parametrize("region", PERSONAS)
def test_every_kind_of_person_is_known(region):
    assert set(PERSONAS[region].split()) <= PACKS.get(region).personas.keys()


def test_people_of_hedong_live_under_linyis_text_too():
    hedong = PACKS.get("hedong")

    assert hedong.documents == ("hedong-2019", "linyi-2012")
    assert hedong.rulebook.count("monthly.credit_by", date(2026, 11, 1)).value == 20
    assert hedong.rulebook.count("notice.days", date(2026, 11, 1)).value == 5
    assert hedong.office("insurance_agency").name.zh == "河东区社会保险经办中心"
    assert hedong.office("village_assistant").name.zh == "村居（社区）协理员"
    assert not PACKS.get("linyi").rulebook.has("notice.days")


def test_there_is_always_somebody_to_call():
    jinning = PACKS.get("jinning")

    assert jinning.office("town_street", "上蒜镇").name.zh == "上蒜镇便民服务中心"
    assert jinning.office("town_street", "没有的镇").kind == "town_street"
    assert jinning.office("nobody") == jinning.office("resident_pension_bureau")


def test_an_unknown_region_is_refused():
    with pytest.raises(UnknownRegion):
        PACKS.get("shanxi")


@each_region
def test_no_paper_is_asked_for_without_a_basis(region: Region):
    for claim in region.claims.values():
        assert claim.because or claim.law
        for material in claim.materials:
            assert material.because or material.law, material.id


@each_region
def test_every_claim_can_be_refused_for_what_fits_it(region: Region):
    fitting = {kind: {reason.code for reason in region.list_reasons(kind)} for kind in region.claims}

    for kind, codes in fitting.items():
        assert (kind in VOICES) == bool(codes & ANSWERS_TO_A_VOICE), kind
    assert set().union(*fitting.values()) == region.refusals.keys()


@each_region
def test_what_is_made_up_says_so_and_rings_nobody(region: Region):
    for office in region.offices:
        assert office.demo
        assert re.fullmatch(r"\d{3,4}-0000 \d{4}", office.phone)


@each_region
def test_the_masthead_has_room_for_the_name(region: Region):
    assert len(region.name.zh) <= 7
    assert region.masthead is None or len(region.masthead.zh) <= 9


@each_region
def test_words_are_in_simplified_characters_and_figures_are_known(region: Region):
    for result in region.results.values():
        assert result.figure in FIGURES
        for text in (result.headline, result.what, result.silent):
            assert text is None or to_simplified(text.zh) == text.zh
            assert text is None or not re.search("[\u4e00-\u9fff]", text.en)


@each_region
def test_questions_lead_to_a_result_from_every_door(region: Region):
    table = region.rulebook.tables["entitlement"]

    def walk(facts):
        fact = table.next_question(facts)
        if fact is None:
            yield facts
            return
        for choice in region.questions[fact].choices:
            yield from walk(facts | {fact: choice.value})

    ends = list(walk({}))

    reached = {table.decide(facts).id for facts in ends}
    assert reached == {row.id for row in table.rows}
    assert max(map(len, ends)) <= 8


@each_region
def test_the_two_routes_say_the_same_topics(region: Region):
    for topic in region.route_topics:
        for route in region.routes:
            point = route.point(topic)
            assert point is not None
            assert point.because


def test_guangdongs_text_decides_nothing_after_its_last_day():
    book = PACKS.get("guangdong").rulebook

    assert book.text("ledger.payment", date(2030, 12, 31)).value
    for name in ("share.method", "ledger.payment", "refund.method", "idle.years"):
        assert book.rules[name].values[-1].ends == date(2030, 12, 31)


def test_the_rules_live_in_data_and_no_code_asks_which_region_it_is():
    regions = {region.id for region in PACKS}

    named = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for floor in ("domain", "storage", "content", "services", "web", "papers", "spreadsheets", "messages")
        for path in (ROOT / "portal" / floor).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in regions
    ]

    assert named == []


def test_an_unforeseen_case_is_not_decided():
    with pytest.raises(NoRowApplies):
        PACKS.get("jinning").rulebook.tables["entitlement"].decide(
            {"category": "somebody_else", "subsidy_years": "left"}
        )
