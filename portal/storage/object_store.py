"""Sealed files in a bucket that speaks S3, for many hosts that share no folder."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import S3Store

from portal.domain.errors import StorageBusy
from portal.storage.blobs import BlobMissing

CONNECT_SECONDS, ANSWER_SECONDS = 2, 15
"""How long a connection and a whole request may take."""

TRIES_MORE, TRY_SECONDS = 2, 5
"""How often a request that failed is sent again, and until when."""

# One name for all hosts: what a probe wrote is overwritten by the next one. No receipt begins with a dot.
_PROBE = ".probe"

_log = structlog.get_logger()


class ObjectStore:
    """Blobs in a bucket. A bucket shows an object whole or not at all, so nothing is written aside.

    Whoever and wherever the bucket is, the client reads from ``AWS_ENDPOINT_URL``, ``AWS_REGION``,
    ``AWS_ACCESS_KEY_ID`` and ``AWS_SECRET_ACCESS_KEY``. The threads of the client do not survive a fork:
    a process that still parts into workers must not ask anything of it.
    """

    def __init__(self, url: str) -> None:
        """Keep blobs under ``url``, such as ``s3://bucket/receipts``; nothing is asked of the bucket yet."""
        self._bucket = S3Store.from_url(
            url,
            client_options={
                "allow_http": True,  # inside a house's own network; the bytes are sealed, the key signs
                "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                "timeout": timedelta(seconds=ANSWER_SECONDS),
            },
            retry_config={"max_retries": TRIES_MORE, "retry_timeout": timedelta(seconds=TRY_SECONDS)},
        )

    def add(self, content: bytes) -> str:
        """Keep the bytes durably and return their name."""
        name = secrets.token_hex(16)
        self.put(name, content)
        return name

    def put(self, name: str, content: bytes) -> None:
        """Keep the bytes durably under a name."""
        with _told_plainly():
            obstore.put(self._bucket, name, content, use_multipart=False)

    def get(self, name: str) -> bytes:
        """The bytes kept under a name."""
        with _told_plainly():
            try:
                return bytes(obstore.get(self._bucket, name).bytes())
            except FileNotFoundError as error:
                raise BlobMissing(name) from error

    def remove(self, name: str) -> None:
        """Forget the bytes."""
        with _told_plainly():
            obstore.delete(self._bucket, name)

    def list_names(self) -> list[str]:
        """All names, in order."""
        with _told_plainly():
            names = [each["path"] for some in obstore.list(self._bucket) for each in some]
        return sorted(name for name in names if name != _PROBE)

    def is_writable(self) -> bool:
        """Whether something can be kept just now."""
        try:
            self.put(_PROBE, b"?")
        except StorageBusy:
            return False
        return True


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Turn the client's words for "not now" into one error, and log what kind it was."""
    try:
        yield
    except (BaseError, FileNotFoundError) as error:  # the latter where the bucket itself is not there
        # The client's own words name the object, and may quote what the bucket answered.
        _log.warning("bucket away", reason=type(error).__name__)
        raise StorageBusy from error
