import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from portal.crypto.errors import CannotOpen
from portal.crypto.suites import Suite, make_key

SECRET = bytes(range(32))


def test_the_national_cipher_gives_the_standard_s_own_example():
    # GB/T 32907-2016, annex A.1: the key enciphers itself.
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")

    encryptor = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()

    assert encryptor.update(key).hex() == "681edf34d206965e86b3e94f536e4246"


def test_the_national_hash_gives_the_standard_s_own_example():
    # GB/T 32905-2016, annex A.1: the message "abc".
    digest = hashes.Hash(hashes.SM3())
    digest.update(b"abc")

    assert digest.finalize().hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_seal_and_mac_keys_are_derived_apart_as_rfc_5869_says():
    expanded = hmac.digest(SECRET, b"yitian mac\x01", hashlib.sha256)

    assert make_key(Suite.AES, SECRET).mac(b"data") == hmac.digest(expanded, b"data", hashlib.sha256)


@pytest.mark.parametrize("suite", Suite)
def test_a_sealed_value_is_28_bytes_longer_than_its_text(suite):
    assert len(make_key(suite, SECRET).seal(b"12345", b"")) == 5 + 12 + 16


def test_the_suites_do_not_open_each_other_s_values():
    sealed = make_key(Suite.AES, SECRET).seal(b"12345", b"")

    with pytest.raises(CannotOpen):
        make_key(Suite.SM, SECRET).open_sealed(sealed, b"")
