"""A second reader of logs and notes, written from the texts of RFC 6962, RFC 9162 and C2SP. It imports nothing of ours.

RFC 9162 describes verification as loops over the bits of number and size (2.1.3.2 and 2.1.4.2); the product builds
and checks proofs by the recursive definitions of RFC 6962. What both accept is no accident of one implementation.
"""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def hashed_leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\0" + entry).digest()


def _joined(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def is_included(number: int, size: int, leaf: bytes, path: list[bytes], root: bytes) -> bool:
    """RFC 9162, 2.1.3.2."""
    if number >= size:
        return False
    fn, sn, r = number, size - 1, leaf
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = _joined(p, r)
            if not fn & 1:
                while fn and not fn & 1:
                    fn >>= 1
                    sn >>= 1
        else:
            r = _joined(r, p)
        fn >>= 1
        sn >>= 1
    return sn == 0 and r == root


def is_consistent(first: int, second: int, first_hash: bytes, second_hash: bytes, path: list[bytes]) -> bool:
    """RFC 9162, 2.1.4.2; equal sizes and the empty log as 2.1.4 says."""
    if first == second:
        return not path and first_hash == second_hash
    if first == 0:
        return not path
    if not path:
        return False
    if first & (first - 1) == 0:
        path = [first_hash, *path]
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = _joined(c, fr), _joined(c, sr)
            if not fn & 1:
                while fn and not fn & 1:
                    fn >>= 1
                    sn >>= 1
        else:
            sr = _joined(sr, c)
        fn >>= 1
        sn >>= 1
    return fr == first_hash and sr == second_hash and sn == 0


def read_checkpoint(note: str, key: str) -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint that the key signed; AssertionError otherwise."""
    name, id, encoded = key.split("+", 2)
    kind = base64.b64decode(encoded)
    assert kind[0] == 1
    assert hashlib.sha256(name.encode() + b"\n" + kind).digest()[:4].hex() == id
    text, lines = note.split("\n\n")
    text += "\n"
    mine = [line for line in lines.splitlines() if line.startswith(f"\u2014 {name} ")]
    blobs = [blob for line in mine if (blob := base64.b64decode(line.rsplit(" ", 1)[1]))[:4].hex() == id]
    assert blobs
    Ed25519PublicKey.from_public_bytes(kind[1:]).verify(blobs[0][4:], text.encode())
    origin, size, root = text.splitlines()[:3]
    assert origin == name
    return origin, int(size), base64.b64decode(root)
