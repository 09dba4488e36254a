"""The policy texts in ``kb/documents``, clause by clause, and whether a quotation stands in its clause."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar, Self

from portal.content.problems import BrokenContent, Problem
from portal.content.script import Script
from portal.content.toml import YEARS, read_source
from portal.domain.errors import Refusal
from portal.domain.policy import Citation

_WHITE_SPACE = re.compile(r"\s+")
_CUT = re.compile("…+")
_FIELDS = ("id", "title", "number", "issuer", "issued", "effective", "region", "script")


class UnknownDocument(Refusal):
    """There is no policy text with this id."""

    code: ClassVar[str] = "unknown_document"


class UnknownClause(Refusal):
    """The policy text has no clause with this id."""

    code: ClassVar[str] = "unknown_clause"


@dataclass(frozen=True)
class Clause:
    """One numbered clause; ``text`` keeps its paragraphs, separated by an empty line."""

    id: str
    text: str

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The clause's paragraphs in order."""
        return tuple(self.text.split("\n\n"))


@dataclass(frozen=True)
class Document:
    """A policy text as it was published, in its own script.

    ``expires`` is the printed last day in force; ``None`` means that none is printed.
    """

    id: str
    title: str
    number: str
    issuer: str
    issued: date
    effective: date
    expires: date | None
    region_name: str
    script: Script
    clauses: tuple[Clause, ...]

    def find_clause(self, clause_id: str) -> Clause | None:
        """Give the clause with this id, or ``None``."""
        return next((clause for clause in self.clauses if clause.id == clause_id), None)


class Documents:
    """All policy texts, by id."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = dict(documents)
        self._bare = {
            (document.id, clause.id): bare(clause.text)
            for document in self._documents.values()
            for clause in document.clauses
        }

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read every text in a folder, or raise ``BrokenContent`` with all that is wrong with them."""
        problems: list[Problem] = []
        documents = cls.read(folder, problems)
        if problems:
            raise BrokenContent(problems)
        return documents

    @classmethod
    def read(cls, folder: Path, problems: list[Problem]) -> Self:
        """Read every text in a folder, noting what is wrong and leaving broken texts out."""
        read = [_read_document(path, problems) for path in sorted(folder.glob("*.md"))]
        if not read:
            problems.append(Problem(folder, 1, "there is no policy text here"))
        return cls({document.id: document for document in read if document is not None})

    def __iter__(self) -> Iterator[Document]:
        return iter(self._documents.values())

    def __contains__(self, document_id: str) -> bool:
        return document_id in self._documents

    def get(self, document_id: str) -> Document:
        """Give a text by its id, or refuse with ``UnknownDocument``."""
        if document_id not in self._documents:
            raise UnknownDocument(document=document_id)
        return self._documents[document_id]

    def clause(self, reference: str) -> Clause:
        """Give the clause that ``document#clause`` names, or refuse."""
        document_id, _, clause_id = reference.partition("#")
        found = self.get(document_id).find_clause(clause_id)
        if found is None:
            raise UnknownClause(document=document_id, clause=clause_id)
        return found

    def check(self, citation: Citation) -> str | None:
        """Say what is wrong with a citation, or ``None`` when its quotation stands in its clause."""
        if citation.document not in self._documents:
            return f"there is no document {citation.document!r}"
        clause = self._bare.get((citation.document, citation.clause))
        if clause is None:
            return f"document {citation.document!r} has no clause {citation.clause!r}"
        pieces = [piece for piece in _CUT.split(bare(citation.quote)) if piece]
        if not pieces:
            return f"the citation of {citation} quotes nothing"
        place = 0
        for piece in pieces:
            found = clause.find(piece, place)
            if found < 0:
                return f"the words “{piece}” do not stand in {citation}"
            place = found + len(piece)
        return None


def bare(text: str) -> str:
    """Leave out line breaks and white space, which carry no meaning in the printed texts."""
    return _WHITE_SPACE.sub("", text)


def _read_document(path: Path, problems: list[Problem]) -> Document | None:
    """Read one text; one with a flaw is still given where it can be, so that its citations can be checked."""
    source = read_source(path, problems)
    if source is None:
        return None
    lines = source.splitlines()
    fields, body_from = _read_fields(path, lines, problems)
    clauses = tuple(_read_clauses(path, lines, body_from, problems))

    def complain(name: str, message: str) -> None:
        starts = (number for number, line in enumerate(lines, 1) if line.partition(":")[0].strip() == name)
        problems.append(Problem(path, next(starts, 1), message))

    issued, effective, expires = (
        _read_day(name, fields, complain) for name in ("issued", "effective", "expires")
    )
    document_id = fields.get("id", path.stem)
    if document_id != path.stem:
        complain("id", f"the file is named {path.stem!r} and its id is {document_id!r}")
    script = fields.get("script")
    if script and script not in ("Hans", "Hant"):
        complain("script", "script must be Hans or Hant")
    if expires is not None and effective is not None and expires < effective:
        complain("expires", f"the text expires on {expires}, before it takes effect")
    return Document(
        id=path.stem,
        title=fields.get("title", ""),
        number=fields.get("number", ""),
        issuer=fields.get("issuer", ""),
        issued=issued or date.max,
        effective=effective or date.max,
        expires=expires,
        region_name=fields.get("region", ""),
        script="Hant" if script == "Hant" else "Hans",
        clauses=clauses,
    )


def _read_fields(path: Path, lines: list[str], problems: list[Problem]) -> tuple[dict[str, str], int]:
    """Read the ``key: value`` lines between the two ``---``; give them and where the body starts."""
    if not lines or lines[0] != "---" or "---" not in lines[1:]:
        problems.append(Problem(path, 1, "the file must open with fields between two lines of ---"))
        return {}, 0
    close = lines.index("---", 1)
    fields: dict[str, str] = {}
    for number, line in enumerate(lines[1:close], start=2):
        name, colon, value = line.partition(":")
        if not colon:
            problems.append(Problem(path, number, f"not a field: {line!r}"))
        elif not value.strip():
            problems.append(Problem(path, number, f"{name.strip()} is still empty"))
        fields[name.strip()] = value.strip()
    problems.extend(
        Problem(path, 1, f"the field {name!r} is missing") for name in _FIELDS if name not in fields
    )
    return fields, close + 1


def _read_clauses(path: Path, lines: list[str], body_from: int, problems: list[Problem]) -> Iterator[Clause]:
    clause_id: str | None = None
    seen: set[str] = set()
    text: list[str] = []
    for number, line in enumerate(lines[body_from:], start=body_from + 1):
        if not line.startswith("## "):
            text.append(line)
            continue
        if clause_id is not None:
            yield Clause(clause_id, "\n".join(text).strip())
        clause_id, text = line.removeprefix("## ").strip(), []
        if clause_id in seen:
            problems.append(Problem(path, number, f"the clause {clause_id!r} stands here a second time"))
        seen.add(clause_id)
    if clause_id is None:
        problems.append(Problem(path, body_from + 1, "there is no clause (## id) in the file"))
        return
    yield Clause(clause_id, "\n".join(text).strip())


def _read_day(name: str, fields: Mapping[str, str], complain: Callable[[str, str], None]) -> date | None:
    if not fields.get(name):
        return None
    try:
        day = date.fromisoformat(fields[name])
    except ValueError:
        complain(name, f"{name} must be a day such as 2020-03-01, not {fields[name]!r}")
        return None
    if day.year not in YEARS:
        complain(name, f"{name} must be a day of the years {YEARS[0]} to {YEARS[-1]}, not {day}")
    return day
