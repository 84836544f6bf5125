"""Text that may hold bytes which are no UTF-8, as bytes again."""

from __future__ import annotations

import re

_NOT_ESCAPED_BYTES = re.compile("([\ud800-\udc7f\udd00-\udfff]+)")


def text_bytes(text: str) -> bytes:
    """`text` as UTF-8, where surrogates that stand for bytes become those bytes again.

    Any other lone surrogate, which no UTF-8 has, is written the way of UTF-8 all the same.
    """
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        parts = enumerate(_NOT_ESCAPED_BYTES.split(text))
        handlers = ("surrogateescape", "surrogatepass")
        return b"".join(part.encode("utf-8", handlers[at % 2]) for at, part in parts)
