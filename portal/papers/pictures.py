"""Photographs and screenshots: upright, plain RGB, no larger than a screen needs, nothing else kept."""

from io import BytesIO

from PIL import Image, JpegImagePlugin, MpoImagePlugin, PngImagePlugin  # noqa: F401 - loaded before the limits

from portal.domain.receipts import MAX_RECEIPT_PIXELS, ReceiptTooManyPixels
from portal.papers.sniffing import ReceiptKind

Image.MAX_IMAGE_PIXELS = None  # our own limit is looked at before anything is decoded

_DECODERS = {ReceiptKind.JPEG: "JPEG", ReceiptKind.PNG: "PNG", ReceiptKind.HEIC: "HEIF"}
_ORIENTATION_TAG = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def open_picture(file: bytes, kind: ReceiptKind, long_side: int) -> Image.Image:
    """Decode the first picture of a file, turn it as its EXIF says, and fit it into ``long_side``.

    Raises ReceiptTooManyPixels, or whatever the decoder raises on damage.
    """
    picture = Image.open(BytesIO(file), formats=[_DECODERS[kind]])
    if picture.width * picture.height > MAX_RECEIPT_PIXELS:
        raise ReceiptTooManyPixels(limit=MAX_RECEIPT_PIXELS)
    turn = _TURNS.get(_orientation(picture))
    if kind is ReceiptKind.JPEG:
        picture.draft(None, (long_side, long_side))  # a JPEG decodes straight to a half or a quarter
    small = plain(picture, long_side)
    return small if turn is None else small.transpose(turn)


def plain(picture: Image.Image, long_side: int) -> Image.Image:
    """Shrink to ``long_side`` and bring every colour mode to RGB, what is transparent on white."""
    size = _fitted(picture.size, long_side)
    if picture.mode.startswith("I"):
        # 16 bits a pixel, which converting to 8 would cut off at white instead of scaling.
        picture = picture.convert("I").point(lambda level: level / 256).convert("L")
    elif picture.mode == "P":
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    small = picture if size == picture.size else picture.resize(size, reducing_gap=2.0)
    if not small.has_transparency_data:
        return small.convert("RGB")
    white = Image.new("RGBA", size, "white")
    white.alpha_composite(small.convert("RGBA"))
    return white.convert("RGB")


def _fitted(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    width, height = size
    longest = max(width, height)
    if longest <= long_side:
        return size
    return max(1, round(width * long_side / longest)), max(1, round(height * long_side / longest))


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # noqa: BLE001, RUF100 - EXIF is junk on many honest photos, and any parser may trip over it
        return 1
