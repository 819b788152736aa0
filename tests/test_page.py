"""The page of ``info --html``: its tables, its charts, and what a browser makes of them."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from catindex.summary import describe
from catindex.summary.page import NO_CHARTS, write
from catindex.summary.style import STYLE
from tests.browser import CHROMIUM, Browser
from tests.generator import generate
from tests.records import category, formats, info, movie, offer, series

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: A name that does harm wherever it is taken for markup, and how it is shown.
HARMFUL = "</script><img src=x onerror=harm()><script>harm()</script>"
ESCAPED = HARMFUL.replace("<", "&lt;")
#: Returns the colour of the first bar of the first chart.
COLOUR_OF_INSTANT = "getComputedStyle(document.querySelectorAll('.chart .mark-rect')[1].querySelector('path')).fill"

needs_altair = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("altair", "vl_convert"))), reason="not installed: altair, vl-convert-python"
)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="not installed: Chromium")


@pytest.fixture(name="result", scope="module")
def fixture_result(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the statistics of a dump that has a chart of each kind."""
    dump = tmp_path_factory.mktemp("page") / "dump.xml"
    dump.write_bytes(generate("2.0", 300, 0.4, 3).xml)
    return describe(str(dump))


@pytest.fixture(name="page", scope="module")
def fixture_page(result: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of its page."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_bytes(write(result))
    return path


@pytest.fixture(name="without_altair")
def fixture_without_altair(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make Altair look as if it were not installed."""
    for name in [name for name in sys.modules if name in ("catindex.summary.charts", "catindex.summary.vega")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "altair", None)


def parsed(page: bytes) -> etree._Element:
    """Return the root element of a page."""
    return etree.HTML(page, etree.HTMLParser(encoding="utf-8"))


def rows_of(page: etree._Element, table: str) -> list[list[str]]:
    """Return the texts of the cells of a table of the page."""
    body = page.find(f".//table[@id='{table}']/tbody")
    assert body is not None
    return [["".join(map(str, cell.itertext())) for cell in row] for row in body]


def specs_of(page: etree._Element) -> list[dict[str, Any]]:
    """Return the specifications of the charts."""
    return [json.loads(block.text or "") for block in page.findall(".//figure/script[@type='application/json']")]


def test_the_tables_have_the_numbers_of_the_json(page: Path, result: dict[str, Any]) -> None:
    """The tables behind the charts hold the counts of ``--json``."""
    root = parsed(page.read_bytes())
    for table, counts in (
        ("genres", result["genres"]["top"]),
        ("formats", result["titles"]["by_format"]),
        ("combinations", result["titles"]["by_combination"]),
        ("seasons", result["series"]["by_seasons"]),
    ):
        assert rows_of(root, table) == [[name, f"{count:,}"] for name, count in counts.items()]
    for table, by in (("years", result["release_years"]["by_year"]), ("months", result["availability"]["by_month"])):
        assert rows_of(root, table) == [
            [name, *(f"{count:,}" for count in counts.values())] for name, counts in by.items()
        ]
    assert [row[1:] for row in rows_of(root, "largest")] == [
        [str(entry[name]) for name in ("episodes", "seasons", "discs")] for entry in result["series"]["largest"]
    ]


def test_tables_have_captions_and_headings(page: Path) -> None:
    """Every table has a caption and headings for columns and rows."""
    root = parsed(page.read_bytes())
    assert all(table.findtext("caption") for table in root.iter("table"))
    assert {cell.get("scope") for cell in root.iter("th")} == {"col", "row"}


def test_the_dates_of_the_dump(tmp_path: Path) -> None:
    """The heading names the newest and the oldest update."""
    result = info(tmp_path / "dump.xml", movie(1, "<updated>1330560000</updated>"))
    summary = parsed(write(result)).findtext(".//header/p", "")
    assert summary.endswith(". Newest update 2012-03-01, oldest 2012-03-01.")


def test_a_page_of_almost_nothing(tmp_path: Path) -> None:
    """A file without dates, genres or series has a page of fewer cards."""
    page = parsed(write(info(tmp_path / "dump.xml", movie(1))))
    assert [heading.text for heading in page.iter("h2")] == ["Formats", "Numbers", "Data quality", "Warnings", "Series"]


def test_names_from_the_input_are_text(tmp_path: Path) -> None:
    """Markup in a title or genre is shown as text, in tables and in charts; no element or script comes of it."""
    result = info(tmp_path / "dump.xml", movie(1, category("genres/1", ESCAPED)), *series(7, 1, ESCAPED))
    page = parsed(write(result))
    assert rows_of(page, "largest") == [[HARMFUL, "1", "1", "0"]]
    assert rows_of(page, "genres") == [[HARMFUL, "1"]]
    assert page.findall(".//img") == []
    assert all("harm()" not in (script.text or "") for script in page.findall("body/script"))


def test_a_path_that_is_not_utf_8(tmp_path: Path) -> None:
    """Control characters and foreign bytes in the name of the file appear as escapes."""
    result = info(tmp_path / "dump.xml", movie(1))
    result["input"]["path"] = "a\x1b\udcff\u202e.xml"
    assert parsed(write(result)).findtext(".//h1") == r"a\x1b\xff\u202e.xml"


def test_the_page_loads_nothing(page: Path) -> None:
    """No element refers to another resource, and the policy of the page forbids all of them."""
    root = parsed(page.read_bytes())
    attributes = {str(name) for element in root.iter() for name in element.attrib}
    assert not attributes & {"href", "src", "srcset", "data", "action"}
    assert not re.search(r"url\(|@import|https?:", STYLE)
    policy = root.find(".//meta[@http-equiv='Content-Security-Policy']")
    assert policy is not None
    assert (policy.get("content") or "").startswith("default-src 'none'; style-src 'unsafe-inline'; script-src ")


@pytest.mark.usefixtures("without_altair")
def test_without_the_extra_there_are_tables(tmp_path: Path) -> None:
    """Without Altair the page names the extra, and shows its tables unfolded."""
    page = parsed(write(info(tmp_path / "dump.xml", movie(1, formats(offer("DVD"))))))
    assert [paragraph.text for paragraph in page.findall(".//header/p")][1:] == [NO_CHARTS]
    assert page.findall(".//script") + page.findall(".//details") == []
    assert rows_of(page, "formats") == [["instant", "0"], ["DVD", "1"], ["Blu-ray", "0"]]


@needs_altair
@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({1990: 1}, (range(1990, 1991), 0)),
        ({1990: 1, 1995: 2}, (range(1990, 1996), 0)),
        ({0: 1, 1990: 5, 1999: 5, 9999: 2}, (range(1990, 2000), 3)),
    ],
)
def test_outliers_are_left_out_of_a_chart(counts: dict[int, int], shown: tuple[range, int]) -> None:
    """A chart shows the run of years with the most titles, and how many it leaves out."""
    from catindex.summary.charts import window  # noqa: PLC0415 - needs Altair

    assert window(counts, 10) == shown


@needs_altair
def test_the_script_is_there_once(page: Path) -> None:
    """All charts share one script, and their data cannot end the element that holds it."""
    root = parsed(page.read_bytes())
    scripts = root.findall(".//script")
    blocks = [script.text or "" for script in scripts if script.get("type") == "application/json"]
    assert (len(scripts) - len(blocks), len(blocks)) == (1, len(root.findall(".//div[@class='chart']")))
    assert not any("<" in block for block in blocks)


@needs_altair
def test_shares_are_out_of_all_titles(page: Path, result: dict[str, Any]) -> None:
    """Every bar of a share is drawn on an axis from 0 to 1, which stands for all titles."""
    layers = [
        (layer["encoding"]["x"], spec["datasets"][spec["data"]["name"]])
        for spec in specs_of(parsed(page.read_bytes()))
        for layer in spec["layer"]
        if layer["encoding"].get("x", {}).get("field") == "share"
    ]
    assert len(layers) == 5  # each format, combinations, genres, ratings, data quality
    for x, rows in layers:
        assert x["scale"]["domain"] == [0, 1]
        assert [row["share"] for row in rows] == [row["titles"] / result["titles"]["total"] for row in rows]


@needs_altair
def test_a_format_or_medium_has_one_colour(page: Path) -> None:
    """A format has the same colour among all formats and in its chart of years, streaming that of instant."""
    formats_chart, _, *panels, months_chart = specs_of(parsed(page.read_bytes()))[:6]
    in_formats, in_months = (
        {row.get("medium") or row["label"]: row["colour"] for rows in chart["datasets"].values() for row in rows if row}
        for chart in (formats_chart, months_chart)
    )
    assert in_formats == {"instant": "var(--streaming)", "DVD": "var(--dvd)", "Blu-ray": "var(--blu-ray)"}
    assert in_months == {"streaming": "var(--streaming)", "disc": "var(--disc)"}
    assert [chart["layer"][1]["mark"]["color"] for chart in panels] == list(in_formats.values())


@needs_altair
def test_everything_else_is_neutral(page: Path) -> None:
    """Combinations of formats, genres, ratings, fields, series and warnings have no colour of a format."""
    _, combinations, *_, genres, largest, ratings, missing, warnings = specs_of(parsed(page.read_bytes()))
    for chart in (combinations, genres, largest, ratings, missing, warnings):
        colours = set(re.findall(r"--[\w-]+", json.dumps([chart["layer"], chart["datasets"]])))
        assert colours <= {"--neutral", "--track", "--soft"}


@needs_altair
def test_colours_are_defined_for_light_and_dark(page: Path) -> None:
    """The style sheet has each colour of the charts twice."""
    used = set(re.findall(r"var\((--[\w-]+)\)", json.dumps(specs_of(parsed(page.read_bytes())))))
    assert {name for name in used if STYLE.count(f"{name}: #") < 2} == set()


# In a browser.


@pytest.fixture(name="browser", scope="module")
def fixture_browser() -> Iterator[Browser]:
    """Start a browser."""
    with Browser() as browser:
        yield browser


@needs_altair
@needs_chromium
@pytest.mark.parametrize("width", [1280, 390])
def test_charts_are_drawn_in_their_cards(browser: Browser, page: Path, width: int) -> None:
    """Every chart has bars, and neither a chart nor the page is wider than the screen."""
    browser.show(page, width=width)
    charts = browser.evaluate(
        "[...document.querySelectorAll('.chart')].map(chart => [chart.querySelectorAll('.mark-rect path').length, "
        "chart.querySelector('svg').getBoundingClientRect().width - chart.getBoundingClientRect().width])"
    )
    assert len(charts) == len(specs_of(parsed(page.read_bytes())))
    assert [chart for chart in charts if chart[0] == 0 or chart[1] > 0] == []
    assert browser.evaluate("document.documentElement.scrollWidth") == width


@needs_altair
@needs_chromium
def test_nothing_is_logged_or_requested(browser: Browser, page: Path) -> None:
    """The console stays empty, and the page itself is the only request."""
    browser.show(page)
    assert (browser.errors, browser.requests) == ([], [page.as_uri()])


@needs_altair
@needs_chromium
def test_charts_follow_the_dark_mode(browser: Browser, page: Path) -> None:
    """The bar of the format instant is blue, and a lighter blue in the dark."""
    fills = []
    for dark in (False, True):
        browser.show(page, dark=dark)
        fills.append(browser.evaluate(COLOUR_OF_INSTANT))
    assert fills == ["rgb(36, 104, 200)", "rgb(110, 168, 254)"]


@needs_altair
@needs_chromium
def test_charts_are_described(browser: Browser, page: Path) -> None:
    """Each chart has a description for screen readers."""
    browser.show(page)
    labels = browser.evaluate("[...document.querySelectorAll('.chart')].map(chart => chart.getAttribute('aria-label'))")
    assert [label.partition(":")[0] for label in labels] == ["Bars"] * 2 + ["Columns"] * 4 + ["Bars"] * 5


@needs_altair
@needs_chromium
def test_names_in_tooltips_are_text(browser: Browser, tmp_path: Path) -> None:
    """A name with markup is text in a chart and in its tooltip, and no script in it runs."""
    page = tmp_path / "page.html"
    page.write_bytes(write(info(tmp_path / "dump.xml", movie(1, category("genres/1", ESCAPED)))))
    browser.show(page)
    x, y = browser.evaluate(
        "(() => { const charts = document.querySelectorAll('.chart'); charts[2].scrollIntoView({block: 'center'});"
        "const bar = charts[2].querySelector('.mark-rect path').getBoundingClientRect();"
        "return [bar.x + bar.width / 2, bar.y + bar.height / 2]; })()"
    )
    browser.move(x - 1, y)
    browser.move(x, y)
    shown = browser.evaluate("document.querySelector('#vg-tooltip-element.visible')?.innerText")
    assert shown.splitlines() == [f"genre\t{HARMFUL}", "titles\t1", "share\t100.0%"]
    assert browser.evaluate("document.images.length") == 0
    assert (browser.errors, browser.requests) == ([], [page.as_uri()])


@needs_altair
@needs_chromium
def test_the_page_prints_on_three_sheets(browser: Browser, page: Path) -> None:
    """On A4 the page takes two or three sheets, in light colours even from a dark screen."""
    browser.show(page, dark=True)
    assert len(re.findall(rb"/Type\s*/Page\b", browser.pdf())) in (2, 3)
    browser.call(
        "Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}]
    )
    assert browser.evaluate(COLOUR_OF_INSTANT) == "rgb(36, 104, 200)"
