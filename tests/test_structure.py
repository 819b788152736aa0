"""The structure of what is written: 1.x becomes 2.0, children come in one order, nothing is lost (spec, section 5)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.running import catindex, index_1, index_2

API = "http://api.netflix.com/catalog/titles"
CATALOG = "http://schemas.netflix.com/catalog"
ID = f"<id>{API}/movies/1</id>"
FORMATS = "http://api.netflix.com/categories/title_formats"
DELIVERY = (
    f'<delivery_formats><availability><category scheme="{FORMATS}" term="instant"/></availability></delivery_formats>'
)
INSTANT = f'<link rel="{CATALOG}/titles/format_availability">{DELIVERY}</link>'


def inside(command: str, data: bytes, name: str = "titles", **options: Any) -> str:
    """Run a command on one record and give what the record holds in an output."""
    text = catindex(command, data, **options).files[name].decode()
    match = re.search(r"\n<(catalog_title|title_index_item)>(.*)</\1>\n</", text, re.DOTALL)
    assert match is not None
    return match[2]


def unified(content: str) -> str:
    """Unify an index of one 2.0 record and give what the record holds."""
    return inside("unify", index_2(content))


def modern(content: str) -> str:
    """Unify an index of one 1.x record and give what the record holds behind its id."""
    return inside("unify", index_1(ID + content)).removeprefix(ID)


# The order of children.

IN_ORDER = [
    "<id>http://api.netflix.com/catalog/titles/movies/1</id>",
    '<title short="A" regular="A"/>',
    f'<link rel="{CATALOG}/titles/box_art"><box_art/></link>',
    f'<link rel="{CATALOG}/titles/synopsis"><synopsis>s</synopsis></link>',
    "<release_year>2001</release_year>",
    '<category scheme="http://api.netflix.com/categories/mpaa_ratings" term="PG"/>',
    "<runtime>7500</runtime>",
    "<studio>Universal</studio>",
    INSTANT,
    f'<link rel="{CATALOG}/titles/awards"><awards/></link>',
    f'<link rel="{CATALOG}/people.cast"><people/></link>',
    f'<link rel="{CATALOG}/people.directors"><people/></link>',
    f'<link rel="{CATALOG}/titles.seasons"/>',
    f'<link rel="{CATALOG}/titles.programs"/>',
    f'<link rel="{CATALOG}/titles.discs"/>',
    "<season_number>1</season_number>",
    "<episode_number>2</episode_number>",
    "<disc_number>3</disc_number>",
    "<average_rating>3.9</average_rating>",
    f'<external_ids><id rel="{CATALOG}/id.upc">1</id></external_ids>',
    '<link href="http://www.netflix.com/1" rel="alternate"/>',
    "<unheard_of/>",
    "<updated>1284707854</updated>",
]


@settings(max_examples=examples(40))
@given(st.permutations(IN_ORDER))
def test_children_come_in_one_order(shuffled: list[str]) -> None:
    """However a record's children come, those of the title are in the order of the specification."""
    assert unified("".join(shuffled)) == "".join(IN_ORDER)


@pytest.mark.parametrize(
    "group",
    [
        [f'<link rel="{CATALOG}/titles/synopsis.short"/>', f'<link rel="{CATALOG}/titles/synopsis"/>'],
        ['<category term="B" scheme="b"/>', '<category term="A" scheme="a"/>'],
        [
            f'<link rel="{CATALOG}/titles.similars"><catalog_titles/></link>',
            f'<link rel="{CATALOG}/titles/screen_formats"><screen_formats/></link>',
            '<link rel="http://example.org/of/its/own"><holds/></link>',
            f'<link rel="{CATALOG}/people.creators"/>',
        ],
        [
            '<link rel="alternate"/>',
            f'<link rel="{CATALOG}/title/ref.tiny"/>',
            f'<link rel="{CATALOG}/titles.series"/>',
            "<link/>",
        ],
        ["<z/>", "<!-- c -->", "<a/>", "<?p i?>", "<m/>"],
    ],
)
def test_children_of_one_place_keep_their_order(group: list[str]) -> None:
    """Only the places are ordered: what shares one comes as it came."""
    for content in (group, group[::-1]):
        assert unified(ID + "".join(content)) == ID + "".join(content)


def test_expansions_stand_before_the_cast_and_plain_links_after_the_ids() -> None:
    """A link that holds something is an expansion, whatever its rel; one that does not is a link."""
    assert unified(
        '<link rel="x"/><external_ids/><link rel="x"><y/></link>'
        f'<link rel="{CATALOG}/people.cast"/><link rel="{CATALOG}/titles.similars"/>{ID}'
    ) == (
        f'{ID}<link rel="x"><y/></link><link rel="{CATALOG}/titles.similars"/>'
        f'<link rel="{CATALOG}/people.cast"/><external_ids/><link rel="x"/>'
    )


def test_hosts_do_not_matter_for_the_order() -> None:
    """Rels are known by their path."""
    box_art = '<link rel="https://api-public.netflix.com/catalog/titles/box_art"/>'
    assert unified(f"{ID}<runtime>1</runtime>{box_art}") == f"{ID}{box_art}<runtime>1</runtime>"


def test_text_between_children_is_not_lost() -> None:
    """Stray text goes with the child that it follows."""
    assert unified(f"<updated>1</updated>b{ID}a<x/>") == f"{ID}a<x/><updated>1</updated>b"


@pytest.mark.parametrize("command", ["split", "strip"])
def test_split_and_strip_leave_the_order(command: str) -> None:
    """They do one thing each, and this is not theirs."""
    content = f'<updated>1</updated><category term="a" scheme="b"/>{INSTANT}<title regular="A"/>{ID}<a/>'
    assert inside(command, index_2(content), "titles" if command == "strip" else "streaming") == content


@pytest.mark.parametrize("command", ["split", "strip"])
def test_split_and_strip_leave_the_structure(command: str) -> None:
    """1.x stays 1.x: root, record and children."""
    content = (
        f'<title>A</title>{ID}<category scheme="a/genres" label="D" term="D" status="deprecated"/>'
        '<category scheme="b/genres" label="D" term="D"/><category scheme="b/genres" label="D" term="D"/>'
        f'<link rel="{CATALOG}/person.actor" title="X"/>{DELIVERY}<updated>1</updated>'
    )
    name = "titles" if command == "strip" else "streaming"
    outcome = catindex(command, index_1(content))
    assert inside(command, index_1(content), name) == content
    assert [title.tag for title in outcome.titles[name]] == ["title_index_item"]
    assert outcome.files[name].endswith(b"\n</catalog_title_index>\n")


# From 1.x to 2.0.


def test_a_whole_record_of_1x() -> None:
    """A record with everything that real ones of 2010 have, before and after."""
    before = """
        <title>Fly Away Home</title>
        <id>http://api.netflix.com/catalog/titles/movies/1</id>
        <category scheme="/catalog/genres" term="A &amp; B" status="deprecated"/>
        <category scheme="/categories/genres" term="A &amp; B"></category>
        <link href="/catalog/people/5" rel="http://schemas.netflix.com/catalog/person.actor" title="A"></link>
        <link href="/catalog/people/6" rel="http://schemas.netflix.com/catalog/person.director" title="B"></link>
        <release_year>1996</release_year>
        <link href="http://www.netflix.com/Movie/1" rel="alternate" title="web page"></link>
        <external_ids>
            <id rel="http://schemas.netflix.com/catalog/id.upc">0043396083486</id>
        </external_ids>
        <delivery_formats>
            <availability available_from="1131436800">
                <category scheme="/catalog/titles/formats" term="DVD" status="deprecated"/>
                <category scheme="/categories/title_formats" term="DVD"></category>
            </availability>
        </delivery_formats>
        <updated>1284707854</updated>
    """
    after = (
        "<id>http://api.netflix.com/catalog/titles/movies/1</id>"
        '<title short="Fly Away Home" regular="Fly Away Home"/>'
        "<release_year>1996</release_year>"
        '<category scheme="/categories/genres" term="A &amp; B"/>'
        '<link href="http://api.netflix.com/catalog/titles/movies/1/format_availability"'
        ' rel="http://schemas.netflix.com/catalog/titles/format_availability" title="formats">'
        '<delivery_formats><availability available_from="1131436800">'
        '<category scheme="/categories/title_formats" term="DVD"/>'
        "</availability></delivery_formats></link>"
        '<link href="http://api.netflix.com/catalog/titles/movies/1/cast"'
        ' rel="http://schemas.netflix.com/catalog/people.cast" title="cast"><people>'
        '<link href="/catalog/people/5" rel="http://schemas.netflix.com/catalog/person" title="A"/>'
        "</people></link>"
        '<link href="http://api.netflix.com/catalog/titles/movies/1/directors"'
        ' rel="http://schemas.netflix.com/catalog/people.directors" title="directors"><people>'
        '<link href="/catalog/people/6" rel="http://schemas.netflix.com/catalog/person" title="B"/>'
        "</people></link>"
        '<external_ids><id rel="http://schemas.netflix.com/catalog/id.upc">0043396083486</id></external_ids>'
        '<link href="http://www.netflix.com/Movie/1" rel="alternate" title="web page"/>'
        "<updated>1284707854</updated>"
    )
    assert inside("process", index_1(before), "dvd") == after
    assert inside("unify", index_1(before)) == after


def test_root_and_record_take_the_names_of_2_0() -> None:
    """The new files are structurally the same as version 2.0, whatever came in."""
    outcome = catindex("process", index_1(ID + DELIVERY))
    assert outcome.files["streaming"].splitlines()[:2] == [
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
        b"<catalog_titles>",
    ]
    assert [title.tag for title in outcome.titles["streaming"]] == ["catalog_title"]


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ("A &amp; B", "A &amp; B"),
        ("  A\n  ", "A"),
        ("<![CDATA[A & <B>]]>", "A &amp; &lt;B&gt;"),
        ("Am&#233;lie &quot;x&quot;", "Amélie &quot;x&quot;"),
        ("", ""),
    ],
)
def test_the_title_moves_into_attributes(text: str, attribute: str) -> None:
    """1.x has it as text, 2.0 as ``short`` and ``regular``."""
    assert modern(f"<title>{text}</title>") == f'<title short="{attribute}" regular="{attribute}"/>'


def test_people_keep_their_order_and_attributes() -> None:
    """Links to people go inside, those to others stay where they were."""
    actor = '<link href="/p/{}" rel="{}" title="T{}"/>'
    given_links = [actor.format(n, f"{CATALOG}/person.actor", n) for n in (3, 1, 2)]
    others = '<link href="/p/9" rel="http://schemas.netflix.com/catalog/person.writer"/>'
    inner = "".join(actor.format(n, f"{CATALOG}/person", n) for n in (3, 1, 2))
    assert modern(given_links[0] + others + "".join(given_links[1:])) == (
        f'<link href="{API}/movies/1/cast" rel="{CATALOG}/people.cast" title="cast">'
        f"<people>{inner}</people></link>{others}"
    )


def test_empty_delivery_formats_stay_an_answer() -> None:
    """An explicitly empty list of formats is wrapped as any other."""
    link = (
        f'<link href="{API}/movies/1/format_availability" rel="{CATALOG}/titles/format_availability" title="formats">'
    )
    assert modern("<delivery_formats></delivery_formats>") == f"{link}<delivery_formats/></link>"


GENRE = '<category scheme="http://api.netflix.com/categories/genres" label="{0}" term="{0}"/>'
OLD_GENRE = '<category scheme="http://api.netflix.com/catalog/genres" label="{0}" term="{0}" status="deprecated"/>'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (OLD_GENRE.format("A") + GENRE.format("A"), GENRE.format("A")),
        (GENRE.format("A") + OLD_GENRE.format("A"), GENRE.format("A")),
        (OLD_GENRE.format("A") + GENRE.format("B"), OLD_GENRE.format("A") + GENRE.format("B")),
        (OLD_GENRE.format("A") * 2, OLD_GENRE.format("A")),
        (GENRE.format("A") + GENRE.format("B") + GENRE.format("A"), GENRE.format("A") + GENRE.format("B")),
        (GENRE.format("A") + GENRE.format("a"), GENRE.format("A") + GENRE.format("a")),
        (
            GENRE.format("PG") + '<category scheme="http://x/categories/mpaa_ratings" label="PG" term="PG"/>',
            GENRE.format("PG") + '<category scheme="http://x/categories/mpaa_ratings" label="PG" term="PG"/>',
        ),
        (
            GENRE.format("A") + '<category scheme="http://x/categories/genres" label="A" term="A" rank="2"/>',
            GENRE.format("A") + '<category scheme="http://x/categories/genres" label="A" term="A" rank="2"/>',
        ),
        (
            GENRE.format("A") + '<category scheme="http://x/categories/genres" label="A" term="B"/>',
            GENRE.format("A") + '<category scheme="http://x/categories/genres" label="A" term="B"/>',
        ),
        (
            GENRE.format("A") + '<category scheme="http://x/categories/genres" label="B" term="A"/>',
            GENRE.format("A") + '<category scheme="http://x/categories/genres" label="B" term="A"/>',
        ),
        (GENRE.format("A") + "one" + GENRE.format("A") + "two", GENRE.format("A") + "onetwo"),
    ],
)
def test_twins_and_repeats_go(before: str, after: str) -> None:
    """Every category of 1.x came twice; what says nothing new goes, and text behind it stays."""
    assert modern(before) == after


def test_repeated_formats_go() -> None:
    """Inside an availability it is the same, but each availability is asked on its own."""
    dvd = f'<category scheme="{FORMATS}" label="DVD" term="DVD"/>'
    old = '<category scheme="http://x/catalog/titles/formats" label="DVD" term="DVD" status="deprecated"/>'
    one = f"<availability>{old}{dvd}{dvd}</availability>"
    assert modern(f"<delivery_formats>{one}{one}</delivery_formats>").count(dvd) == 2
    assert old not in modern(f"<delivery_formats>{one}{one}</delivery_formats>")


def test_records_of_2_0_keep_their_categories() -> None:
    """Only the conversion from 1.x takes twins out."""
    twins = OLD_GENRE.format("A") + GENRE.format("A") * 2
    assert unified(ID + twins) == ID + twins


def test_what_is_unknown_stays() -> None:
    """Studio, ids, unknown elements and attributes, comments: nothing of a 1.x record is lost."""
    rest = '<studio x="1">Sony</studio><external_ids/><foo bar="1"><baz>t</baz></foo><!-- c --><?p i?>'
    assert modern(rest) == rest


def test_unify_can_be_repeated() -> None:
    """What unify wrote is unified already: it comes out as it went in."""
    once = catindex("unify", index_1(f'<title>A</title>{ID}<x/>{DELIVERY}<link rel="{CATALOG}/person.actor"/>'))
    assert catindex("unify", once.files["titles"]).files == once.files


# How it is written: what passes through every command.

COMMANDS = ["strip", "split", "unify", "process"]


def passed(command: str, content: str) -> str:
    """Give what became of some unknown content in a record that is available for streaming."""
    name = "streaming" if command in ("split", "process") else "titles"
    text = inside(command, index_2(f"{ID}{INSTANT}<x>{content}</x>"), name)
    return text.removeprefix(f"{ID}{INSTANT}<x>").removesuffix("</x>")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "content",
    [
        "<s><![CDATA[<p>a & b</p>\n<catalog_title>\n]]></s>",
        "<s>text <![CDATA[<cdata>]]> text</s>",
        "<s><![CDATA[]]]]><![CDATA[>]]></s>",
        "<s><![CDATA[]]></s>",
        "<a/><!-- a comment with <catalog_title> --><?target some data?>",
        'text <b>in</b> <i>between</i>, and <a href="x">more</a> text',
        '<a xmlns:n="urn:n" n:x="1"><n:b/></a>',
        '<a xml:space="preserve"> <b> </b> </a>',
        '<a b="&quot;&amp;&lt;\'"/>',
        '<a b="&#10;&#9;"/>',
        "&lt;b&gt; &amp;amp; \"quoted\" 'too'",
        "Amélie, 千と千尋, 😀",
        "a&#13;b",
        '<a xml:lang="en">x</a>',
    ],
)
def test_content_passes_through(command: str, content: str) -> None:
    """What catindex has no business with comes out as it went in, byte for byte."""
    assert passed(command, content) == content


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<a></a>", "<a/>"),
        ("<a b='1'   c = '2' ></a >", '<a b="1" c="2"/>'),
        ("\n  <a>\n    <b/>\n  </a>\n", "<a><b/></a>"),
        ("&#233;&#xE9;&#60;&#x1F600;", "éé&lt;😀"),
        ('<a b="&#233;"/>', '<a b="é"/>'),
        ("]]&gt; &gt; >", "]]&gt; &gt; &gt;"),
        ("a\r\nb", "a\nb"),
    ],
)
def test_spelling_is_made_uniform(command: str, before: str, after: str) -> None:
    """White space between elements goes, references become characters, an empty element is written short."""
    assert passed(command, before) == after


@pytest.mark.parametrize("command", COMMANDS)
def test_each_title_starts_on_a_line_of_its_own(command: str) -> None:
    """So ``grep -c '^<catalog_title>'`` counts the titles, however the input was laid out."""
    one_line = f"<catalog_titles><catalog_title>{ID}{INSTANT}</catalog_title> <!-- x --><catalog_title>\n{INSTANT}\n"
    outcome = catindex(command, f"{one_line}</catalog_title></catalog_titles>".encode())
    name = "streaming" if command in ("split", "process") else "titles"
    assert outcome.files[name].decode() == (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<catalog_titles>\n'
        f"<catalog_title>{ID}{INSTANT}</catalog_title>\n<catalog_title>{INSTANT}</catalog_title>\n</catalog_titles>\n"
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_records_own_attributes_stay(command: str) -> None:
    """Attributes that nobody knows pass through on the record, too."""
    data = index_2(ID + INSTANT).replace(b"<catalog_title>", b'<catalog_title new="1" xml:lang="en">')
    name = "streaming" if command in ("split", "process") else "titles"
    assert b'\n<catalog_title new="1" xml:lang="en"><id>' in catindex(command, data).files[name]


@pytest.mark.parametrize("command", ["strip", "split"])
def test_the_roots_attributes_stay(command: str) -> None:
    """Where the input's structure is kept, so is the root's start tag."""
    data = index_2(ID + INSTANT).replace(b"<catalog_titles>", b"<catalog_titles  version='2.0'>")
    name = "streaming" if command == "split" else "titles"
    assert b'\n<catalog_titles version="2.0">\n<catalog_title>' in catindex(command, data).files[name]


XLINK = "http://www.w3.org/1999/xlink"
DECLARED = f'<catalog_titles xmlns:n="urn:n" xmlns:xlink="{XLINK}">'


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("recover", [False, True])
def test_prefixes_declared_on_the_root_are_known(command: str, recover: bool) -> None:  # noqa: FBT001
    """The root of the output declares them, too, and no record, so that a title still begins its line."""
    season = f"<id>{API}/series/7/seasons/8</id><n:z/>{INSTANT}"
    data = index_2(f'{ID}{INSTANT}<n:x xlink:href="a"/>', f"<id>{API}/series/7</id><n:y/>{INSTANT}", season)
    data = data.replace(b"<catalog_titles>", DECLARED.encode())
    found = catindex(command, data, recover=recover)
    for name in {"streaming", "titles"} & found.files.keys():
        text = found.files[name].decode()
        assert text.count("xmlns") == 2
        assert text.splitlines()[1] == DECLARED
        assert text.count("\n<catalog_title>") == found.report["records"]["written"]
        assert all(f"<n:{tag}" in text for tag in "xyz")
        assert 'xlink:href="a"' in text


def test_a_record_may_declare_a_prefix_anew() -> None:
    """Then its own declaration holds in it."""
    records = [f'{ID}<a xmlns:n="urn:n"><n:x/></a>', f"{ID}<n:x/>"]
    data = index_2(*records).replace(b"<catalog_titles>", b'<catalog_titles xmlns:n="urn:n">')
    data = data.replace(b"<catalog_title>", b'<catalog_title xmlns:n="urn:other">', 1)
    first, second = catindex("strip", data).titles["titles"]
    assert [tag.tag for tag in first.iter("{*}x")] == ["{urn:n}x"]
    assert first.nsmap == {"n": "urn:other"}
    assert [tag.tag for tag in second.iter("{*}x")] == ["{urn:n}x"]
