"""How a citation is shown: the quotation in the reader's script, and where it stands."""

from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext

from portal.domain.policy import Citation
from portal.services import policy_texts
from portal.web.i18n import reader_text
from portal.web.place import say
from portal.web.wording.clauses import clause_place
from portal.web.work import house


@dataclass(frozen=True)
class Quoted:
    """A clause quotation, ready for the page."""

    quote: str
    number: str
    place: str
    href: str
    region: str
    validity: str


def quoted(citation: Citation) -> Quoted:
    """A citation in the reader's script, with document number, place in the text, and how long it holds."""
    document = policy_texts.show_document(house(), citation.document)
    return Quoted(
        quote=f"…{reader_text(citation.quote)}…",
        number=reader_text(document.number),
        place=clause_place(citation.clause),
        href=url_for("policies.show_clause", document_id=citation.document, clause_id=citation.clause),
        region=place_governed(citation.document, document.region_name),
        validity=_validity(document.effective, document.expires),
    )


def place_governed(document_id: str, printed: str) -> str:
    """Where a text holds: as the reader calls the region whose own it is, or as the text prints it."""
    for region in house().packs.regions.values():
        if region.documents and region.documents[0] == document_id:
            return say(region.full_name)
    return reader_text(printed)


def _validity(effective: date, expires: date | None) -> str:
    """How long a text holds, as far as it says."""
    if expires is None:
        return gettext("%(year)s年的文件，没有写管到哪天", year=effective.year)
    return gettext(
        "%(year)s年起管，管到%(last)s年%(month)s月%(day)s日",
        year=effective.year,
        last=expires.year,
        month=expires.month,
        day=expires.day,
    )
