"""Pictures: each is decoded as a whole and drawn anew, so that nothing but its pixels is kept.

What a file says of its size is read before anything is decoded. Decoding takes time and memory, so a few threads of
its own do it, one picture each; whoever comes later waits in line.
"""

import asyncio
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_PIXELS: Final = 40_000_000
LONGEST_EDGE: Final = 16_000
FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
ALIKE: Final = {"MPO": "JPEG"}
QUALITY: Final[dict[str, dict[str, Any]]] = {
    "JPEG": {"quality": 88, "optimize": True},
    "PNG": {},
    "WEBP": {"quality": 88, "method": 4},
}
KEPT_MODES: Final = {
    "JPEG": frozenset({"L", "RGB"}),
    "PNG": frozenset({"1", "L", "LA", "RGB", "RGBA"}),
    "WEBP": frozenset({"RGB", "RGBA"}),
}
BROKEN: Final = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, MemoryError)

Image.MAX_IMAGE_PIXELS = None  # `draw` looks at the size itself, before anything is decoded, and at a lower bound

T = TypeVar("T")


class Undrawable(Exception):
    """It is no picture that can be taken; the text says for people why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was drawn anew."""

    content: bytes = field(repr=False)
    mime: str
    width: int
    height: int


class Images:
    """Draws pictures, `at_once` at a time; close it when the program ends."""

    def __init__(self, *, at_once: int = 2) -> None:
        self._threads = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="image")

    async def drawn(self, content: bytes, mime: str, *, longest: int | None = None) -> Picture:
        """Draw a picture anew, upright, and no longer than an edge of so many pixels if that is given."""
        return await self._aside(lambda: draw(content, mime, longest))

    def close(self) -> None:
        """Let go of the threads; what still waits in line is dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _aside(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def draw(content: bytes, mime: str, longest: int | None = None) -> Picture:
    """Draw a picture anew; see `Images.drawn`."""
    name = FORMATS[mime]
    if name == "WEBP":
        _admit_size(*_webp_size(content))
    try:
        with Image.open(io.BytesIO(content), formats=[name]) as image:
            _admit(image, name)
            return _redrawn(image, name, mime, longest)
    except UnidentifiedImageError:
        raise Undrawable(f"It is no {name} picture.") from None
    except BROKEN:
        raise Undrawable("The picture is damaged.") from None


def _admit(image: Image.Image, name: str) -> None:
    """Look at what the header says; nothing is decoded yet."""
    _admit_size(*image.size)
    if ALIKE.get(image.format or "", image.format) != name:
        raise Undrawable(f"It is no {name} picture.")
    if image.format == name and getattr(image, "n_frames", 1) > 1:
        raise Undrawable("The picture moves; a still one is taken.")


def _admit_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_EDGE:
        raise Undrawable(
            f"The picture has {width} x {height} pixels; at most {MOST_PIXELS // 1_000_000} megapixels are taken, "
            f"and {LONGEST_EDGE} along an edge."
        )


def _webp_size(content: bytes) -> tuple[int, int]:
    """Read the size from the header: Pillow makes room for a WebP's pixels before it can be asked."""
    kind, body = content[12:16], content[20:30]
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF


def _redrawn(image: Image.Image, name: str, mime: str, longest: int | None) -> Picture:
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    plain = _plain(image, name)
    if longest and max(plain.size) > longest:
        plain.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return Picture(_written(plain, name), mime, *plain.size)


def _plain(image: Image.Image, name: str) -> Image.Image:
    """Keep pixels as they are where the format, and we, can; else as colours, with transparency where there is some."""
    see_through = name != "JPEG" and image.has_transparency_data
    if see_through and image.mode not in {"LA", "RGBA"}:
        return image.convert("RGBA")
    if image.mode.startswith("I"):
        return image.point(_of_sixteen_bits).convert("L")  # pyright: ignore[reportUnknownMemberType] - Pillow leaves it untyped
    return image if image.mode in KEPT_MODES[name] else image.convert("RGBA" if see_through else "RGB")


def _of_sixteen_bits(value: Any) -> Any:
    """Keep the upper eight; Pillow asks once for all values, with a value that stands for each."""
    return value / 256


def _written(image: Image.Image, name: str) -> bytes:
    """Write the pixels alone: what else the file said, such as where it was taken, does not come along."""
    image.info.clear()
    out = io.BytesIO()
    image.save(out, name, **QUALITY[name])
    return out.getvalue()
