"""Sentences of the desk about heirs and beneficiaries."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

from portal.domain.claimants import ProofSeen, Relation

Sentence = Callable[[Mapping[str, Any]], str]

REFUSALS: dict[str, Sentence] = {
    "person_is_alive": lambda _: gettext("这个人登记为在世，由本人申请。"),
}

ACTS: dict[str, Sentence] = {
    "claimant_proposed": lambda facts: gettext(
        "登记申领人：%(relation)s，看过%(proof)s",
        relation=relation_name(Relation(facts["relation"])),
        proof=proof_name(ProofSeen(facts["proof"])),
    ),
    "claimant_decided": lambda facts: (
        gettext("核对申领人：同意") if facts["accepted"] else gettext("核对申领人：不同意")
    ),
    "claim_code_issued": lambda _: gettext("看过申领人身份证，发办理纸条"),
}


def relation_name(relation: Relation) -> str:
    """By what right somebody claims for a person who died."""
    return {
        Relation.HEIR: gettext("法定继承人"),
        Relation.BENEFICIARY: gettext("指定受益人"),
    }[relation]


def proof_name(proof: ProofSeen) -> str:
    """Which paper the desk has seen."""
    return {
        ProofSeen.KINSHIP: gettext("亲属关系证明"),
        ProofSeen.HOUSEHOLD_REGISTER: gettext("户口本"),
        ProofSeen.NOTARISED: gettext("继承公证书"),
        ProofSeen.COURT: gettext("法院的判决书、调解书"),
        ProofSeen.DESIGNATION: gettext("指定受益人的书面材料"),
    }[proof]
