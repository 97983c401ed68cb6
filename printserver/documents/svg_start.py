"""How a drawing in SVG begins: by its first element, since SVG has no magic number.

Laws kept here:

1. Nothing is parsed: instructions, comments and a document type are passed over by their ends, within the first bytes.

Source: XML 1.0 (fifth edition), sections 2.5 to 2.8.
"""

from __future__ import annotations

import re

MOST = 8192
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BEFORE = re.compile(rb"(?:\s|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
# A prefix may stand before the name; a document type of SVG is known as SVG, and refused as what it is by the gate.
FIRST = re.compile(rb"<(?:!DOCTYPE\s+)?(?:[A-Za-z_][\w.-]*:)?svg[\s>/\[]")


def begins_svg(head: bytes) -> bool:
    """Tell whether bytes begin as a drawing in SVG does, in UTF-8."""
    head = head[:MOST].removeprefix(BYTE_ORDER_MARK)
    before = BEFORE.match(head)
    return before is not None and FIRST.match(head, before.end()) is not None
