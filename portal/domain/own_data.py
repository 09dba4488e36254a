"""What a villager does with the data that is held about them."""

from dataclasses import dataclass
from typing import ClassVar

from portal.domain.audit import Act


@dataclass(frozen=True)
class OwnDataExported(Act):
    """A villager took their own data along as a file."""

    subject: ClassVar[str] = "person"
    person_id: int
    form: str
