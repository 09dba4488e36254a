"""Printed statements, so that anyone holding one can see that it is ours."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.models.base import Base, Key


class StatementRecord(Base):
    """What one printed statement says; looked up by the hash of the code on the paper."""

    __tablename__ = "statement"

    id: Mapped[Key]
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    printed_at: Mapped[datetime]
    printed: Mapped[dict[str, Any]]
