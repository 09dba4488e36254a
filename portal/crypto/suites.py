"""The two families of algorithms: the international one and the national one (GM/T 0002, 0004)."""

import secrets
from enum import StrEnum
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from portal.crypto.errors import CannotOpen

SECRET_BYTES = 32
MAC_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16


class Suite(StrEnum):
    """Which algorithms a key is used with. A key serves one suite for all its life."""

    AES = "aes-256-gcm+hmac-sha256"
    SM = "sm4-gcm+hmac-sm3"


class Key(Protocol):
    """A secret at work in one suite."""

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Return nonce, ciphertext and tag; ``context`` is bound to them and not contained."""

    def open_sealed(self, sealed: bytes, context: bytes) -> bytes:
        """Return the plaintext, or raise ``CannotOpen``."""

    def mac(self, data: bytes) -> bytes:
        """Return the 32-byte keyed hash of ``data``."""


def make_key(suite: Suite, secret: bytes) -> Key:
    """Put a secret of 32 bytes to work."""
    return _KEYS[suite](secret)


def new_secret() -> bytes:
    """Return 32 fresh random bytes."""
    return secrets.token_bytes(SECRET_BYTES)


class _Mac:
    """A keyed hash that has taken its key in: each hash begins with a copy, a sixth of the work."""

    def __init__(self, algorithm: hashes.HashAlgorithm, secret: bytes) -> None:
        self._keyed = HMAC(_derive(algorithm, secret, b"yitian mac", MAC_BYTES), algorithm)

    def mac(self, data: bytes) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(data)
        return keyed.finalize()


class _AesKey(_Mac):
    def __init__(self, secret: bytes) -> None:
        super().__init__(hashes.SHA256(), secret)
        self._cipher = AESGCM(_derive(hashes.SHA256(), secret, b"yitian seal", 32))

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plaintext, context)

    def open_sealed(self, sealed: bytes, context: bytes) -> bytes:
        nonce, body, tag = _take_apart(sealed)
        try:
            return self._cipher.decrypt(nonce, body + tag, context)
        except InvalidTag:
            raise CannotOpen("the value was changed or belongs elsewhere") from None


class _SmKey(_Mac):
    def __init__(self, secret: bytes) -> None:
        super().__init__(hashes.SM3(), secret)
        self._cipher = algorithms.SM4(_derive(hashes.SM3(), secret, b"yitian seal", 16))

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        encryptor = Cipher(self._cipher, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(context)
        body = encryptor.update(plaintext) + encryptor.finalize()
        return nonce + body + encryptor.tag

    def open_sealed(self, sealed: bytes, context: bytes) -> bytes:
        nonce, body, tag = _take_apart(sealed)
        decryptor = Cipher(self._cipher, modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(context)
        try:
            return decryptor.update(body) + decryptor.finalize()
        except InvalidTag:
            raise CannotOpen("the value was changed or belongs elsewhere") from None


_KEYS: dict[Suite, type[_AesKey] | type[_SmKey]] = {Suite.AES: _AesKey, Suite.SM: _SmKey}


def _derive(algorithm: hashes.HashAlgorithm, secret: bytes, use: bytes, length: int) -> bytes:
    return HKDFExpand(algorithm, length, use).derive(secret)


def _take_apart(sealed: bytes) -> tuple[bytes, bytes, bytes]:
    if len(sealed) < _NONCE_BYTES + _TAG_BYTES:
        raise CannotOpen("the value was cut")
    return sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:-_TAG_BYTES], sealed[-_TAG_BYTES:]
