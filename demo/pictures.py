"""The pictures of the demo company: a logo and portraits, drawn here so that they are always the same."""

from hashlib import sha256
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw

SIZE: Final = 256
SKIN: Final = ("#F2C9A1", "#D9A066", "#8F563B", "#EEC39A")
SHIRT: Final = ("#1F4E5F", "#7A3E48", "#3B5B3B", "#4B3F72")


def logo() -> bytes:
    """A leaf in the company's colours."""
    picture = Image.new("RGB", (SIZE, SIZE), "#0F4C5C")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((40, 40, 216, 216), fill="#F4F1DE")
    draw.pieslice((60, 60, 260, 260), 180, 270, fill="#E36414")
    draw.line((160, 160, 84, 84), fill="#F4F1DE", width=8)
    return _png(picture)


def portrait(name: str) -> bytes:
    """A face and a shirt, chosen by the name."""
    mark = sha256(name.encode()).digest()
    picture = Image.new("RGB", (SIZE, SIZE), "#DDE5E8")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((48, 168, 208, 340), fill=SHIRT[mark[0] % len(SHIRT)])
    draw.ellipse((80, 56, 176, 176), fill=SKIN[mark[1] % len(SKIN)])
    draw.pieslice((76, 44, 180, 148), 180, 360, fill="#3A2E28")
    return _png(picture)


def _png(picture: Image.Image) -> bytes:
    written = BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()
