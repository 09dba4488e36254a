"""The closed lists of money movements in ``kb/regions/<region>/movements.toml``.

[subjects.interest_income]
name = "利息收入"
name_en = "Income: interest"

[movements.bank_interest]
name = "利息分配到项目"
name_en = "Interest shared over the batches"
debit = ["transition_account"]
credit = ["land_batch/interest"]
subject = "interest_income"        # left out where the text has no subjects
closes = true                      # only where it settles a person or a batch for good
document = "guangdong-2025"        # or: outside = "…", a rule from outside the texts
clause = "art9"
quote = "…"
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.content.documents import Documents
from portal.content.problems import BrokenContent, Problem
from portal.content.toml import Table, Text
from portal.domain.ledger.movements import AccountPattern, Movement, Regime
from portal.domain.policy import Citation


@dataclass(frozen=True)
class LedgerRules:
    """What a region's texts say of money: the movements they allow and what people call them."""

    regime: Regime
    movement_names: Mapping[str, Text]
    subject_names: Mapping[str, Text]


def load_ledger_rules(
    regions_folder: Path, documents: Documents, within: Mapping[str, str]
) -> Mapping[str, LedgerRules]:
    """Read the movements of every region; a region also has those of the one it lies in.

    ``within`` gives each region's id and the id of the region it lies in, empty for none. A region
    without a list allows no movement. Raises ``BrokenContent`` with everything wrong in all files.
    """
    problems: list[Problem] = []
    files = {region: _File(regions_folder / region, documents, problems) for region in within}
    if problems:
        raise BrokenContent(problems)
    return {
        region: _join([files[outer], files[region]] if (outer := within[region]) else [files[region]])
        for region in within
    }


class _File:
    """One region's own list."""

    def __init__(self, folder: Path, documents: Documents, problems: list[Problem]) -> None:
        self.movements: dict[str, Movement] = {}
        self.movement_names: dict[str, Text] = {}
        self.subject_names: dict[str, Text] = {}
        path = folder / "movements.toml"
        if not path.exists():
            return
        table = Table.read(path, problems)
        subjects, movements = table.table("subjects"), table.table("movements")
        for name in subjects.names():
            self.subject_names[name] = _read_name(subjects.table(name))
        for name in movements.names():
            row = movements.table(name)
            self.movement_names[name] = row.words("name")
            self.movements[name] = self._read_movement(name, row, documents)
            row.close()
        table.close()

    def _read_movement(self, name: str, row: Table, documents: Documents) -> Movement:
        outside = row.text_if_any("outside")
        subject = row.text_if_any("subject") or None
        if subject is not None and subject not in self.subject_names:
            row.complain(f"there is no [subjects.{subject}]", "subject")
        return Movement(
            name=name,
            debit=_read_accounts(row, "debit"),
            credit=_read_accounts(row, "credit"),
            because=None if outside else _read_citation(row, documents),
            outside=outside,
            subject=subject,
            closes=row.flag("closes"),
        )


def _join(files: list[_File]) -> LedgerRules:
    movements: dict[str, Movement] = {}
    movement_names: dict[str, Text] = {}
    subject_names: dict[str, Text] = {}
    for file in files:
        movements |= file.movements
        movement_names |= file.movement_names
        subject_names |= file.subject_names
    return LedgerRules(Regime(movements.values()), movement_names, subject_names)


def _read_name(table: Table) -> Text:
    name = table.words("name")
    table.close()
    return name


def _read_accounts(row: Table, side: str) -> frozenset[AccountPattern]:
    written = row.texts(side)
    if not written:
        row.complain(f"{side} needs at least one account", side)
    patterns = set()
    for text in written:
        try:
            patterns.add(AccountPattern.parse(text))
        except ValueError:
            row.complain(f"{text!r} is no account, and no account with a source", side)
    return frozenset(patterns)


def _read_citation(row: Table, documents: Documents) -> Citation:
    citation = Citation(row.text("document"), row.text("clause"), row.text("quote"))
    if citation.document and citation.clause and citation.quote:
        problem = documents.check(citation)
        if problem is not None:
            row.complain(problem, "quote")
    return citation
