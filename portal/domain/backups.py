"""Why a backup is not made or not brought back."""

from typing import ClassVar

from portal.domain.errors import Refusal


class BackupFolderInUse(Refusal):
    """Something stands where the backup should go."""

    code: ClassVar[str] = "backup_folder_in_use"


class BackupChanged(Refusal):
    """A file of the backup is missing or is not what was written; ``file`` says which."""

    code: ClassVar[str] = "backup_changed"


class DatabaseNotEmpty(Refusal):
    """A backup is brought back into a database that holds nothing yet."""

    code: ClassVar[str] = "database_not_empty"
