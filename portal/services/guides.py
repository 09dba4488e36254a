"""Guides to each kind of claim, from what the pack says of it."""

from dataclasses import dataclass

from portal.content.regions import ClaimOffer, Office, Region
from portal.domain.claim_kinds import ClaimKind
from portal.domain.claims import course_of
from portal.domain.decisions import ConditionRule
from portal.papers.qr import draw_qr
from portal.services.claim_conditions import KindNotOffered
from portal.services.work import House


@dataclass(frozen=True)
class Guide:
    """One kind of claim with its conditions and office, and whether money follows from it."""

    region: Region
    offer: ClaimOffer
    conditions: tuple[ConditionRule, ...]
    office: Office
    pays: bool


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
        pays=course_of(offer.kind).pays,
    )


def draw_start_code(house: House, guide: Guide, title: str) -> str:
    """The QR code on the printed guide, as SVG: the address of this guide, from which one begins."""
    return draw_qr(f"{house.public_url}/at/{guide.region.id}/guides/{guide.offer.kind}", title)
