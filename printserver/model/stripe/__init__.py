"""Tracks of a magnetic stripe: text to bits and back, as values alone.

| file | what it knows |
|---|---|
| `formats` | what a track takes: characters, lengths, sentinels, parity, density; what room a stripe has |
| `checking` | is this text one that the format takes; else BadTicket with track, position and what is allowed |
| `coding` | text to characters with parity and check character, to bits; raw tracks |
| `packing` | bits to bytes, the first bit as the lowest or the highest of its byte |
| `reading` | bits of a swipe to text, in either direction, or TrackUnreadable |
| `remarks` | what looks odd in a track and is encoded all the same: reserved characters, check digit, fields, expiry |

Laws kept here:

1. What a track says is of a person: no error and no remark repeats it, they name places.
2. Nothing is mended: a character that is not in the format is refused, never replaced, and a swipe that is not whole
   is unreadable.
"""

from printserver.model.stripe.checking import check as check
from printserver.model.stripe.checking import check_raw as check_raw
from printserver.model.stripe.checking import check_tracks as check_tracks
from printserver.model.stripe.coding import bits_of as bits_of
from printserver.model.stripe.coding import encode as encode
from printserver.model.stripe.coding import raw_bits as raw_bits
from printserver.model.stripe.coding import raw_text as raw_text
from printserver.model.stripe.formats import AAMVA as AAMVA
from printserver.model.stripe.formats import FORMATS as FORMATS
from printserver.model.stripe.formats import ISO as ISO
from printserver.model.stripe.formats import JIS_II as JIS_II
from printserver.model.stripe.formats import Format as Format
from printserver.model.stripe.formats import Parity as Parity
from printserver.model.stripe.formats import capacity as capacity
from printserver.model.stripe.packing import Order as Order
from printserver.model.stripe.packing import pack as pack
from printserver.model.stripe.packing import unpack as unpack
from printserver.model.stripe.reading import Flaw as Flaw
from printserver.model.stripe.reading import Reading as Reading
from printserver.model.stripe.reading import TrackUnreadable as TrackUnreadable
from printserver.model.stripe.reading import decode as decode
from printserver.model.stripe.remarks import Month as Month
from printserver.model.stripe.remarks import Remark as Remark
from printserver.model.stripe.remarks import RemarkKind as RemarkKind
from printserver.model.stripe.remarks import remarks_on as remarks_on
