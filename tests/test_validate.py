"""What `catindex validate` finds, and that it finds nothing in what catindex writes."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from lxml import etree

from catindex.cli import main
from catindex.cli.validate import PROFILES as OFFERED_PROFILES
from catindex.cli.validate import SCHEMAS as OFFERED_SCHEMAS
from catindex.errors import DataError
from catindex.validate.rules import PROFILES
from catindex.validate.run import CODES, Finding, Validation, validate
from catindex.validate.schemas import FOLDER, SCHEMAS
from tests.generator import DIALECTS, generate
from tests.running import catindex, index_1, index_2

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"
API = "http://api.netflix.com"
REL = "http://schemas.netflix.com/catalog"
DVD = f'<category scheme="{API}/categories/title_formats" label="DVD" term="DVD"/>'
INSTANT = DVD.replace("DVD", "instant")
ON_DVD = '<availability available_from="1190000000">' + DVD + "</availability>"
STREAMING = '<availability available_from="1190000000" available_until="4102444800">' + INSTANT + "</availability>"


def formats(*availabilities: str) -> str:
    """Write a link with these availabilities."""
    inside = "".join(availabilities)
    return f'<link rel="{REL}/titles/format_availability"><delivery_formats>{inside}</delivery_formats></link>'


def head(path: str, name: str = "A") -> str:
    """Write id and title."""
    return f'<id>{API}/catalog/titles/{path}</id><title short="{name}" regular="{name}"/>'


def episode(number: int, season: int = 1) -> str:
    """Write an episode as it stands inside a unified series."""
    numbers = f"<season_number>{season}</season_number><episode_number>{number}</episode_number>"
    return f"<catalog_title>{head(f'programs/{season}0{number}')}{numbers}</catalog_title>"


def series(*episodes: str) -> str:
    """Write a unified series."""
    inside = "".join(episodes)
    return (
        f"{head('series/1')}{formats(STREAMING)}"
        f'<link rel="{REL}/titles.programs" title="episodes"><catalog_titles>{inside}</catalog_titles></link>'
    )


MOVIE = head("movies/1")


def findings(data: bytes, profile: str = "combined", **options: str) -> list[Finding]:
    """Validate these bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "input.xml")
        path.write_bytes(data)
        return list(validate(Validation(str(path), profile, jobs=1, **options)))  # type: ignore[arg-type]


def codes(data: bytes, profile: str = "combined", **options: str) -> list[str]:
    """Validate these bytes, and give only the codes."""
    return [finding.code for finding in findings(data, profile, **options)]


def run(*arguments: str) -> tuple[int, list[str]]:
    """Run the command and give its status and what it printed on standard output."""
    result = CliRunner().invoke(main, ["validate", *arguments], prog_name="catindex", standalone_mode=False)
    return result.return_value, result.stdout.splitlines()


# --- what is right ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_process_writes_validates(dialect: str) -> None:
    """Whatever `process` makes of a dump validates with the profile of its file."""
    outcome = catindex("process", generate(dialect, 400, 0.4, 7).xml, ("streaming", "dvd"), jobs=1)
    assert {medium: findings(data, medium) for medium, data in outcome.files.items()} == {"streaming": [], "dvd": []}


def test_a_file_of_a_medium_may_be_empty() -> None:
    """Where no title is available in a medium, its file is right without any; a dump is not."""
    streaming = catindex("process", index_2(MOVIE + formats(ON_DVD))).files["streaming"]
    assert findings(streaming, "streaming") == []
    with pytest.raises(DataError, match="contains no record"):
        findings(streaming)


@pytest.mark.parametrize("index", ["index-1.x", "index-2.0"])
@pytest.mark.parametrize("medium", ["streaming", "dvd"])
def test_expected_samples_validate(index: str, medium: str) -> None:
    """The samples' outputs validate with their profiles."""
    path = SAMPLES / "expected" / index / f"{medium}.xml"
    assert list(validate(Validation(str(path), medium))) == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_unify_writes_has_the_unified_structure(dialect: str) -> None:
    """`unify` alone writes what the schema of catindex's own output describes."""
    data = catindex("unify", generate(dialect, 300, 0.4, 8).xml, jobs=1).files["titles"]
    assert "structure" not in codes(data, schema="unified")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_structure_of_dumps(dialect: str) -> None:
    """A dump has the structure of its dialect."""
    assert "structure" not in codes(generate(dialect, 500, 0.4, 9).xml)


def test_any_number_of_processes_finds_the_same(tmp_path: Path) -> None:
    """Findings come in the same order from one process and from several."""
    path = tmp_path / "dump.xml"
    path.write_bytes(generate("2.0", 500, 0.4, 10).xml)
    alone, together = (list(validate(Validation(str(path), jobs=jobs))) for jobs in (1, 2))
    assert alone == together != []


SEARCH = f"""<catalog_titles><link href="{API}/catalog/titles/index" rel="{REL}/titles/index" title="index"></link>
<url_template>{API}/catalog/titles?{{-join|&amp;|term}}</url_template><number_of_results>1</number_of_results>
<start_index>0</start_index><results_per_page>1</results_per_page>
<catalog_title>{MOVIE}<box_art small="http://cdn.example/1.jpg"></box_art><runtime>7500</runtime>
<link href="{API}/catalog/titles/movies/1/cast" rel="{REL}/people.cast" title="cast"></link></catalog_title>
</catalog_titles>"""
SHOW = f"""<catalog_title id="1" type="show"><url>{API}/catalog/titles/series/1</url><release_year>2006</release_year>
<title>A</title><people><person id="2" type="actor"><name>B</name></person></people><genres><genre>C</genre></genres>
<is_surround_available channels="5.1">true</is_surround_available></catalog_title>"""
EPISODE = """<catalog_title id="2" type="episode"><title>A: Season 1: "B"</title><duration>2608</duration>
<show id="1"><season_number>1</season_number><episode_number>1</episode_number></show></catalog_title>"""
REGIONAL = f"<catalog_titles>{EPISODE}\n{SHOW}</catalog_titles>"


@pytest.mark.parametrize("data", [SEARCH, REGIONAL], ids=["search", "regional"])
def test_other_dialects(data: str) -> None:
    """A search response and a regional index are right as they are."""
    assert findings(data.encode()) == []


# --- schemas ----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("xmllint") is None, reason="xmllint is not installed")
@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("index-1.x", "index-1.x.xml"),
        ("index-2.0", "index-2.0.xml"),
        ("index-2.0", "expected/index-1.x/dvd.xml"),
        ("unified", "expected/index-1.x/dvd.xml"),
        ("unified", "expected/index-2.0/streaming.xml"),
        ("unified", "expected/index-2.0/unavailable.xml"),
    ],
)
def test_xmllint_alone_accepts(schema: str, path: str) -> None:
    """The schemas describe whole files for xmllint."""
    command = ["xmllint", "--relaxng", str(FOLDER / f"{schema}.rng"), "--noout", str(SAMPLES / path)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("schema", SCHEMAS)
def test_schemas_describe_one_file_each(schema: str) -> None:
    """No schema accepts what another dialect's root says, or a root without anything in it that is known."""
    grammar = etree.RelaxNG(etree.parse(FOLDER / f"{schema}.rng"))
    assert not grammar.validate(etree.fromstring("<html/>"))


def test_choices_are_those_there_are() -> None:
    """What the command line offers, without loading what knows it, is what there is."""
    assert (OFFERED_PROFILES, OFFERED_SCHEMAS) == (PROFILES, SCHEMAS)


@pytest.mark.parametrize(
    "more",
    [
        "<box_office>1<title/></box_office>",
        '<link rel="x" new="y"><novelty/></link>',
        '<release_year note="z">1999</release_year>',
        "<release_year/><average_rating/><external_ids/><runtime> </runtime>",
        formats('<availability region="US"><window/>' + DVD + "</availability>"),
    ],
)
def test_the_unknown_is_welcome(more: str) -> None:
    """Elements and attributes that nobody knows may stand anywhere, and what is not mandatory may be empty."""
    assert codes(index_2(MOVIE + more)) == []


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ("<title regular='A'/>", "element id"),
        (f"<id>{API}/catalog/titles/movies/1</id>", "element title"),
        (MOVIE.replace("regular", "long").replace("short", "brief"), "element title failed to validate attributes"),
        (MOVIE + "<runtime>long</runtime>", "element runtime"),
        (MOVIE + "<average_rating>good</average_rating>", "element average_rating"),
        (MOVIE + "<runtime>1</runtime><runtime>2</runtime>", "runtime"),
        (MOVIE + "stray", "text"),
        (MOVIE + "<people/>", "people"),
        (MOVIE + '<external_ids><id rel="">1</id><id>2</id></external_ids>', "element id"),
        (MOVIE + '<link rel="x">text</link>', "element link"),
    ],
)
def test_structure(record: str, told: str) -> None:
    """What is known must stand where it belongs; the finding names what does not."""
    found = [one.text for one in findings(index_2(record)) if one.code == "structure"]
    assert [told in text for text in found] == [True], found


def test_structure_of_1() -> None:
    """A record of 1.x has its title as text, and what only 2.0 knows is unknown there."""
    record = f"<title>A</title><id>{API}/catalog/titles/movies/1</id><season_label/>"
    assert codes(index_1(record, record.replace("A", "A<b/>").replace("/1<", "/2<"))) == ["structure"]


def test_structure_of_a_regional_record() -> None:
    """A regional record is a movie, a show or an episode."""
    assert codes(REGIONAL.replace('"show"', '"program"').encode()) == ["structure", "unreadable-id", "missing-series"]


@pytest.mark.parametrize(
    ("record", "right"),
    [
        ("<release_year>1999</release_year><runtime>1</runtime><updated>1</updated>", True),
        ("<runtime>1</runtime><release_year>1999</release_year><updated>1</updated>", False),
        ("<updated>1</updated><runtime>1</runtime>", False),
    ],
)
def test_unified_titles_have_one_order(record: str, *, right: bool) -> None:
    """The schema of catindex's own output asks for its one order of children, that of 2.0 does not."""
    data = index_2(MOVIE + record)
    assert codes(data) == []
    assert codes(data, schema="unified") == ([] if right else ["structure"])


def test_parts_of_a_unified_series_have_one_order() -> None:
    """The order holds for the parts inside a series, too."""
    turned = episode(1).replace("</season_number>", "</season_number><updated>1</updated>")
    assert codes(index_2(series(turned)), schema="unified") == ["structure"]


def test_lines() -> None:
    """A finding's line is that of its element, whatever stands before it."""
    record = f"\n{MOVIE}\n<release_year>MM</release_year>\n{formats(chr(10) + ON_DVD.replace('DVD', 'VHS'))}"
    found = findings(index_2(head("movies/2") + "\n\n", record))
    assert [(one.line, one.code) for one in found] == [(8, "bad-date"), (10, "unknown-format")]
    (wrong,) = findings(index_2(head("movies/2") + "\n\n", f"\n{MOVIE}\n\n<runtime>long</runtime>\n"))
    assert (wrong.line, wrong.code) == (9, "structure")


# --- sense ------------------------------------------------------------------------------------------------------------


def of_dvd(change: str) -> bytes:
    """Write an index of a movie whose availability has a changed start."""
    return index_2(MOVIE + formats(ON_DVD.replace('available_from="1190000000"', change)))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (index_2(MOVIE.replace(f"{API}/catalog/titles/movies/1", " ")), ["empty-value"]),
        (index_2(MOVIE.replace('"A"', '""')), ["empty-value"]),
        (index_2(MOVIE + formats("<availability/>")), ["empty-value"]),
        (index_2(MOVIE.replace("movies/1", "cinema/1")), ["unreadable-id"]),
        (index_2(MOVIE + formats(ON_DVD.replace("DVD", "VHS"))), ["unknown-format"]),
        (of_dvd('available_from="soon"'), ["bad-date"]),
        (of_dvd('available_until=""'), ["bad-date"]),
        (of_dvd('available_from="-86400"'), []),
        (index_2(MOVIE + "<updated>2012-09-15</updated>"), ["bad-date"]),
        (index_2(MOVIE + "<release_year>nineteen</release_year>"), ["bad-date"]),
        (of_dvd('available_from="2" available_until="1"'), ["reversed-dates"]),
        (of_dvd('available_from="2" available_until="2"'), []),
        (index_2(MOVIE, MOVIE), ["duplicate"]),
        (index_2(MOVIE, MOVIE + "<runtime>1</runtime>"), ["conflict"]),
        (index_2(MOVIE, head("series/1")), []),
        (index_2(head("programs/1")), ["orphan"]),
        (index_2(head("series/1/seasons/1")), ["missing-series"]),
        (index_2(head("series/1/seasons/1"), head("series/1")), []),
        (
            b"<catalog_titles><catalog_title>" + MOVIE.encode() + b"</catalog_title><x/></catalog_titles>",
            ["not-a-record"],
        ),
        (b"<catalog_titles><catalog_title>" + MOVIE.encode() + b"</catalog_title>x</catalog_titles>", ["stray-text"]),
    ],
)
def test_sense(data: bytes, expected: Sequence[str]) -> None:
    """Each thing that makes no sense is found under its code, and nothing beside it."""
    assert codes(data) == expected


def test_claimed_twice() -> None:
    """A part that two series list is found."""
    listing = f'<link rel="{REL}/titles.programs"><link href="{API}/catalog/titles/programs/5" title="E"/></link>'
    data = index_2(head("series/1") + listing, head("series/2") + listing, head("programs/5"))
    assert codes(data) == ["claimed-twice"]


@pytest.mark.parametrize(("twin", "expected"), [("Dramas", []), ("Comedies", ["lone-twin"])])
def test_lone_twins(twin: str, expected: list[str]) -> None:
    """A deprecated category needs a current one that says the same."""
    old = f'<category scheme="{API}/catalog/genres" label="{twin}" term="{twin}" status="deprecated"/>'
    new = f'<category scheme="{API}/categories/genres" label="Dramas" term="Dramas"/>'
    assert codes(index_1(f"<title>A</title><id>{API}/catalog/titles/movies/1</id>{old}{new}")) == expected


@pytest.mark.parametrize(
    ("episodes", "expected"),
    [
        ([episode(1), episode(2), episode(1, 2)], []),
        ([episode(3), episode(4)], []),
        ([episode(1), episode(4)], ["gap"]),
        ([episode(1), episode(3), episode(1, 2), episode(3, 2)], ["gap", "gap"]),
        ([episode(1), episode(1)], ["repeat"]),
        ([f"<catalog_title>{head('programs/1')}</catalog_title>", episode(5)], []),
    ],
)
def test_episode_numbers(episodes: list[str], expected: list[str]) -> None:
    """Numbers run on within each season of a unified series, from wherever they begin, and none comes twice."""
    assert codes(index_2(series(*episodes)), schema="unified") == expected


def test_gaps_are_natural_in_a_split_file() -> None:
    """A file of one medium may lack the episodes of the other, but holds none twice."""
    data = index_2(series(episode(1), episode(4), episode(4)))
    assert codes(data, "streaming") == ["repeat"]


# --- profiles ---------------------------------------------------------------------------------------------------------

UPC = f'<external_ids><id rel="{REL}/id.upc">0900000000017</id></external_ids>'
AMG = UPC.replace("upc", "amg")
OF_SERIES = f'<link rel="{REL}/titles.series" href="{API}/catalog/titles/series/1"/>'


@pytest.mark.parametrize(
    ("record", "streaming", "dvd"),
    [
        (MOVIE + formats(STREAMING), [], ["other-medium", "not-available"]),
        (MOVIE + formats(ON_DVD), ["other-medium", "not-available"], []),
        (MOVIE + formats(STREAMING, ON_DVD), ["other-medium"], ["other-medium"]),
        (MOVIE, ["not-available"], ["not-available"]),
        (MOVIE + formats(STREAMING) + UPC, ["other-medium"], ["other-medium", "not-available"]),
        (MOVIE + formats(ON_DVD) + UPC, ["other-medium", "other-medium", "not-available"], []),
        (MOVIE + formats(ON_DVD) + AMG, ["other-medium", "not-available", "retired-id"], ["retired-id"]),
        (head("discs/1") + formats(ON_DVD), ["other-medium", "not-available"], []),
        (
            head("discs/1") + formats(ON_DVD) + OF_SERIES,
            ["other-medium", "not-available", "part-as-record"],
            ["part-as-record"],
        ),
        (
            head("series/1/seasons/2") + formats(STREAMING),
            ["part-as-record"],
            ["other-medium", "not-available", "part-as-record"],
        ),
    ],
)
def test_profiles(record: str, streaming: list[str], dvd: list[str]) -> None:
    """A split file holds its own medium only, no retired ids, and no seasons or discs of a known series."""
    data = index_2(record)
    assert sorted(codes(data, "streaming")) == sorted(streaming)
    assert sorted(codes(data, "dvd")) == sorted(dvd)


@pytest.mark.parametrize("data", [SEARCH, REGIONAL])
def test_profiles_need_formats(data: str) -> None:
    """What names no formats cannot be a split file: that is an error, not a finding."""
    with pytest.raises(DataError):
        findings(data.encode(), "dvd")


# --- the command ------------------------------------------------------------------------------------------------------


def test_status_of_what_is_right() -> None:
    """Nothing is printed of a file that is right, and the status is 0."""
    assert run(str(SAMPLES / "expected" / "index-2.0" / "dvd.xml"), "--profile", "dvd") == (0, [])


def test_findings_are_printed() -> None:
    """Each finding is a line with file, line, code and words; the status is 1."""
    path = str(SAMPLES / "index-2.0.xml")
    status, lines = run(path)
    assert (status, lines[1]) == (1, f"{path}:432: conflict: movie/90000002: {CODES['conflict']}")


def test_findings_as_json() -> None:
    """Each finding is an object of the same keys."""
    path = str(SAMPLES / "index-2.0.xml.gz")
    first = json.loads(run(path, "--json")[1][0])
    want = {"file": path, "line": 415, "code": "duplicate", "text": CODES["duplicate"], "key": "movie/90000003"}
    assert first == want


@pytest.mark.parametrize(("most", "printed"), [("0", 0), ("3", 3), ("9", 4)])
def test_most_findings(most: str, printed: int) -> None:
    """No more findings are printed than asked for, and the rest counts for the status."""
    status, lines = run(str(SAMPLES / "index-2.0.xml"), "--max", most)
    assert (status, len(lines)) == (1, printed)


def test_malformed_input_is_an_error(tmp_path: Path) -> None:
    """A file that is not well-formed ends the run as everywhere."""
    path = tmp_path / "dump.xml"
    path.write_bytes(index_2(MOVIE, MOVIE.replace("</id>", "</ID>")))
    with pytest.raises(DataError, match=r"record 2, after movie/1\)$"):
        list(validate(Validation(str(path))))


def test_malformed_input_after_a_record_without_an_id(tmp_path: Path) -> None:
    """The message names the last record that has a key, in the same chunk or in an earlier one."""
    path = tmp_path / "dump.xml"
    for between in ("<title regular='A'/>", f"<title regular='{'A' * 3_000_000}'/>"):
        path.write_bytes(index_2(MOVIE, between, MOVIE.replace("</id>", "</ID>")))
        with pytest.raises(DataError, match=r"record 3, after movie/1\)$"):
            list(validate(Validation(str(path))))


def test_the_folder_of_schemas() -> None:
    """The folder that is printed holds the schemas, which need no input to be asked for."""
    (line,) = CliRunner().invoke(main, ["validate", "--schemas"]).stdout.splitlines()
    assert {path.stem for path in Path(line).glob("*.rng")} == {*SCHEMAS, "common"}


def test_codes_are_documented() -> None:
    """The docs list every code."""
    section = (
        (ROOT / "docs" / "commands.md")
        .read_text(encoding="utf-8")
        .partition("## Check a file")[2]
        .partition("\n## ")[0]
    )
    assert [code for code in CODES if f"`{code}`" not in section] == []
