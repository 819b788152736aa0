"""AMG and TMS references go, wherever they stand; everything else stays as it was (spec, section 4)."""

from __future__ import annotations

import pytest

from tests.running import catindex, index_1, index_2

ID = "<id>http://api.netflix.com/catalog/titles/movies/1</id>"
INSTANT = (
    '<link rel="http://schemas.netflix.com/catalog/titles/format_availability"><delivery_formats><availability>'
    '<category scheme="http://api.netflix.com/categories/title_formats" term="instant"/>'
    "</availability></delivery_formats></link>"
)
UPC = '<id rel="http://schemas.netflix.com/catalog/id.upc">0043396083486</id>'
AMG = '<id rel="http://schemas.netflix.com/catalog/id.amg">V 12345</id>'
TMS = '<id rel="http://schemas.netflix.com/catalog/id.tms">MV000123</id>'


def stripped(inside: str) -> str:
    """Strip a title and give what is inside of it behind its own id."""
    line = catindex("strip", index_2(ID + inside)).files["titles"].split(b"<catalog_title>", 1)[1]
    return line.split(b"</catalog_title>\n</catalog_titles>")[0].decode().removeprefix(ID)


def removed(inside: str) -> dict[str, int]:
    """Strip a title and give how many references went, by source."""
    counts: dict[str, int] = catindex("strip", index_2(ID + inside)).report["external_ids"]["removed"]
    return counts


def test_ids_of_both_sources_go_and_upc_stays() -> None:
    """The announcement takes AMG and TMS out, and nothing else."""
    assert stripped(f"<external_ids>{AMG}{UPC}{TMS}</external_ids>") == f"<external_ids>{UPC}</external_ids>"


@pytest.mark.parametrize(
    "rel",
    [
        "http://schemas.netflix.com/catalog/id.amg",
        "https://schemas.example.org/catalog/id.amg",
        "http://schemas.netflix.com/catalog/id/amg",
        "http://schemas.netflix.com/catalog/id#amg",
        "http://schemas.netflix.com/catalog/id.AMG",
        "http://schemas.netflix.com/catalog/id.amg/",
        "id.amg ",
        "amg",
        "id.&#97;mg",
    ],
)
@pytest.mark.parametrize("letters", ["amg", "tms"])
def test_the_last_token_of_the_rel_tells(rel: str, letters: str) -> None:
    """A token stands after a dot, slash or number sign; hosts and case do not matter."""
    rel = rel.replace("&#97;mg", f"&#{ord(letters[0])};{letters[1:]}").replace("amg", letters)
    rel = rel.replace("AMG", letters.upper())
    record = f'<external_ids><id rel="{rel}">1</id>{UPC}</external_ids>'
    assert stripped(record) == f"<external_ids>{UPC}</external_ids>"
    assert removed(record) == {letters: 1}


@pytest.mark.parametrize(
    "inside",
    [
        '<title short="Dreamgirls" regular="Dreamgirls"/>',
        "<title>TMS</title>",
        "<synopsis>An AMG sports car, and tms.</synopsis>",
        '<external_ids><id rel="http://schemas.netflix.com/catalog/id.amgx">1</id></external_ids>',
        '<external_ids><id rel="http://schemas.netflix.com/amg/id.upc">1</id></external_ids>',
        '<external_ids><id rel="http://schemas.netflix.com/catalog/id.upc">amg</id></external_ids>',
        '<external_ids><id rel="http://schemas.netflix.com/catalog/id.dream_tms">1</id></external_ids>',
        '<link href="http://example.org/id.amg" rel="http://schemas.netflix.com/catalog/person" title="amg"/>',
        "<dream_tms_x>1</dream_tms_x>",
        "<amgs/>",
        '<category term="amg" label="tms" scheme="http://api.netflix.com/categories/amg"/>',
        '<dream amgs="1" tms_ids="2"/>',
        '<link href="http://x/?xinclude_amg=1"/>',
        '<link href="http://x/?include_amgs=1&amp;include_tms-x=1"/>',
        "<synopsis>The parameter include_amg=1 was retired.</synopsis>",
        '<link href="http://x/include_amg/"/>',
    ],
)
def test_what_only_contains_the_letters_stays(inside: str) -> None:
    """Names and text with the letters in them are no references."""
    assert stripped(inside) == inside
    assert removed(inside) == {}


def test_links_go() -> None:
    """Links are told by their rel as ids are, with whatever is nested in them."""
    inside = (
        '<link href="http://www.allmovie.com/1" rel="http://schemas.netflix.com/catalog/title.amg" title="AMG"/>'
        '<link href="http://www.tms.com/1" rel="TMS"><nested><x/></nested></link>'
        '<link href="http://www.netflix.com/1" rel="alternate"/>'
    )
    assert stripped(inside) == '<link href="http://www.netflix.com/1" rel="alternate"/>'
    assert removed(inside) == {"amg": 1, "tms": 1}


@pytest.mark.parametrize("name", ["amg_id", "tms_id", "amg", "tms", "AMG", "Tms_ID"])
def test_elements_go_by_name(name: str) -> None:
    """An element of such a name goes with all that it holds."""
    assert stripped(f"<a/><{name} x='1'>V<b/>1</{name}><c/>") == "<a/><c/>"


@pytest.mark.parametrize("name", ["amg_id", "tms_id", "amg", "tms", "AMG", "Tms_ID"])
def test_attributes_go_by_name(name: str) -> None:
    """An attribute of such a name goes, and its element stays."""
    assert stripped(f'<x a="1" {name}="V1" b="2">text</x>') == '<x a="1" b="2">text</x>'


def test_a_records_own_attributes_go() -> None:
    """The record itself may carry them as well."""
    data = index_2(ID).replace(b"<catalog_title>", b'<catalog_title amg_id="1" x="2">')
    assert b'<catalog_title x="2">' in catindex("strip", data).files["titles"]


def test_the_roots_attributes_go() -> None:
    """And so may the root, of which ``strip`` keeps the rest."""
    data = index_2(ID).replace(b"<catalog_titles>", b'<catalog_titles version="2.0" tms="1">')
    assert b'\n<catalog_titles version="2.0">\n' in catindex("strip", data).files["titles"]


def test_references_deep_inside_go() -> None:
    """Depth does not matter: nested records are stripped like others."""
    nested = '<link rel="x"><catalog_titles><catalog_title><y>{}</y></catalog_title></catalog_titles></link>'
    inside = nested.format(f"<external_ids>{AMG}{UPC}</external_ids><z amg='1'/>")
    assert stripped(inside) == nested.format(f"<external_ids>{UPC}</external_ids><z/>")


def test_text_behind_a_reference_stays() -> None:
    """Text that follows an element is not part of it."""
    assert stripped("<p>a<amg>1</amg>b<i/>c<tms>2</tms>d</p>") == "<p>ab<i/>cd</p>"


def test_external_ids_that_are_emptied_go() -> None:
    """A container that held nothing else has nothing left to say."""
    assert stripped(f"<a/><external_ids>\n  {AMG}\n  {TMS}\n</external_ids><b/>") == "<a/><b/>"


@pytest.mark.parametrize("empty", ["<external_ids/>", "<external_ids></external_ids>"])
def test_external_ids_that_were_empty_stay(empty: str) -> None:
    """Real dumps have natively empty ones, which strip leaves alone."""
    assert stripped(empty) == "<external_ids/>"


def test_external_ids_with_something_else_stay() -> None:
    """Only what is emptied goes: a comment or text is something."""
    assert stripped(f"<external_ids>{AMG}<!-- c --></external_ids>") == "<external_ids><!-- c --></external_ids>"
    assert stripped(f"<external_ids>{AMG}text</external_ids>") == "<external_ids>text</external_ids>"


def test_only_external_ids_go_when_emptied() -> None:
    """The parents of an emptied ``external_ids`` stay, and so do other containers."""
    inside = f'<link rel="x"><y><external_ids>{AMG}</external_ids></y></link><ids><amg>1</amg></ids>'
    assert stripped(inside) == '<link rel="x"><y/></link><ids/>'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("http://x/y?include_amg=1", "http://x/y"),
        ("http://x/y?include_tms", "http://x/y"),
        ("http://x/y?include_amg=", "http://x/y"),
        ("http://x/y?INCLUDE_AMG=true", "http://x/y"),
        ("http://x/y?include_amg=1&v=2", "http://x/y?v=2"),
        ("http://x/y?v=2&include_amg=1", "http://x/y?v=2"),
        ("http://x/y?v=2&include_amg=1&w=3", "http://x/y?v=2&w=3"),
        ("http://x/y?include_amg=1&include_tms=1", "http://x/y"),
        ("http://x/y?include_amg=1&v=2&include_tms=1", "http://x/y?v=2"),
        ("http://x/y?include_tms=1&include_amg=1&v=2", "http://x/y?v=2"),
        ("http://x/y?v=2;include_amg=1;w=3", "http://x/y?v=2;w=3"),
        ("http://x/y?include_amg=1#top", "http://x/y#top"),
        ("http://x/y?v=2&include_amg=1#top", "http://x/y?v=2#top"),
        ("http://x/y?v=2&amp;include_amg=1&amp;w=3", "http://x/y?v=2&amp;w=3"),
        ("http://x/y?include_amg=1&#38;v=2", "http://x/y?v=2"),
        ("http://x/y?v=2&#x26;include_amg=1", "http://x/y?v=2"),
        ("http://x/y{-join|&|term|include_amg}", "http://x/y{-join|&|term}"),
        ("http://x/y{-join|&|include_amg|term}", "http://x/y{-join|&|term}"),
        ("http://x/y{-join|&|a|include_amg|include_tms|b}", "http://x/y{-join|&|a|b}"),
        ("http://x/y{-join|&|include_amg}", "http://x/y"),
        ("http://x/y{?include_amg,x}", "http://x/y{?x}"),
        ("http://x/y{?x,include_amg}", "http://x/y{?x}"),
        ("http://x/y{?x,include_tms,z}", "http://x/y{?x,z}"),
        ("http://x/y{?include_amg}", "http://x/y"),
        ("http://x/y{&include_amg}", "http://x/y"),
        ("http://x/y?v={v}&include_amg={include_amg}&w={w}", "http://x/y?v={v}&w={w}"),
        ("http://x/y?include_amg={amg}&v={v}", "http://x/y?v={v}"),
        ("http://x/y?include_amg=1 http://x/z?include_tms=1&v=2", "http://x/y http://x/z?v=2"),
    ],
)
def test_query_parameters_go(before: str, after: str) -> None:
    """What is left is a URL or URL template still, in attributes, text, CDATA and comments."""
    escaped = [url.replace("&", "&amp;") for url in (before, after)]
    shapes = ['<link href="{0}"/>', "<url>{0}</url>", "<p>a <b/>{0} z</p>"]
    for shape in shapes:
        assert stripped(shape.format(escaped[0])) == shape.format(escaped[1])
    for shape in ("<s><![CDATA[<a href='{0}'>more</a>]]></s>", "<!-- {0} -->"):
        assert stripped(shape.format(before)) == shape.format(after)


def test_cdata_stays_cdata() -> None:
    """Text is written back as it came: as CDATA, also next to other text."""
    html = '<s>\n<![CDATA[<p>See <a href="http://x/?include_amg=1&v=2">this</a>\n</p>]]></s>'
    assert stripped(html) == '<s><![CDATA[<p>See <a href="http://x/?v=2">this</a>\n</p>]]></s>'
    assert stripped("<s>b &lt; <![CDATA[http://x/?include_amg=1]]></s>") == "<s><![CDATA[b < http://x/]]></s>"


def test_cdata_with_its_own_end_in_it() -> None:
    """``]]>`` inside CDATA is written as two sections, before as after."""
    assert (
        stripped("<s><![CDATA[a ]]]]><![CDATA[> http://x/?include_amg=1]]></s>")
        == "<s><![CDATA[a ]]]]><![CDATA[> http://x/]]></s>"
    )


def test_a_reference_behind_another() -> None:
    """Taking one out does not hide the next one from view."""
    inside = f'<amg>1</amg>http://x?include_amg=1<tms_id/>{AMG}<external_ids>{TMS}</external_ids><a tms="1"/>'
    assert stripped(inside) == "http://x<a/>"
    assert removed(inside) == {"amg": 3, "tms": 3}


def test_ids_whose_text_repeats_the_letters_do_not_hide_other_references() -> None:
    """An id may be spelled with character references; a link next to it still goes."""
    amg = '<id rel="http://schemas.netflix.com/catalog/id.amg">&#97;mg &#97;mg</id>'
    assert stripped(f'<external_ids>{amg}</external_ids><link rel="x.amg"/>') == ""


def test_the_report_counts_what_went_and_what_stayed() -> None:
    """References are counted by source; kept are the other ids of the titles, by the token of their rel."""
    outcome = catindex(
        "strip",
        index_2(
            f"{ID}<external_ids>{AMG}{TMS}{UPC}{UPC}</external_ids>",
            f"{ID}<external_ids>{TMS}<id rel='x/id.eidr'>1</id><id>2</id></external_ids>",
        ),
    )
    assert outcome.report["external_ids"] == {
        "removed": {"amg": 1, "tms": 2},
        "kept": {"eidr": 1, "unknown": 1, "upc": 2},
    }


def test_a_very_long_source_counts_as_unknown() -> None:
    """A report with the sources of a hostile dump would have no bound; the id itself stays."""
    ids = "".join(f'<external_ids><id rel="{"s" * length}">1</id></external_ids>' for length in (100, 101))
    outcome = catindex("strip", index_2(f"<id>http://api.netflix.com/catalog/titles/movies/1</id>{ids}"))
    assert outcome.report["external_ids"] == {"removed": {}, "kept": {"s" * 100: 1, "unknown": 1}}
    assert outcome.files["titles"].count(b"<external_ids>") == 2


def test_process_strips_single_titles_and_parts_of_series() -> None:
    """``process`` does the same on its way, in every file and every part."""
    series = "http://api.netflix.com/catalog/titles/series/1"
    ids = f"<external_ids>{AMG}</external_ids><x tms='1'/>"
    outcome = catindex(
        "process",
        index_2(
            ID + INSTANT + ids,
            f"<id>{series}</id>{INSTANT}{ids}",
            f"<id>http://api.netflix.com/catalog/titles/programs/2</id>{INSTANT}{ids}"
            f'<link rel="http://schemas.netflix.com/catalog/titles.series" href="{series}"/>',
        ),
    )
    data = outcome.files["streaming"]
    assert data.count(b"<x/>") == 3
    assert b"amg" not in data
    assert b"external_ids" not in data
    assert outcome.report["external_ids"]["removed"] == {"amg": 3, "tms": 3}


def test_process_can_keep_them() -> None:
    """``--keep-ids`` leaves every reference where it is."""
    inside = f'{ID}{INSTANT}<external_ids>{AMG}</external_ids><link href="http://x/?include_tms=1" rel="y.tms"/>'
    outcome = catindex("process", index_2(inside), keep_ids=True)
    assert AMG.encode() in outcome.files["streaming"]
    assert b"include_tms=1" in outcome.files["streaming"]
    assert outcome.report["external_ids"] == {"removed": {}, "kept": {"amg": 1}}


def test_split_and_unify_keep_them() -> None:
    """The other commands do one thing each, and this is not theirs."""
    data = index_2(f"{ID}{INSTANT}<external_ids>{AMG}</external_ids>")
    assert AMG.encode() in catindex("split", data).files["streaming"]
    assert AMG.encode() in catindex("unify", data).files["titles"]


def test_strip_works_on_every_dialect() -> None:
    """1.x records keep their structure but for the references."""
    data = index_1(f"<title>A</title>{ID}<external_ids>{AMG}{UPC}</external_ids><delivery_formats></delivery_formats>")
    assert (
        f"<title_index_item><title>A</title>{ID}<external_ids>{UPC}</external_ids><delivery_formats/></title_index_item>"
        in catindex("strip", data).files["titles"].decode()
    )


def test_a_second_strip_finds_nothing() -> None:
    """What strip writes has nothing left to strip, and comes out as it went in."""
    once = catindex("strip", index_2(f"{ID}<external_ids>{AMG}{UPC}</external_ids><a href='?include_amg=1&amp;b=2'/>"))
    twice = catindex("strip", once.files["titles"])
    assert twice.files == once.files
    assert twice.report["external_ids"]["removed"] == {}


@pytest.mark.parametrize("letter", ["&#97;", "&#0097;", "&#x61;", "&#65;", "&#x041;", "&#x6D;"])
def test_a_letter_may_be_a_character_reference(letter: str) -> None:
    """XML may spell any letter so, and the reference is the same."""
    spelled = f"a{letter}g" if "6D" in letter else f"{letter}mg"
    assert stripped(f'<link rel="id.{spelled}"/>') == ""


def test_references_between_the_records_go() -> None:
    """What stands beside the records, as the header of a search response does, is stripped like them."""
    data = b'<catalog_titles><link rel="id.amg"/><tms_id>1</tms_id><link rel="self"/><catalog_title/></catalog_titles>'
    written = catindex("strip", data).files["titles"].splitlines()
    assert written[2:-1] == [b'<link rel="self"/>', b"<catalog_title/>"]


@pytest.mark.parametrize("text", ["m&amp;#65;&amp;#65;&amp;#65;&amp;#65;", "&#109;AMG", "amg tms &#77;"])
def test_what_an_id_holds_hides_no_other_reference(text: str) -> None:
    """Its text may look like letters, or like references to letters: what stands elsewhere is found all the same."""
    assert (
        stripped(f'<external_ids><id rel="http://s/catalog/id.amg">{text}</id></external_ids><amg_id>9</amg_id>') == ""
    )
