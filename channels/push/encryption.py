"""A message sealed for one browser: RFC 8291 over RFC 8188, in one record.

Written out, in these few lines, because the library for it (http_ece, which pywebpush uses) has no wheel and would have
to be built at each installation; it is also a fifth slower. The tests open ours with it, and make the RFC's example.
"""

import hmac
import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD = 4096  # a push service need not take more than this
SALT, POINT, TAG = 16, 65, 16
HEADER = SALT + 4 + 1 + POINT
LARGEST = RECORD - HEADER - TAG - 1  # bytes of a message
LAST = b"\x02"  # marks the last record
AUTH = 16


class BadKey(ValueError):
    """What a browser gave as its key is none."""


def point(p256dh: bytes) -> ec.EllipticCurvePublicKey:
    """Raises BadKey."""
    try:
        if len(p256dh) != POINT:
            raise BadKey("A key has 65 bytes.")
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
    except ValueError as error:
        raise BadKey("This is no point of the curve P-256.") from error


def seal(
    message: bytes,
    p256dh: bytes,
    auth: bytes,
    private: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes = b"",
) -> bytes:
    """The body of the request. `private` and `salt` are made anew for each message, but for the RFC's example."""
    if len(message) > LARGEST:
        raise ValueError("The message is too large.")
    private, salt = private or ec.generate_private_key(ec.SECP256R1()), salt or os.urandom(SALT)
    public = raw(private.public_key())
    shared = private.exchange(ec.ECDH(), point(p256dh))
    secret = _derive(auth, shared, b"WebPush: info\x00" + p256dh + public, 32)
    key = _derive(salt, secret, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derive(salt, secret, b"Content-Encoding: nonce\x00", 12)
    header = salt + RECORD.to_bytes(4, "big") + bytes([POINT]) + public
    return header + AESGCM(key).encrypt(nonce, message + LAST, None)


def raw(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derive(salt: bytes, material: bytes, info: bytes, length: int) -> bytes:
    """HKDF with SHA-256 (RFC 5869), for at most 32 bytes."""
    return hmac.digest(hmac.digest(salt, material, "sha256"), info + b"\x01", "sha256")[:length]
