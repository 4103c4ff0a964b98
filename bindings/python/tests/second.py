"""A second implementation of what phone and server agree on, written from docs/PROTOCOL.md alone: canonical CBOR,
hashes, journal, receipts, frames and handovers."""

import uuid

import blake3
import zstandard
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

# Limits of docs/PROTOCOL.md.
DEPTH = 12
FRAME_BYTES = 1 << 20
DECODED_BYTES = 2 << 20
SEGMENT_RECORDS = 2_000


class Refused(Exception):
    """Bytes that are not what they should be: the reason, and for CBOR the byte."""

    def __init__(self, reason, byte=None):
        super().__init__(reason)
        self.reason, self.byte = reason, byte


# Hashes and signatures


def tagged(tag, *parts):
    """H(tag, part, part …): BLAKE3 over each with its length before it."""
    hasher = blake3.blake3()
    for part in (tag.encode(), *parts):
        hasher.update(len(part).to_bytes(8, "little"))
        hasher.update(part)
    return hasher.digest()


def public_key(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def verifies(key, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except (InvalidSignature, ValueError):
        return False


def device_id(key):
    return tagged("pantau/1/device", key)[:16]


def server_id(key):
    return tagged("pantau/1/server", key)[:16]


def fingerprint(key):
    return tagged("pantau/1/fingerprint", key)


# Canonical CBOR


def head(data, at):
    """Major type, argument, and the byte after; only the shortest form will do."""
    if at >= len(data):
        raise Refused("Truncated", at)
    major, info = data[at] >> 5, data[at] & 31
    if info < 24:
        return major, info, at + 1
    if info > 27:
        raise Refused("Form", at)
    width = 1 << (info - 24)
    raw = data[at + 1 : at + 1 + width]
    if len(raw) < width:
        raise Refused("Truncated", at)
    value = int.from_bytes(raw, "big")
    if value < {1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}[width]:
        raise Refused("Form", at)
    return major, value, at + 1 + width


def decode(data, at=0, depth=0):
    """One canonical value and the byte after it."""
    if depth > DEPTH:
        raise Refused("Depth", at)
    major, value, after = head(data, at)
    if major == 0:
        return value, after
    if major == 1:
        return -1 - value, after
    if major in (2, 3):
        content = data[after : after + value]
        if len(content) < value:
            raise Refused("Truncated", at)
        if major == 2:
            return bytes(content), after + value
        try:
            return content.decode("utf-8"), after + value
        except UnicodeDecodeError:
            raise Refused("Text", at) from None
    if major == 4:
        items = []
        for _ in range(value):
            item, after = decode(data, after, depth + 1)
            items.append(item)
        return items, after
    if major == 5:
        items, last = {}, None
        for _ in range(value):
            key_at = after
            key_major, key, after = head(data, after)
            if key_major > 1 or (last is not None and last >= (key_major, key)):
                raise Refused("Key", key_at)
            last = (key_major, key)
            items[key if key_major == 0 else -1 - key], after = decode(data, after, depth + 1)
        return items, after
    if major == 7 and value in (20, 21, 22) and after == at + 1:
        return {20: False, 21: True, 22: None}[value], after
    raise Refused("Form", at)


def canonical(data):
    """The only value of canonical CBOR."""
    value, after = decode(data)
    if after != len(data):
        raise Refused("Trailing", len(data) - after)
    return value


def encode(value):
    def begin(major, n):
        if n < 24:
            return bytes([major << 5 | n])
        for info, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
            if n < 1 << (8 * width):
                return bytes([major << 5 | info]) + n.to_bytes(width, "big")
        raise ValueError(n)

    if value is None or isinstance(value, bool):
        return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[value]
    if isinstance(value, int):
        return begin(0, value) if value >= 0 else begin(1, -1 - value)
    if isinstance(value, bytes):
        return begin(2, len(value)) + value
    if isinstance(value, str):
        return begin(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return begin(4, len(value)) + b"".join(map(encode, value))
    keys = sorted(value, key=lambda key: (key < 0, abs(key)))
    return begin(5, len(value)) + b"".join(encode(key) + encode(value[key]) for key in keys)


# Journal


def commitment(field, salt, text):
    return tagged("pantau/1/note", field.to_bytes(4, "big"), salt, text.encode())


def first_link(key):
    return tagged("pantau/1/journal", key)


def digest(device, seq, payload, commitments):
    parts = [part for field, value in commitments for part in (field.to_bytes(4, "big"), value)]
    return tagged("pantau/1/record", device, seq.to_bytes(8, "big"), payload, *parts)


def next_link(link, record_digest):
    return tagged("pantau/1/link", link, record_digest)


def record_id(record_digest):
    raw = bytearray(record_digest[:16])
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(raw)))


# Receipts


def receipt_hash(server, epoch, device, link, statement):
    created_at, random = canonical(epoch)
    return tagged("pantau/1/receipt", server, created_at.to_bytes(8, "big", signed=True) + random, device, link, statement)


def receipt_counts(receipt, key, server, epoch, device, link):
    """Whether a receipt holds over this phone's own link."""
    content = canonical(receipt)
    statement = encode(content[0])
    return verifies(key, content[1], receipt_hash(server, epoch, device, link, statement))


# Frames


def frame_parts(frame):
    """Header, signature and body of a frame, after all that is checked before a key is needed."""
    if len(frame) > FRAME_BYTES:
        raise Refused("TooLong")
    if frame[:2] != b"PT" or len(frame) < 6:
        raise Refused("NotAFrame")
    if frame[2] != 1:
        raise Refused("Version")
    kind, dictionary, flags = frame[3], frame[4], frame[5]
    is_reply, is_enrolment = kind in (2, 4), kind in (3, 4)
    has_span, has_key = bool(flags & 1), bool(flags & 2)
    allowed = {1: (0, 1, 2, 3), 2: (0,), 3: (2,), 4: (2,)}.get(kind, ())
    if flags not in allowed:
        raise Refused("Header")
    at = 6
    sender = None
    if has_key or not is_reply:
        size = 32 if has_key else 16
        sender, at = frame[at : at + size], at + size
        if len(sender) < size:
            raise Refused("Header")
    span = None
    if has_span:
        try:
            major, first, at = head(frame, at)
            major_2, count, at = head(frame, at)
        except Refused:
            raise Refused("Header") from None
        link, at = frame[at : at + 32], at + 32
        good = major == major_2 == 0 and first >= 1 and 1 <= count <= SEGMENT_RECORDS and first + count <= 1 << 63
        if not good or len(link) < 32:
            raise Refused("Header")
        span = {"first": first, "count": count, "link": link.hex()}
    signature = frame[at : at + 64]
    if len(signature) < 64:
        raise Refused("Header")
    header = frame[:at]
    return {
        "kind": kind, "dictionary": dictionary, "sender": sender, "span": span, "is_enrolment": is_enrolment,
        "header": header, "signature": signature, "body": frame[at + 64 :],
    }


def request_hash(frame):
    return tagged("pantau/1/request", frame)


def signed_hash(parts, of_request=None):
    body = blake3.blake3(parts["body"]).digest()
    if of_request is None:
        return tagged("pantau/1/frame", parts["header"], body)
    return tagged("pantau/1/reply", parts["header"], body, of_request)


def unpack(parts, dictionaries):
    if parts["dictionary"] not in dictionaries:
        raise Refused("Dictionary")
    known = dictionaries[parts["dictionary"]]
    known = zstandard.ZstdCompressionDict(known) if known else None
    decompressor = zstandard.ZstdDecompressor(dict_data=known, max_window_size=1 << 21)
    stream = decompressor.decompressobj()
    try:
        body = stream.decompress(b"\x28\xb5\x2f\xfd" + parts["body"])
    except zstandard.ZstdError:
        raise Refused("Body") from None
    if not stream.eof or stream.unused_data or len(body) > DECODED_BYTES:
        raise Refused("Body")
    return body


def open_frame(frame, key, dictionaries, of_request=None):
    """The body of a frame that this key signed."""
    parts = frame_parts(frame)
    if not verifies(key, parts["signature"], signed_hash(parts, of_request)):
        raise Refused("Signature")
    return unpack(parts, dictionaries)


# Enrolment


def code_key(handle, secret):
    return tagged("pantau/1/code", handle.encode(), secret.encode())


def proof(handle, secret, device_key):
    return blake3.blake3(device_key, key=code_key(handle, secret)).digest()


# Handover

QR_SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
SPOKEN_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SLIP_BYTES = 1_600


def base45(text):
    out = bytearray()
    for at in range(0, len(text), 3):
        group = text[at : at + 3]
        if len(group) == 1 or any(symbol not in QR_SYMBOLS for symbol in group):
            raise Refused("Symbol")
        number = sum(QR_SYMBOLS.index(symbol) * 45**n for n, symbol in enumerate(group))
        width = len(group) - 1
        if number >= 1 << (8 * width):
            raise Refused("Symbol")
        out += number.to_bytes(width, "big")
    return bytes(out)


def slip(text, dictionaries):
    """A slip taken apart: the record it carries, its id, and whether its device signed it."""
    if not text.startswith("PANTAU1H:"):
        raise Refused("NotOurs")
    symbols = text[len("PANTAU1H:") :]
    if len(symbols) > SLIP_BYTES // 2 * 3:
        raise Refused("TooLong")
    data = base45(symbols)
    if not data:
        raise Refused("Truncated")
    if data[0] != 1:
        raise Refused("Version")
    if len(data) < 97:
        raise Refused("Truncated")
    key, signature = data[1:33], data[33:97]
    body = unpack({"dictionary": 1, "body": data[97:]}, dictionaries)
    # Four values, one after the other, are a list of four without its head.
    officer, seq, payload, notes = canonical(b"\x84" + body)
    commitments = [
        (note[0], note[1] if isinstance(note[1], bytes) else commitment(note[0], note[2], note[1])) for note in notes
    ]
    found = digest(device_id(key), seq, payload, commitments)
    signed = tagged("pantau/1/handover", found, officer.to_bytes(4, "big"))
    return {
        "key": key, "officer": officer, "seq": seq, "payload": payload, "id": record_id(found),
        "signature": signature, "signed": verifies(key, signature, signed),
    }


def spoken_check(symbols):
    total = 0
    for symbol in symbols:
        total ^= symbol
        total = total << 1 ^ (0b100101 if total & 16 else 0)
    return total


def spoken(text):
    """The 60 bits of a spoken code; None for what is none."""
    heard = "".join(text.upper().replace("-", "").split()).translate(str.maketrans("OIL", "011"))
    if len(heard) != 12 or any(symbol not in SPOKEN_SYMBOLS for symbol in heard):
        return None
    symbols = [SPOKEN_SYMBOLS.index(symbol) for symbol in heard]
    if spoken_check(symbols[:11]) != symbols[11]:
        return None
    return sum(symbol << 5 * (11 - n) for n, symbol in enumerate(symbols))


def spoken_number(offer_signature, acceptance, officer, receive):
    """The 60 bits that answer an offer."""
    receipt = int.from_bytes(uuid.UUID(receive).bytes[-2:], "big") & 0xFFF
    said = acceptance << 26 | (officer & 0x3FFF) << 12 | receipt
    key = tagged("pantau/1/handover-code", offer_signature)
    mac = int.from_bytes(blake3.blake3(said.to_bytes(4, "big"), key=key).digest()[:4], "big") >> 5
    data = said << 27 | mac
    return data << 5 | spoken_check([data >> 5 * n & 31 for n in range(10, -1, -1)])
