"""Guides to each kind of claim, from what the pack says of it."""

from dataclasses import dataclass

from portal.content.regions import ClaimOffer, Office, Region
from portal.domain.claim_kinds import ClaimKind
from portal.domain.decisions import ConditionRule
from portal.papers.qr import draw_qr
from portal.services.claim_conditions import KindNotOffered
from portal.services.work import House


@dataclass(frozen=True)
class Guide:
    """One kind of claim with its conditions, office, and a QR code that leads to where it begins."""

    region: Region
    offer: ClaimOffer
    conditions: tuple[ConditionRule, ...]
    office: Office
    qr_svg: str


def get_guide(house: House, region_id: str, kind: str) -> Guide:
    """The guide to a kind of claim; raises ``KindNotOffered``."""
    region = house.packs.get(region_id)
    try:
        offer = region.claims[ClaimKind(kind)]
    except (ValueError, KeyError):
        raise KindNotOffered(kind=kind) from None
    return Guide(
        region=region,
        offer=offer,
        conditions=region.rulebook.conditions.get(kind, ()),
        office=region.office(offer.office),
        qr_svg=draw_qr(f"{house.public_url}/at/{region_id}/guides/{kind}", kind),
    )
