"""What the announcements had put in force by a date (section 7): the rules, one by one and together."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta, timezone
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import pytest
from click.testing import CliRunner
from lxml import etree

from catindex.cli import invoke, main
from catindex.rules import dated
from catindex.rules.dated import RULES, UNTIL
from tests.running import catindex, index_1, index_2
from tests.test_series import link, offers, record

if TYPE_CHECKING:
    from collections.abc import Callable

    Program = Callable[..., "Ended"]

NO_END = 4102444800
DAY = timedelta(days=1)
CODES = [rule.code for rule in RULES]
PAGE = (Path(__file__).parent.parent / "docs" / "dated-rules.md").read_text(encoding="utf-8")

TITLE_STATES = """\
<?xml version="1.0" standalone="yes"?>
<title_states>
  <url_template>http://api.netflix.com/users/1/title_states?{-join|&amp;|title_refs|include_tms}</url_template>
  <title_state>
    <link href="https://api.netflix.com/catalog/titles/movies/1" rel="http://schemas.netflix.com/catalog/title"/>
    <playback_bookmark>1200</playback_bookmark>
    <watched_date>1300000000</watched_date>
    <watched_to_end>true</watched_to_end>
    <note><![CDATA[see <a href="http://www.netflix.com/Movie/1">1</a> or http://api.netflix.com.]]></note>
    <external_ids><id rel="http://schemas.netflix.com/catalog/id.amg">V 1</id></external_ids>
  </title_state>
</title_states>
"""


class Ended(NamedTuple):
    """How a call ended, and what it printed."""

    status: int
    out: str
    err: str


@pytest.fixture
def program(capfd: pytest.CaptureFixture[str]) -> Program:
    """Give a way to call the program in this process."""

    def call(*arguments: object) -> Ended:
        return Ended(invoke([str(argument) for argument in arguments]), *capfd.readouterr())

    return call


def midnight(day: date) -> int:
    """Give the Unix seconds of the beginning of a day."""
    return int(datetime(day.year, day.month, day.day, tzinfo=timezone.utc).timestamp())


def applied(xml: str, as_of: date) -> str:
    """Apply the rules in force on a day to the inside of an element."""
    root = etree.fromstring(f"<r>{xml}</r>")
    dated.apply(root, as_of)
    return etree.tostring(root, encoding="unicode").removeprefix("<r>").removesuffix("</r>").replace("<r/>", "")


def genre(term: str, status: str = "", steps: str = "categories/genres") -> str:
    """Write a genre."""
    status = f' status="{status}"' if status else ""
    return f'<category scheme="http://schemas.netflix.com/{steps}"{status} label="{term}" term="{term}"/>'


def until(end: int | str) -> str:
    """Write an availability that ends then."""
    return f'<availability available_from="5" available_until="{end}"/>'


#: On the days before the last rule about ends, this one was near, and told.
NEARER = midnight(date(2013, 9, 20))
NEAR, FAR = (midnight(date(2012, 6, 15) + timedelta(days=days)) for days in (14, 30))

#: Code -> what the rule changes, and what into.
EXAMPLES = {
    "genres-once": (genre("A") * 2 + genre("B", "deprecated", "catalog/genres") + genre("B"), genre("A") + genre("B")),
    "bookmark-zero": ("<playback_bookmark>1200</playback_bookmark>", "<playback_bookmark>0</playback_bookmark>"),
    "ends-near-only": (until(NEAR) + until(FAR), until(NEAR) + until(NO_END)),
    "history-gone": ("<a/><watched_date>1</watched_date><watched_to_end/>", "<a/>"),
    "public-host": (
        '<id>http://API.netflix.com/x</id><a href="https://api.netflix.com" rel="http://schemas.netflix.com/y"/>',
        '<id>http://api-public.netflix.com/x</id><a href="https://api-public.netflix.com" rel="http://schemas.netflix.com/y"/>',
    ),
    "ends-gone": (until(NEARER) + f"<{UNTIL}>{NEARER}</{UNTIL}>", until(NO_END) + f"<{UNTIL}>{NO_END}</{UNTIL}>"),
}  # fmt: skip
DATES = {rule.code: rule.since for rule in RULES}


@pytest.mark.parametrize("code", EXAMPLES)
def test_a_rule_begins_on_its_day(code: str) -> None:
    """The day before, a rule does nothing; on its day and ever after it does what it says."""
    before, after = EXAMPLES[code]
    assert applied(before, DATES[code] - DAY) == before
    assert applied(before, DATES[code]) == after


def test_every_rule_that_changes_titles_has_an_example() -> None:
    """No rule goes untested."""
    assert [rule.code for rule in RULES if rule.change] == list(EXAMPLES)


@pytest.mark.parametrize("as_of", sorted(set(DATES.values())))
def test_twice_is_once(as_of: date) -> None:
    """What the rules have changed once they leave alone."""
    once = applied("".join(before for before, _ in EXAMPLES.values()), as_of)
    assert applied(once, as_of) == once


@pytest.mark.parametrize("as_of", [date(2012, 9, 20), date(2014, 1, 1)])
def test_any_order_will_do(as_of: date) -> None:
    """The rules in force give the same in whatever order they are applied."""
    xml = "<r>" + "".join(before for before, _ in EXAMPLES.values()) + until(midnight(as_of + DAY)) + "</r>"
    found = set()
    for rules in permutations(rule for rule in dated.in_force(as_of) if rule.change):
        root = etree.fromstring(xml)
        for rule in rules:
            assert rule.change is not None
            rule.change(root, as_of)
        found.add(etree.tostring(root))
    assert len(found) == 1


@pytest.mark.parametrize(
    ("end", "kept"),
    [(-1, False), (0, True), (86400, True), (14 * 86400, True), (14 * 86400 + 1, False)],
)
def test_two_weeks_of_notice(end: int, *, kept: bool) -> None:
    """An end from the beginning of the day to two weeks later is told; one that is past or later is not."""
    as_of = date(2012, 8, 1)
    seconds = midnight(as_of) + end
    assert applied(until(seconds), as_of) == until(seconds if kept else NO_END)


@pytest.mark.parametrize("end", ["", "soon", "-5", " 7 "])
def test_an_end_that_is_no_date(end: str) -> None:
    """Whatever does not fall within two weeks is replaced; where no end is told, none is made."""
    assert applied(until(end) + '<availability available_from="5"/>', date(2012, 8, 1)) == (
        until(NO_END) + '<availability available_from="5"/>'
    )


@pytest.mark.parametrize(
    "text",
    [
        "http://www.netflix.com/Movie/1",
        "http://schemas.netflix.com/catalog/titles",
        "http://api-public.netflix.com/x",
        "http://api-nccp.netflix.com/x",
        "http://api.netflix.com.example.org/x",
        "http://api.netflix.community/x",
        "the domain api.netflix.com",
    ],
)
def test_other_hosts_stay(text: str) -> None:
    """Only the host of the API in a URL is another one."""
    assert applied(f'<a b="{text}">{text}</a>{text}', date(2012, 9, 15)) == f'<a b="{text}">{text}</a>{text}'


def test_only_genres_lose_their_twins() -> None:
    """Other categories stay as they are, and so do genres of different elements."""
    ratings = '<category scheme="http://api-public.netflix.com/categories/mpaa_ratings" label="R" term="R"/>' * 2
    xml = f"{ratings}<a>{genre('A')}</a><b>{genre('A')}</b>"
    assert applied(xml, date(2014, 1, 1)) == xml


def test_the_withdrawn_rule_is_never_in_force() -> None:
    """DVD was to leave the API on 14 October 2011; that was taken back, and nothing happens."""
    (withdrawn,) = (rule for rule in RULES if rule.withdrawn)
    assert (withdrawn.since, withdrawn.change) == (date(2011, 10, 14), None)
    assert withdrawn not in dated.in_force(date(2015, 1, 1))


def test_rules_are_in_order() -> None:
    """The table is sorted by date, and no code comes twice."""
    assert [rule.since for rule in RULES] == sorted(rule.since for rule in RULES)
    assert len(set(CODES)) == len(CODES)


# --- in the commands --------------------------------------------------------------------------------------------------

MOVIE = record("movies/1", "Movie", genre("A"), genre("A"), offers("instant", dates='available_until="1350000000"'))
EPISODE = record(
    "programs/3", "Show: Pilot", '<show id="1"/>', offers("DVD", "instant", dates='available_until="1350000000"')
)
AS_OF = date(2013, 1, 1)


def test_process_applies_the_rules_to_parts() -> None:
    """What stands in a unified title, its gathered availability, and a series made for it follow the rules, too."""
    outcome = catindex("process", index_2(MOVIE, EPISODE), as_of=AS_OF)
    text = b"".join(outcome.files.values())
    assert len(outcome.titles["streaming"]) == 2
    assert (b"//api.netflix.com" in text, b"1350000000" in text, text.count(b'label="A"')) == (False, False, 1)
    again = catindex("process", outcome.files["streaming"], as_of=AS_OF)
    assert again.files["streaming"] == outcome.files["streaming"]


@pytest.mark.parametrize("data", [index_2(MOVIE, EPISODE), index_1(f"<title>M</title><id>x</id>{genre('A') * 2}")])
def test_strip_then_unify_and_split_is_process(data: bytes) -> None:
    """With ``--as-of``, too, the steps one by one give the same files."""
    stripped = catindex("strip", data, as_of=AS_OF).files["titles"]
    unified = catindex("unify", stripped).files["titles"]
    assert catindex("split", unified).files == catindex("process", data, as_of=AS_OF).files


def test_two_jobs_give_the_same() -> None:
    """The rules are applied in every process alike."""
    data = index_2(*(record(f"movies/{number}", "Movie", genre("A") * 2) for number in range(50)), EPISODE)
    one, two = (catindex("strip", data, as_of=AS_OF, jobs=jobs).files for jobs in (1, 2))
    assert one == two
    assert one["titles"].count(b'label="A"') == 50


def test_strip_treats_header_and_root() -> None:
    """In a search response what stands before the records and in the root follows the rules, too."""
    data = (
        b'<catalog_titles base="http://api.netflix.com/"><url_template>http://api.netflix.com/t?{x}</url_template>'
        b"<catalog_title><id>http://api.netflix.com/catalog/titles/movies/1</id></catalog_title></catalog_titles>"
    )
    stripped = catindex("strip", data, as_of=AS_OF).files["titles"]
    assert (stripped.count(b"//api.netflix.com"), stripped.count(b"//api-public.netflix.com")) == (0, 3)


@pytest.mark.parametrize(("as_of", "count"), [(date(2014, 11, 13), 0), (date(2014, 11, 14), 1)])
def test_the_end_of_the_service_is_a_warning(as_of: date, count: int) -> None:
    """From 14 November 2014 on the report warns that the links lead nowhere."""
    report = catindex("process", index_2(MOVIE), as_of=as_of).report
    assert [warning["code"] for warning in report["warnings"]] == ["service-gone"] * count


# --- any document -----------------------------------------------------------------------------------------------------


@pytest.fixture
def strip(program: Program, tmp_path: Path) -> Callable[..., str]:
    """Give a way to strip a document: what is printed, on standard error where the status is not 0."""

    def call(xml: str, *options: object, day: str = "2012-09-15", status: int = 0) -> str:
        path = tmp_path / "document.xml"
        path.write_text(xml, encoding="utf-8")
        ended = program("strip", path, "--as-of", day, *options)
        assert ended.status == status, ended.err
        return ended.out if status == 0 else ended.err

    return call


def test_strip_takes_any_document(strip: Callable[..., str]) -> None:
    """A response of title_states keeps its root, CDATA and order; references and history go, hosts move."""
    assert strip(TITLE_STATES) == (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<title_states>'
        "<url_template>http://api-public.netflix.com/users/1/title_states?{-join|&amp;|title_refs}</url_template>"
        '<title_state><link href="https://api-public.netflix.com/catalog/titles/movies/1"'
        ' rel="http://schemas.netflix.com/catalog/title"/>'
        '<note><![CDATA[see <a href="http://www.netflix.com/Movie/1">1</a> or http://api-public.netflix.com.]]></note>'
        "</title_state></title_states>\n"
    )


def test_a_stripped_document_stays_as_it_is(strip: Callable[..., str]) -> None:
    """Twice is once, for whole documents, too."""
    once = strip(TITLE_STATES, day="2011-07-01")
    assert "<playback_bookmark>0</playback_bookmark>" in once
    assert strip(once, day="2011-07-01") == once


def test_a_document_in_another_encoding(program: Program, tmp_path: Path) -> None:
    """The declaration is believed, and UTF-8 written."""
    path = tmp_path / "document.xml"
    path.write_bytes('<?xml version="1.0" encoding="ISO-8859-1"?><synopsis>caf\xe9</synopsis>'.encode("latin-1"))
    assert "<synopsis>café</synopsis>" in program("strip", path, "--as-of", "2012-09-15").out


def test_the_report_of_a_document(strip: Callable[..., str], tmp_path: Path) -> None:
    """A document has no records; the references that went are counted."""
    report = tmp_path / "report.json"
    strip(TITLE_STATES, "--report", report, "-o", tmp_path / "x")
    told = json.loads(report.read_text(encoding="utf-8"))
    assert (told["input"]["dialect"], told["records"]["read"]) == ("document", 0)
    assert told["external_ids"] == {"removed": {"amg": 1, "tms": 1}, "kept": {}}
    assert told["outputs"][0]["titles"] == 0


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        ("<title_states><title_state></title_states>", "document.xml:1:43: Opening and ending tag mismatch"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "a document type declaration is refused"),
        ("<html><body>403</body></html>", "is an HTML page"),
        ("<title_states>", "document.xml:1:15: "),
        ("<a/><b/>", "Extra content"),
    ],
)
def test_what_is_no_document(xml: str, said: str, strip: Callable[..., str]) -> None:
    """What is not XML, is malformed or a trap is refused as in an index."""
    assert said in strip(xml, status=65)


@pytest.mark.parametrize("command", ["strip", "process --as-of 2012-09-15", "unify"])
def test_only_strip_as_of_takes_any_document(command: str, program: Program, tmp_path: Path) -> None:
    """All else needs an index."""
    path = tmp_path / "states.xml"
    path.write_text(TITLE_STATES, encoding="utf-8")
    name, *options = command.split()
    ended = program(name, path, *options, *(["-o", tmp_path] if name == "process" else []))
    assert (ended.status, "<title_states> is not the root" in ended.err) == (65, True)


def test_a_search_without_results_is_a_document(strip: Callable[..., str]) -> None:
    """A response that lists nothing has no record, and is treated like any other."""
    xml = "<catalog_titles><number_of_results>0</number_of_results></catalog_titles>"
    assert xml in strip(xml)


def test_a_document_without_end(strip: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is larger than any response ever was is refused before memory is full."""
    monkeypatch.setattr("catindex.document.MOST_RECORD_BYTES", 1 << 20)
    xml = f"<a>{' ' * (20 << 20)}</a>"
    assert "a document of more than 1 MiB" in strip(xml, status=65)
    assert strip(xml, "--huge").endswith("</a>\n")


# --- the table for people ---------------------------------------------------------------------------------------------


@pytest.fixture
def rules(program: Program) -> Callable[..., str]:
    """Give a way to call ``catindex rules``: what it prints."""

    def call(*options: str) -> str:
        ended = program("rules", *options)
        assert (ended.status, ended.err) == (0, "")
        return ended.out

    return call


def test_rules_prints_a_line_each(rules: Callable[..., str]) -> None:
    """All of them, by date, the withdrawn one, too."""
    lines = rules().splitlines()
    assert [line.split()[:2] for line in lines] == [[str(rule.since), rule.code] for rule in RULES]
    assert all(rule.what in line for rule, line in zip(RULES, lines, strict=True))
    assert [line for line in lines if "withdrawn" in line] == [lines[CODES.index("dvd-gone")]]


@pytest.mark.parametrize(
    ("day", "count"),
    [("2011-06-14", 0), ("2011-06-15", 1), ("2011-10-14", 2), ("2012-09-15", 5), ("2014-11-14", 7)],
)
def test_rules_of_a_day(day: str, count: int, rules: Callable[..., str]) -> None:
    """With a date, only what is in force then: what ``process --as-of`` applies."""
    assert len(rules("--as-of", day).splitlines()) == count
    assert len(json.loads(rules("--as-of", day, "--json"))) == count


def test_rules_as_json(rules: Callable[..., str]) -> None:
    """Each rule with its date, code, and the announcement that it comes from."""
    first, *_, last = json.loads(rules("--json"))
    assert list(first) == ["from", "code", "rule", "announcement", "says", "withdrawn"]
    assert (last["from"], last["code"]) == ("2014-11-14", "service-gone")


@pytest.mark.parametrize("day", ["2012-13-01", "yesterday", "2012"])
def test_a_day_that_is_none(day: str, program: Program) -> None:
    """What is no day is wrong usage."""
    ended = program("rules", "--as-of", day)
    assert (ended.status, "is not a date; use YYYY-MM-DD" in ended.err) == (2, True)


def flat(text: str) -> str:
    """Give a text without marks of code and breaks of lines."""
    return re.sub(r"\s+", " ", text.replace("`", ""))


@pytest.mark.parametrize("command", ["process", "strip"])
def test_the_help_lists_the_rules(command: str, rules: Callable[..., str]) -> None:
    """The help of a command that has ``--as-of`` ends with the table."""
    shown = CliRunner().invoke(main, [command, "--help"]).output
    assert all(f"  {line}\n" in shown for line in rules().splitlines())


def test_the_docs_list_the_rules() -> None:
    """The docs have a row for each rule, with its date, code and words, and no other row."""
    table = PAGE.partition("| from | code | rule |")[2].partition("\n\n")[0]
    rows = [flat(row).strip("| ").split(" | ") for row in table.splitlines()[2:]]
    assert [row[:2] for row in rows] == [[str(rule.since), rule.code] for rule in RULES]
    assert all(rule.what in row[2] for rule, row in zip(RULES, rows, strict=True))


def test_only_these_commands_go_by_a_date() -> None:
    """``--as-of`` is an option of process, strip and rules."""
    context = click.Context(main)
    having = [
        name
        for name in main.list_commands(context)
        if (command := main.get_command(context, name)) and any(option.name == "as_of" for option in command.params)
    ]
    assert having == ["process", "strip", "rules"]


def test_links_of_a_series_move() -> None:
    """Joining does not care which host a link has, before or after."""
    data = index_2(record("series/1", "Show"), record("programs/3", "Show: Pilot", link("titles.series", "series/1")))
    (title,) = catindex("process", data, ["unavailable"], as_of=AS_OF).titles["unavailable"]
    assert len(title.findall(".//catalog_title")) == 1
