"""Opens the policy texts, clause by clause, in the reader's script."""

from portal.content import script
from portal.content.documents import Clause, Document
from portal.services.work import House


def in_script(text: str, wanted: script.Script) -> str:
    """A text in Simplified (``Hans``) or Traditional (``Hant``) characters."""
    return script.in_script(text, wanted)


def list_documents(house: House) -> list[Document]:
    """Every policy text, in the order in which they were issued."""
    return sorted(house.packs.documents, key=lambda document: (document.issued, document.id))


def show_document(house: House, document_id: str) -> Document:
    """One policy text; raises ``UnknownDocument``."""
    return house.packs.documents.get(document_id)


def show_clause(house: House, document_id: str, clause_id: str) -> tuple[Document, Clause]:
    """One clause with the text it stands in; raises ``UnknownDocument`` or ``UnknownClause``."""
    return house.packs.documents.get(document_id), house.packs.documents.clause(f"{document_id}#{clause_id}")
