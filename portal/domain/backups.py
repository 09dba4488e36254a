"""Why a backup is not made or not brought back."""

from typing import ClassVar

from portal.domain.errors import Refusal


class BackupFolderInUse(Refusal):
    """Something stands where the backup should go."""

    code: ClassVar[str] = "backup_folder_in_use"


class BackupChanged(Refusal):
    """A file of the backup is missing or is not what was written; ``file`` says which."""

    code: ClassVar[str] = "backup_changed"


class BackupOfLaterRelease(Refusal):
    """The backup has a schema that this release does not know yet; ``schema`` says which."""

    code: ClassVar[str] = "backup_of_later_release"


class DatabaseNotEmpty(Refusal):
    """A backup is brought back into a database that holds nothing yet, not even tables of another schema."""

    code: ClassVar[str] = "database_not_empty"


class ReceiptsInTheWay(Refusal):
    """Where receipts are brought back to, one stands that is not the backup's; ``name`` says which."""

    code: ClassVar[str] = "receipts_in_the_way"


class ReceiptsHeld(Refusal):
    """Receipts are being copied, brought back or swept by somebody else, ``until`` then at the latest."""

    code: ClassVar[str] = "receipts_held"
