from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from portal.web.charts import Series, bar_chart, line_chart, sparkline

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def reader() -> Iterator[None]:
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context(), force_locale("de"):
        yield


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(str(svg).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def test_bars_are_in_proportion_and_differ_by_pattern_before_colour() -> None:
    chart = bar_chart("c", "Sales", ["Q1", "Q2"], [Series("in", (100, 200)), Series("out", (50, None))])
    root = parsed(chart.svg)
    bars = [bar for bar in root.iter(f"{SVG}rect") if bar.get("y")]
    heights = [float(bar.get("height", "0")) for bar in bars]
    assert len(heights) == 3
    assert heights[1] == pytest.approx(heights[0] * 2, rel=0.01)
    assert heights[2] == pytest.approx(heights[0] / 2, rel=0.01)
    assert bars[2].get("fill") == "url(#c-pattern-1)"
    assert [entry.label for entry in chart.legend] == ["in", "out"]


def test_a_chart_has_title_and_description_and_no_style_attribute() -> None:
    chart = bar_chart("c", "A < B", ["Q1"], [Series("in", (1,))], description="One & only")
    root = parsed(chart.svg)
    assert root.get("aria-labelledby") == "c-title c-desc"
    assert root.findtext(f"{SVG}title") == "A < B"
    assert root.findtext(f"{SVG}desc") == "One & only"
    assert "style=" not in chart.svg


def test_negative_values_hang_below_the_zero_line() -> None:
    root = parsed(bar_chart("c", "Returns", ["a", "b"], [Series("n", (Decimal(100), Decimal(-50)))]).svg)
    up, down = [bar for bar in root.iter(f"{SVG}rect") if bar.get("y")]
    zero = float(up.get("y", "0")) + float(up.get("height", "0"))
    assert float(down.get("y", "0")) == pytest.approx(zero, abs=0.2)


def test_a_gap_in_a_line_stays_a_gap() -> None:
    chart = line_chart("c", "Sales", ["1", "2", "3", "4"], [Series("in", (1, None, 3, 4))])
    path = next(p for p in parsed(chart.svg).iter(f"{SVG}path") if p.get("class") == "stroke")
    assert path.get("d", "").count("M") == 2
    assert path.get("d", "").count("L") == 1


def test_lines_differ_by_dash_and_marker() -> None:
    root = parsed(line_chart("c", "Sales", ["1"], [Series(str(at), (at,)) for at in range(1, 5)]).svg)
    dashes = [path.get("stroke-dasharray") for path in root.iter(f"{SVG}path") if path.get("class") == "stroke"]
    assert dashes == [None, "7 4", "2 4", "9 3 2 3"]


def test_empty_and_all_zero_charts_are_drawn() -> None:
    assert parsed(bar_chart("c", "Nothing", [], []).svg).tag == f"{SVG}svg"
    assert parsed(line_chart("c", "Zero", ["1"], [Series("in", (0,))]).svg).tag == f"{SVG}svg"
    assert sparkline("Nothing", (None, None)) == ""


def test_large_values_are_shortened_in_the_readers_form_and_exact_in_the_table() -> None:
    chart = bar_chart("c", "Sales", ["Q1"], [Series("in", (Decimal(1250000),))])
    assert ">1,2\N{NO-BREAK SPACE}Mio.<" in chart.svg
    assert 'value="1250000"' in chart.cell(chart.series[0], 0)


def test_a_phone_gets_a_drawing_of_its_own_with_fewer_labels_and_no_name_twice() -> None:
    months = [f"Month {number:02}" for number in range(1, 13)]
    sold = [Series("Sold", [Decimal(100)] * 12), Series("Sent", [Decimal(90)] * 12)]
    for chart in (bar_chart("sales", "Sales", months, sold), line_chart("sales", "Sales", months, sold)):
        wide, narrow = ET.fromstring(chart.svg), ET.fromstring(chart.narrow_svg)
        assert (wide.get("viewBox"), narrow.get("viewBox")) == ("0 0 640 250", "0 0 358 250")
        shown = [
            [text.text for text in drawing.iter("text") if (text.text or "").startswith("Month")]
            for drawing in (wide, narrow)
        ]
        assert shown == [months[::2], months[::3]]
        names = [{part.get("id") for part in drawing.iter() if part.get("id")} for drawing in (wide, narrow)]
        assert not names[0] & names[1]


def test_a_legend_paints_its_pattern_itself_because_a_drawing_may_not_be_shown() -> None:
    chart = bar_chart("c", "Sales", ["Q1"], [Series("in", (100,)), Series("out", (50,))])
    swatch = parsed(chart.legend[1].swatch)
    [pattern] = swatch.iter(f"{SVG}pattern")
    [box] = [box for box in swatch if box.tag == f"{SVG}rect"]
    assert box.get("fill") == f"url(#{pattern.get('id')})" == "url(#c-legend-pattern-1)"
