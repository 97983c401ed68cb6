"""Job keys and what is sealed with them.

Laws kept here:

1. Each job has its own random key; throwing it away makes ticket, documents and names unreadable for ever.
2. One key has one purpose: the job's key is never used itself, only keys derived from it (HKDF-SHA256, RFC 5869).
3. Sealing is AES-256-GCM with a random nonce of 12 bytes before the sealed bytes (NIST SP 800-38D); what the bytes
   are and whose they are is associated data, so that nothing can be put in another's place.
4. A personal value enters the journal only as HMAC-SHA256 under the job's key, cut to 128 bits.

    purpose                          key                     associated data
    a job's key                      master key              label, key id
    a job's ticket and origin        job key, "ticket"       label, key id
    a personal value in the journal  job key, "journal"      field name (as HMAC input)
    a document's or artefact's bytes job key, see spool.py
    the proof of the master key      master key              label
    by what a repeat is known        master key, "sending"   what it is (as HMAC input)
    by which word a job is found     master key, "word"      field and word (as HMAC input)
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from printserver.errors import StoreDamaged
from printserver.model.ticket import Ticket
from printserver.store.keys import KEY_BYTES, Randomness

NONCE_BYTES = 12
TAG_BYTES = 16
KEY_ID_BYTES = 16
WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES
PSEUDONYM_DIGITS = 32

JOB_KEY, TICKET, JOURNAL, PROOF = b"printserver job key", b"printserver ticket", b"printserver journal", b"proof"
SENDING, WORD = b"printserver sending", b"printserver word"

# What a ticket says of the card and nobody's person: this much outlives the purge.
HARMLESS = (
    "queue", "copies", "stock", "ribbon", "sides", "k_mode", "k_threshold", "k_choke", "ucr", "gcr", "colour_half",
    "overlay", "depth", "placement", "back_placement", "pages", "proof", "rotation", "dither", "grey", "force", "hold",
    "hold_until", "priority", "not_before", "retention", "reprint_of",
)  # fmt: skip


class WrappedKey(msgspec.Struct, frozen=True):
    """A job's key as it is stored."""

    key_id: bytes
    wrapped: bytes


class Submitted(msgspec.Struct, frozen=True):
    """What a client told of a job, its person included, sealed as one; `said` are the ticket's fields that it gave."""

    ticket: Ticket
    origin: str = ""
    said: tuple[str, ...] = ()


def new_job_key(randomness: Randomness) -> bytes:
    """Return a fresh key for a job."""
    return randomness(KEY_BYTES)


def derived(key: bytes, purpose: bytes, salt: bytes | None = None) -> bytes:
    """Return the key for one purpose."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=purpose).derive(key)


def pseudonyms(job_key: bytes, values: Mapping[str, str]) -> dict[str, str]:
    """Return personal values by their field as they may stand in the journal: 32 hexadecimal digits each."""
    key = derived(job_key, JOURNAL)
    return {
        field: hmac.new(key, f"{field}={value}".encode(), hashlib.sha256).hexdigest()[:PSEUDONYM_DIGITS]
        for field, value in values.items()
    }


def harmless(ticket: Ticket) -> bytes:
    """Return, in the clear, what may be kept of a job for ever; name, user and origin are empty."""
    kept = {field: getattr(ticket, field) for field in HARMLESS}
    return msgspec.json.encode(Submitted(Ticket(name="", user="", **kept)))


class Seals:
    """Seals and opens with one master key."""

    def __init__(self, master: bytes, randomness: Randomness) -> None:
        """Take the master key's 32 bytes."""
        self._master = AESGCM(master)
        self._sending, self._word = derived(master, SENDING), derived(master, WORD)
        self._randomness = randomness

    def wrap(self, job_key: bytes) -> WrappedKey:
        """Wrap a job's key under a new random key id."""
        if len(job_key) != KEY_BYTES:
            raise ValueError(f"a job's key has {KEY_BYTES} bytes")
        key_id = self._randomness(KEY_ID_BYTES)
        return WrappedKey(key_id, self._seal(self._master, job_key, JOB_KEY + key_id))

    def unwrap(self, kept: WrappedKey) -> bytes:
        """Return a job's key; raises StoreDamaged."""
        return _opened(self._master, kept.wrapped, JOB_KEY + kept.key_id, "a job's key")

    def seal(self, job_key: bytes, key_id: bytes, told: Submitted) -> bytes:
        """Seal a whole ticket, tracks and names included, and where it came from."""
        return self._seal(AESGCM(derived(job_key, TICKET)), msgspec.json.encode(told), TICKET + key_id)

    def open(self, job_key: bytes, key_id: bytes, sealed: bytes) -> Submitted:
        """Return what was sealed; raises StoreDamaged."""
        return submitted(_opened(AESGCM(derived(job_key, TICKET)), sealed, TICKET + key_id, "a job's ticket"))

    def token(self, *parts: str) -> bytes:
        """Return bytes that are the same for the same words, and tell nobody without the master key which."""
        told = b"".join(len(part.encode()).to_bytes(8, "big") + part.encode() for part in parts)
        return hmac.new(self._sending, told, hashlib.sha256).digest()

    def word(self, field: str, word: str) -> bytes:
        """Return 16 bytes that are the same for the same word of a field, and tell nobody else which."""
        return hmac.new(self._word, f"{field}={word}".encode("utf-8", "surrogatepass"), hashlib.sha256).digest()[:16]

    def proof(self) -> bytes:
        """Return bytes by which this master key is known again."""
        return self._seal(self._master, b"", PROOF)

    def proves(self, proof: bytes) -> bool:
        """Tell whether a proof was made with this master key."""
        try:
            _opened(self._master, proof, PROOF, "proof")
        except StoreDamaged:
            return False
        return True

    def _seal(self, cipher: AESGCM, plain: bytes, associated: bytes) -> bytes:
        nonce = self._randomness(NONCE_BYTES)
        return nonce + cipher.encrypt(nonce, plain, associated)


def submitted(data: bytes) -> Submitted:
    """Return what a client told from the store's own JSON; raises StoreDamaged."""
    try:
        return msgspec.json.decode(data, type=Submitted)
    except msgspec.DecodeError as error:
        raise StoreDamaged("a job's ticket cannot be read") from error


def _opened(cipher: AESGCM, sealed: bytes, associated: bytes, what: str) -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated)
    except (InvalidTag, ValueError) as error:
        raise StoreDamaged(f"{what} was altered or belongs elsewhere") from error
