# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""RFC 8188 in plain Python, for comparison: nothing but hashlib and hmac. Slow, and no model for
anything but tests."""

import hashlib
import hmac
import struct

TAG_BYTES = 16


def make_sbox():
    """The S-box of FIPS 197: inverses in GF(2^8), then the affine map."""
    sbox = [0x63] + [0] * 255
    p = q = 1
    while True:
        p ^= (p << 1) ^ (0x11B if p & 0x80 else 0)
        p &= 0xFF
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        q ^= 0x09 if q & 0x80 else 0
        rotated = [(q << i | q >> (8 - i)) & 0xFF for i in range(5)]
        sbox[p] = rotated[0] ^ rotated[1] ^ rotated[2] ^ rotated[3] ^ rotated[4] ^ 0x63
        if p == 1:
            return sbox


SBOX = make_sbox()


def double(x):
    return ((x << 1) ^ 0x11B) & 0xFF if x & 0x80 else x << 1


class Aes128:
    def __init__(self, key):
        words = [list(key[i : i + 4]) for i in range(0, 16, 4)]
        rcon = 1
        for i in range(4, 44):
            word = list(words[-1])
            if i % 4 == 0:
                word = [SBOX[b] for b in word[1:] + word[:1]]
                word[0] ^= rcon
                rcon = double(rcon)
            words.append([a ^ b for a, b in zip(words[i - 4], word)])
        self.keys = [sum(words[i : i + 4], []) for i in range(0, 44, 4)]

    def encrypt(self, block):
        state = [a ^ b for a, b in zip(block, self.keys[0])]
        for number in range(1, 11):
            state = [SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
            if number < 10:
                state = [b for i in range(0, 16, 4) for b in mix_column(state[i : i + 4])]
            state = [a ^ b for a, b in zip(state, self.keys[number])]
        return bytes(state)


def mix_column(c):
    every = c[0] ^ c[1] ^ c[2] ^ c[3]
    return [c[i] ^ every ^ double(c[i] ^ c[(i + 1) % 4]) for i in range(4)]


def multiply(x, y):
    """In GF(2^128) as NIST SP 800-38D numbers its bits."""
    product = 0
    for i in range(127, -1, -1):
        if x >> i & 1:
            product ^= y
        y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
    return product


class Gcm:
    """AES-128-GCM with nonces of 12 bytes and no additional data."""

    def __init__(self, key):
        self.aes = Aes128(key)
        self.h = int.from_bytes(self.aes.encrypt(bytes(16)), "big")

    def crypt(self, nonce, data):
        out = b""
        for i in range(0, len(data), 16):
            pad = self.aes.encrypt(nonce + struct.pack(">I", i // 16 + 2))
            out += bytes(a ^ b for a, b in zip(data[i : i + 16], pad))
        return out

    def tag(self, nonce, ciphertext):
        total = 0
        padded = ciphertext + bytes(-len(ciphertext) % 16)
        padded += struct.pack(">QQ", 0, len(ciphertext) * 8)
        for i in range(0, len(padded), 16):
            total = multiply(total ^ int.from_bytes(padded[i : i + 16], "big"), self.h)
        mask = self.aes.encrypt(nonce + b"\0\0\0\1")
        return bytes(a ^ b for a, b in zip(total.to_bytes(16, "big"), mask))


def keys(ikm, salt):
    """Content encryption key and nonce, sections 2.2 and 2.3."""
    secret = hmac.new(salt, ikm, hashlib.sha256).digest()

    def expand(label, size):
        return hmac.new(secret, label + b"\0\1", hashlib.sha256).digest()[:size]

    return expand(b"Content-Encoding: aes128gcm", 16), expand(b"Content-Encoding: nonce", 12)


def nonces(base):
    number = 0
    while True:
        yield (int.from_bytes(base, "big") ^ number).to_bytes(12, "big")
        number += 1


def encrypt(data, ikm, salt, record_size=4096, key_id=b""):
    key, base = keys(ikm, salt)
    gcm = Gcm(key)
    step = record_size - TAG_BYTES - 1
    pieces = [data[i : i + step] for i in range(0, len(data), step)] or [b""]
    out = salt + struct.pack(">IB", record_size, len(key_id)) + key_id
    for number, (piece, nonce) in enumerate(zip(pieces, nonces(base))):
        is_last = number == len(pieces) - 1
        sealed = gcm.crypt(nonce, piece + (b"\2" if is_last else b"\1"))
        out += sealed + gcm.tag(nonce, sealed)
    return out


def decrypt(body, ikm):
    record_size, key_id_len = struct.unpack(">IB", body[16:21])
    key, base = keys(ikm, body[:16])
    gcm = Gcm(key)
    records = body[21 + key_id_len :]
    out = b""
    for at, nonce in zip(range(0, len(records), record_size), nonces(base)):
        sealed = records[at : at + record_size]
        sealed, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
        if gcm.tag(nonce, sealed) != tag:
            raise ValueError("wrong tag")
        record = gcm.crypt(nonce, sealed).rstrip(b"\0")
        is_last = at + record_size >= len(records)
        if record[-1:] != (b"\2" if is_last else b"\1"):
            raise ValueError("wrong delimiter")
        out += record[:-1]
    return out
