"""A QR code as a picture, drawn by segno."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

from bank131_async.errors import ConfigurationError


@lru_cache(maxsize=256)
def svg(content: str) -> bytes:
    """The code as SVG, black on white with its quiet zone. Raises ``ConfigurationError`` where segno is missing."""
    try:
        import segno
    except ModuleNotFoundError:
        raise ConfigurationError("the QR code needs segno; install it with: pip install 'bank131-async[cli]'") from None
    out = BytesIO()
    segno.make(content, error="m", micro=False).save(out, kind="svg", scale=8, border=4, light="#fff", xmldecl=False)
    return out.getvalue()
