"""The policy texts, each clause at its own address, in the reader's script."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.services import policy_texts
from portal.web.access import Access, open_to
from portal.web.kept_pages import kept
from portal.web.work import house

pages = Blueprint("policies", __name__, url_prefix="/policy")


@pages.get("/")
@open_to(Access.PUBLIC)
@kept
def list_documents() -> ResponseReturnValue:
    """All policy texts."""
    return render_template("citizen/policies/list.html", documents=policy_texts.list_documents(house()))


@pages.get("/<document_id>")
@open_to(Access.PUBLIC)
@kept
def show_document(document_id: str) -> ResponseReturnValue:
    """One policy text, clause by clause."""
    document = policy_texts.show_document(house(), document_id)
    return render_template("citizen/policies/document.html", document=document)


@pages.get("/<document_id>/<clause_id>")
@open_to(Access.PUBLIC)
@kept
def show_clause(document_id: str, clause_id: str) -> ResponseReturnValue:
    """One clause with its neighbours."""
    document, clause = policy_texts.show_clause(house(), document_id, clause_id)
    at = document.clauses.index(clause)
    return render_template(
        "citizen/policies/clause.html",
        document=document,
        clause=clause,
        earlier=document.clauses[at - 1] if at else None,
        later=document.clauses[at + 1] if at + 1 < len(document.clauses) else None,
    )
