"""What every table shares: names for constraints, and types for annotations."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from sqlalchemy import Date, LargeBinary, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

from portal.storage.types import Facts, Fen, Instant, RowId

Key = Annotated[int, mapped_column(RowId, primary_key=True)]


class Base(DeclarativeBase):
    """The root of all tables. Constraints are named, so that a migration can speak of them."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads this name on the class
        int: RowId,
        str: Text,
        bytes: LargeBinary,
        date: Date,
        datetime: Instant,
        Decimal: Fen,
        dict[str, Any]: Facts,
        list[str]: Facts,
    }
