"""What all tables of a policy pack share: citations, bases, codes, and names that must be known elsewhere."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from portal.content.documents import Documents
from portal.content.regions import Region
from portal.content.toml import Table
from portal.domain.policy import Citation

Item = TypeVar("Item")
Key = TypeVar("Key")
Code = TypeVar("Code", bound=StrEnum)

_NAMES: Mapping[str, Callable[[Region], Collection[str]]] = {
    "readings": lambda region: region.readings,
    "offices": lambda region: {office.kind for office in region.offices},
    "towns": lambda region: {town.name.zh for town in region.towns},
    "claims": lambda region: region.claims,
    "results": lambda region: region.results,
    "refusals": lambda region: region.refusals,
    "rules": lambda region: region.rulebook.rules,
}


@dataclass(frozen=True)
class _Mention:
    """A name that a table uses and the finished region must have."""

    table: Table
    field: str
    of: str
    name: str


class PackTables:
    """Reads the parts that tables of both files have in common, and remembers what they mention."""

    def __init__(self, documents: Documents, own_documents: Collection[str]) -> None:
        self._documents = documents
        self._own_documents = own_documents
        self._mentions: list[_Mention] = []

    def mention(self, table: Table, field: str, of: str, name: str) -> None:
        """Remember that a field uses a name of the region's readings, offices, claims, …."""
        self._mentions.append(_Mention(table, field, of, str(name)))

    def check_mentions(self, region: Region, *, except_for: Collection[str] = ()) -> None:
        """Note every name that the finished region does not have, ``except_for`` those of unread files."""
        for mention in self._mentions:
            if mention.of not in except_for and mention.name not in _NAMES[mention.of](region):
                mention.table.complain(f"no [[{mention.of}]] is called {mention.name!r}", mention.field)

    def each(self, table: Table, name: str, read: Callable[[Table], Item]) -> Iterator[Item]:
        """Read the ``[[name]]`` tables one after the other."""
        for row in table.tables(name):
            yield read(row)
            row.close()

    def by_key(
        self, table: Table, name: str, read: Callable[[Table], Item], key: Callable[[Item], Key]
    ) -> dict[Key, Item]:
        """Read the ``[[name]]`` tables into a mapping, noting a key that comes a second time."""
        found: dict[Key, Item] = {}
        for row in table.tables(name):
            item = read(row)
            row.close()
            if key(item) in found:
                row.complain(f"{key(item)} stands here a second time")
            found[key(item)] = item
        return found

    def citation(self, table: Table) -> Citation:
        """Read document, clause and quote, and look the words up."""
        citation = Citation(table.text("document"), table.text("clause"), table.text("quote"))
        if citation.document and citation.clause and citation.quote:
            problem = self._documents.check(citation)
            if problem is not None:
                table.complain(problem, "quote")
            elif citation.document not in self._own_documents:
                table.complain(f"{citation.document!r} is not among the region's documents", "document")
        return citation

    def because(self, table: Table) -> tuple[Citation, ...]:
        """Read the citation in the table itself and those in its ``[[….because]]`` tables."""
        own = (self.citation(table),) if "document" in table or "quote" in table else ()
        return (*own, *self.each(table, "because", self.citation))

    def basis(self, table: Table) -> tuple[tuple[Citation, ...], str]:
        """Read what something rests on: clauses, or a law from outside the texts."""
        because, law = self.because(table), table.text_if_any("law")
        if not because and not law:
            table.complain("say what this rests on: document, clause and quote, or law")
        return because, law

    def readings(self, table: Table) -> tuple[str, ...]:
        """Read the ids of the readings something rests on."""
        readings = table.texts("readings")
        for reading in readings:
            self.mention(table, "readings", "readings", reading)
        return readings

    def office(self, table: Table, name: str = "office") -> str:
        """Read the kind of an office."""
        kind = table.text(name)
        self.mention(table, name, "offices", kind)
        return kind

    def code(self, table: Table, name: str, codes: type[Code], otherwise: Code) -> Code:
        """Read one word of a closed list; ``otherwise`` stands in for one that is not in it."""
        written = table.text(name)
        if written in codes.__members__.values():
            return codes(written)
        if written:
            known = ", ".join(codes)
            table.complain(f"{name} {written!r} is not known; it must be one of {known}", name)
        return otherwise
