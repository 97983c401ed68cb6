"""One request as the operations read it, and one answer as they give it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from printserver.errors import BadTicket
from printserver.ipp import Attribute, Message, Plain, Request, encode, plain
from printserver.ipp.attributes import OctetString
from printserver.listeners.access.table import asking
from printserver.listeners.ipp.addresses import Addresses, as_cups
from printserver.queue.views import By

END = b"\x03"  # end-of-attributes-tag, RFC 8010 section 3.5.1


@dataclass(frozen=True, slots=True)
class Asked:
    """One request with everything that answering it needs; `client` is the client's address.

    `known` = by what the same request is known when it comes again, empty where that is not kept.
    """

    request: Request
    document: bytes
    addresses: Addresses
    client: str
    known: bytes = b""

    def attribute(self, name: str) -> Attribute | None:
        """Return an operation attribute."""
        return self.request.operation_attributes.get(name)

    def value(self, name: str) -> Plain:
        """Return an operation attribute's first value, None when it is not there or has no value."""
        attribute = self.attribute(name)
        return None if attribute is None else plain(attribute.value)

    def text(self, name: str, default: str = "") -> str:
        """Return an operation attribute's text, a default when it is not there."""
        value = self.value(name)
        return value if isinstance(value, str) else default

    def number(self, name: str, default: int) -> int:
        """Return an operation attribute's number, a default when it is not there."""
        value = self.value(name)
        return value if isinstance(value, int) else default

    def numbers(self, name: str) -> frozenset[int] | None:
        """Return an operation attribute's numbers, None when it is not there."""
        attribute = self.attribute(name)
        if attribute is None:
            return None
        return frozenset(value for value in map(plain, attribute.values) if isinstance(value, int))

    def says(self, name: str) -> bool:
        """Tell whether an operation attribute is there and true."""
        return self.value(name) is True

    @property
    def cups(self) -> bool:
        """Tell whether the client speaks to an address of CUPS, and is answered as CUPS would."""
        return as_cups(self.request.target)

    @property
    def by(self) -> By:
        """Return who asks: the account where names are asked for, else as the client says."""
        identity = asking()
        said = self.text("requesting-user-name") or "anonymous"
        return By(said if identity is None else identity.name, self.text("message"))

    @property
    def idempotency_key(self) -> str:
        """Return the client's own word for the job that it wants made, empty where it gave none."""
        return self.text("printserver-idempotency-key")

    @property
    def user_uri(self) -> str | None:
        """Return the address of who asks, as the client says (PWG 5100.13); an account has none."""
        return (self.text("requesting-user-uri") or None) if asking() is None else None

    def metadata(self) -> tuple[str, ...]:
        """Return document-metadata (PWG 5100.13); raises BadTicket for what is no UTF-8."""
        attribute = self.attribute("document-metadata")
        told = () if attribute is None else attribute.values
        try:
            return tuple(value.value.decode() for value in told if isinstance(value, OctetString))
        except UnicodeDecodeError:
            raise BadTicket("is no text", where="metadata", allowed="UTF-8") from None

@dataclass(frozen=True, slots=True)
class Answer:
    """A message, and encoded attributes that continue its last group; `given` = the whole answer, encoded before.

    `again` is given the bytes of the client's next request; it returns those of the same answer to it, or None when
    that must be asked anew.
    """

    message: Message
    further: bytes = b""
    given: bytes = b""
    again: Callable[[bytes], bytes | None] | None = None

    def encoded(self) -> bytes:
        """Return the answer's bytes; raises NotEncodable."""
        if self.given:
            return self.given
        whole = encode(self.message)
        return whole[: -len(END)] + self.further + END if self.further else whole
