import re
from xml.etree import ElementTree as ET

import pytest

from portal.papers.qr import draw_qr

SVG = "{http://www.w3.org/2000/svg}"


def drawn(text="https://example.test/v/7Q2K", title="扫码核对"):
    return ET.fromstring(draw_qr(text, title))


def test_a_code_is_styled_by_attributes_alone():
    svg = draw_qr("https://example.test/v/7Q2K", "扫码核对")

    assert "style" not in svg
    assert "class=" not in svg
    assert "<script" not in svg


def test_a_code_is_named_for_those_who_hear_the_page():
    svg = drawn(title='扫码核对 <&> "')

    assert svg.attrib["role"] == "img"
    assert next(child.text for child in svg if child.tag.endswith("title")) == '扫码核对 <&> "'


def test_a_code_keeps_four_modules_of_white_around_it():
    svg = drawn()

    _, _, width, height = map(int, svg.attrib["viewBox"].split())
    dark = next(path for path in svg if path.attrib.get("stroke"))
    first_column, first_row = re.match(r"M(\d+) ([\d.]+)", dark.attrib["d"]).groups()

    assert width == height
    assert (int(first_column), float(first_row)) == (4, 4.5)
    assert (width - 8 - 17) % 4 == 0, "what is left is the side of a QR code"


def test_another_text_makes_another_code():
    assert draw_qr("one", "核对") != draw_qr("two", "核对")


def test_a_text_too_long_for_any_code_is_a_fault_of_the_caller():
    with pytest.raises(ValueError, match="too large"):
        draw_qr("长" * 4000, "核对")
