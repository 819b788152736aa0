"""Which file a title goes to, and what of it each file leaves out (spec, section 3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.running import Outcome, catindex, index_1, index_2

API = "http://api.netflix.com/catalog/titles"
CATALOG = "http://schemas.netflix.com/catalog"
ID = f"<id>{API}/movies/1</id>"
FORMATS = "http://api.netflix.com/categories/title_formats"
DEPRECATED_FORMATS = "http://api.netflix.com/catalog/titles/formats"
GENRES = "http://api.netflix.com/categories/genres"


def category(term: str, scheme: str = FORMATS, status: str = "") -> str:
    """Write a category."""
    attribute = f' status="{status}"' if status else ""
    return f'<category scheme="{scheme}" label="{term}" term="{term}"{attribute}/>'


def availability(*terms: str) -> str:
    """Write an availability in these formats."""
    return f'<availability available_from="1">{"".join(map(category, terms))}</availability>'


def formats(*availabilities: str) -> str:
    """Write the format expansion of 2.0 with these availabilities."""
    inside = f"<delivery_formats>{''.join(availabilities)}</delivery_formats>" if availabilities else ""
    return f'<link rel="{CATALOG}/titles/format_availability">{inside}</link>'


BOTH = formats(availability("instant"), availability("DVD"))


def files_of(inside: str) -> set[str]:
    """Split a title and name the outputs that it went to."""
    outcome = catindex("split", index_2(ID + inside))
    return {name for name, titles in outcome.titles.items() if titles}


def unknown_formats(outcome: Outcome) -> list[str]:
    """Give the formats that a run reported as unknown."""
    warnings: list[dict[str, Any]] = outcome.report["warnings"]
    return [
        example["detail"]
        for warning in warnings
        if warning["code"] == "unknown-format"
        for example in warning["examples"]
    ]


def inside(outcome: Outcome, name: str) -> str:
    """Give what the only title of an output holds behind its id."""
    line = outcome.files[name].split(b"<catalog_title>", 1)[1]
    return line.split(b"</catalog_title>\n</catalog_titles>")[0].decode().removeprefix(ID)


def both(extra: str, **options: Any) -> tuple[str, str]:
    """Split a title in both media with something more in it; give that something in streaming and in DVD."""
    outcome = catindex("split", index_2(ID + BOTH + extra), **options)
    streaming, dvd = (inside(outcome, name) for name in ("streaming", "dvd"))
    if options:
        return streaming.removeprefix(BOTH), dvd.removeprefix(BOTH)
    return (
        streaming.removeprefix(formats(availability("instant"))),
        dvd.removeprefix(formats(availability("DVD"))),
    )


@pytest.mark.parametrize(
    ("terms", "files"),
    [
        (["instant"], {"streaming"}),
        (["DVD"], {"dvd"}),
        (["Blu-ray"], {"dvd"}),
        (["instant", "DVD"], {"streaming", "dvd"}),
        (["Blu-ray", "DVD", "instant"], {"streaming", "dvd"}),
        (["INSTANT"], {"streaming"}),
        (["dvd"], {"dvd"}),
        (["BLU-RAY"], {"dvd"}),
        ([" Instant "], {"streaming"}),
        (["HD DVD"], {"unavailable"}),
        (["VHS", "instant"], {"streaming"}),
        ([""], {"unavailable"}),
    ],
)
def test_the_formats_decide(terms: list[str], files: set[str]) -> None:
    """Instant is streaming, DVD and Blu-ray are DVD, in whatever case, in one availability or in several."""
    assert files_of(formats(availability(*terms))) == files
    assert files_of(formats(*map(availability, terms))) == files


@pytest.mark.parametrize(
    "nothing",
    [
        "",
        formats(),
        formats("").replace("<delivery_formats></delivery_formats>", "<delivery_formats/>"),
        formats("<availability/>"),
        formats(f"<availability>{category('en', 'http://api.netflix.com/categories/languages')}</availability>"),
        category("instant"),
        (
            '<link rel="http://schemas.netflix.com/catalog/titles/screen_formats"><screen_formats><screen_format>'
            f"{category('instant')}</screen_format></screen_formats></link>"
        ),
    ],
)
def test_a_title_without_formats_goes_to_neither_file(nothing: str) -> None:
    """Only categories of formats inside an availability say where a title is available."""
    assert files_of(nothing) == {"unavailable"}


def test_formats_of_a_nested_record_are_its_own() -> None:
    """A similar title's formats do not make this one available."""
    similar = f"<catalog_titles><catalog_title><id>{API}/movies/2</id>{BOTH}</catalog_title></catalog_titles>"
    assert files_of(f'<link rel="{CATALOG}/titles.similars">{similar}</link>') == {"unavailable"}


def test_the_label_stands_in_for_a_missing_term() -> None:
    """A category without a term is read by its label."""
    assert files_of(formats(availability("DVD").replace('term="DVD"', ""))) == {"dvd"}


@pytest.mark.parametrize(
    "scheme",
    [
        FORMATS,
        DEPRECATED_FORMATS,
        "https://api-public.netflix.com/categories/title_formats?v=2.0",
        "http://api-nccp.netflix.com/categories/title_formats/",
        "categories/title_formats",
    ],
)
def test_schemes_are_known_by_their_path(scheme: str) -> None:
    """Hosts vary within one dump, so only the path counts."""
    assert files_of(formats(f"<availability>{category('DVD', scheme)}</availability>")) == {"dvd"}


@pytest.mark.parametrize("scheme", [f"{FORMATS}/quality", GENRES, "http://x/formats", ""])
def test_other_schemes_are_no_formats(scheme: str) -> None:
    """A quality category may stand in an availability; it says nothing about the medium."""
    outcome = catindex("split", index_2(ID + formats(f"<availability>{category('DVD', scheme)}</availability>")))
    assert len(outcome.titles["unavailable"]) == 1
    assert unknown_formats(outcome) == []


def test_a_deprecated_twin_counts_only_where_there_is_no_current_one() -> None:
    """Current categories win over deprecated ones of the same availability, not of others."""
    old = category("DVD", DEPRECATED_FORMATS, "deprecated")
    assert files_of(formats(f"<availability>{old}</availability>")) == {"dvd"}
    assert files_of(formats(f"<availability>{old}{category('instant')}</availability>")) == {"streaming"}
    assert files_of(formats(f"<availability>{old}</availability>", availability("instant"))) == {"streaming", "dvd"}


def test_unknown_formats_are_reported() -> None:
    """What is neither streaming nor DVD is named, and makes the title available nowhere."""
    outcome = catindex("split", index_2(ID + formats(availability("HD DVD"), availability("instant", "UMD"))))
    assert unknown_formats(outcome) == ["hd dvd", "umd"]
    assert len(outcome.titles["streaming"]) == 1
    assert outcome.titles["dvd"] == []


def test_unknown_formats_of_parts_are_reported() -> None:
    """A part inside a series is asked as a title of its own would be."""
    series = f"{API}/series/1"
    episode = (
        f'<id>{API}/programs/2</id><link href="{series}" rel="{CATALOG}/titles.series"/>'
        f"{formats(availability('instant', 'UMD'))}"
    )
    outcome = catindex("process", index_2(f"<id>{series}</id>{formats(availability('instant'))}", episode))
    assert unknown_formats(outcome) == ["umd"]


def test_1x_records_are_split_as_they_are() -> None:
    """``split`` alone leaves the structure: ``delivery_formats`` stays a child of the record."""
    twins = category("instant", DEPRECATED_FORMATS, "deprecated") + category("instant")
    record = f"<title>A</title>{ID}<delivery_formats><availability>{twins}</availability></delivery_formats>"
    outcome = catindex("split", index_1(record))
    assert (
        outcome.files["streaming"].decode().splitlines()[1:]
        == f"<catalog_title_index>\n<title_index_item>{record}</title_index_item>\n</catalog_title_index>".splitlines()
    )


# Streamlining: what each file leaves out.


def test_each_file_keeps_the_availabilities_of_its_medium() -> None:
    """The other medium's availabilities go as a whole, with dates and all that is in them."""
    outcome = catindex("split", index_2(ID + formats(*map(availability, ("instant", "DVD", "Blu-ray")))))
    assert inside(outcome, "streaming") == formats(availability("instant"))
    assert inside(outcome, "dvd") == formats(availability("DVD"), availability("Blu-ray"))


def test_of_a_shared_availability_each_file_keeps_its_categories() -> None:
    """An availability in both media stays in both files, each with its own formats."""
    shared = f'<availability available_from="1" x="y">{{}}{category("HD", FORMATS + "/quality")}</availability>'
    outcome = catindex("split", index_2(ID + formats(shared.format(category("instant") + category("DVD")))))
    assert inside(outcome, "streaming") == formats(shared.format(category("instant")))
    assert inside(outcome, "dvd") == formats(shared.format(category("DVD")))


def test_deprecated_twins_of_the_other_medium_go_too() -> None:
    """A twin that does not count is still a trace of its format."""
    old = [category(term, DEPRECATED_FORMATS, "deprecated") for term in ("instant", "DVD")]
    shared = f"<availability>{old[0]}{category('instant')}{old[1]}{category('DVD')}</availability>"
    outcome = catindex("split", index_2(ID + formats(shared)))
    assert inside(outcome, "streaming") == formats(f"<availability>{old[0]}{category('instant')}</availability>")
    assert inside(outcome, "dvd") == formats(f"<availability>{old[1]}{category('DVD')}</availability>")


def test_an_unknown_format_stays_in_both_files() -> None:
    """It belongs to neither medium, so neither file may take it for the other's."""
    outcome = catindex("split", index_2(ID + BOTH.replace("</delivery", availability("UMD") + "</delivery")))
    for name in ("streaming", "dvd"):
        assert availability("UMD") in inside(outcome, name)


DISC_LINKS = [
    f'<link href="{API}/movies/1/discs" rel="{CATALOG}/titles.discs" title="discs"/>',
    f'<link href="{API}/discs/5" rel="{CATALOG}/title.disc" title="Disc 1"/>',
    f'<link href="{API}/discs/5" rel="{CATALOG}/disc" title="Disc 1"/>',
    f'<link href="{API}/discs/5" rel="unheard-of" title="Disc 1"/>',
    f'<link rel="https://x/catalog/titles.discs"><catalog_titles><link href="{API}/discs/5"/></catalog_titles></link>',
    (
        f'<link rel="{CATALOG}/titles.discs"><catalog_titles><catalog_title><id>{API}/discs/5</id></catalog_title>'
        "</catalog_titles></link>"
    ),
    (
        f'<link rel="{CATALOG}/titles.similars"><catalog_titles><link href="{API}/discs/5" title="Disc 1"/>'
        f"<catalog_title><id>{API}/discs/6</id></catalog_title></catalog_titles></link>"
    ),
]


@pytest.mark.parametrize("link", DISC_LINKS)
def test_discs_are_in_the_dvd_file_only(link: str) -> None:
    """Links to discs and the discs under them leave the streaming file."""
    assert both(f"<a/>{link}<b/>") == ("<a/><b/>", f"<a/>{link}<b/>")


@pytest.mark.parametrize("rel", ["instant", f"{CATALOG}/instant", f"{CATALOG}/titles/instant"])
def test_instant_links_are_in_the_streaming_file_only(rel: str) -> None:
    """Links with rel ``instant`` leave the DVD file."""
    link = f'<link href="http://www.netflix.com/WiPlayer?movieid=1" rel="{rel}" title="play"/>'
    assert both(f"<a/>{link}<b/>") == (f"<a/>{link}<b/>", "<a/><b/>")


def listed(wrapper: str, entry: str, *terms: str) -> str:
    """Write an expansion that lists something for each format."""
    entries = "".join(f"<{entry}>{category(term)}{category('x', 'http://x/y')}</{entry}>" for term in terms)
    return f'<link rel="{CATALOG}/titles/{wrapper}"><{wrapper}>{entries}</{wrapper}></link>'


@pytest.mark.parametrize(
    ("wrapper", "entry"),
    [("languages_and_audio", "language_audio_format"), ("screen_formats", "screen_format")],
)
def test_languages_and_screen_formats_follow_their_format(wrapper: str, entry: str) -> None:
    """What is listed under a disc format is not for streaming, and the reverse; unknown formats stay in both."""
    assert both(listed(wrapper, entry, "DVD", "instant", "Blu-ray", "UMD")) == (
        listed(wrapper, entry, "instant", "UMD"),
        listed(wrapper, entry, "DVD", "Blu-ray", "UMD"),
    )


@pytest.mark.parametrize(
    ("wrapper", "entry"),
    [("languages_and_audio", "language_audio_format"), ("screen_formats", "screen_format")],
)
def test_a_list_that_is_emptied_goes(wrapper: str, entry: str) -> None:
    """Wrapper and link held nothing but the other medium's entries: they go with them."""
    assert both("<a/>" + listed(wrapper, entry, "DVD"))[0] == "<a/>"
    assert both("<a/>" + listed(wrapper, entry, "instant"))[1] == "<a/>"


def test_what_is_listed_under_formats_of_both_media_stays_in_both_files() -> None:
    """Such an entry says something about either medium."""
    entry = f"<screen_format>{category('DVD')}{category('instant')}{category('x', 'http://x/y')}</screen_format>"
    extra = f'<link rel="{CATALOG}/titles/screen_formats"><screen_formats>{entry}</screen_formats></link>'
    streaming, dvd = both(extra)
    assert "screen_format>" in streaming
    assert "screen_format>" in dvd


@pytest.mark.parametrize("wrapper", ["languages_and_audio", "screen_formats", "external_ids"])
def test_a_list_that_came_empty_stays(wrapper: str) -> None:
    """An empty container of the input is an answer, and stays in both files."""
    empty = f'<link rel="{CATALOG}/titles/{wrapper}"><{wrapper}/></link><external_ids/>'
    assert both(empty) == (empty, empty)


@pytest.mark.parametrize("scheme", [GENRES, f"{GENRES}/2340", "http://api.netflix.com/catalog/genres"])
def test_the_genre_blu_ray_is_in_the_dvd_file_only(scheme: str) -> None:
    """1.x listed Blu-ray among the genres, deprecated and current."""
    genre = category("Blu-ray", scheme)
    assert both(f"{genre}{category('Dramas', GENRES)}") == (
        category("Dramas", GENRES),
        genre + category("Dramas", GENRES),
    )


@pytest.mark.parametrize("name", ["term", "label"])
def test_the_genre_blu_ray_may_lack_a_term_or_a_label(name: str) -> None:
    """One of the two attributes is enough."""
    genre = f'<category scheme="{GENRES}" {name}="Blu-ray"/>'
    assert both(genre) == ("", genre)


def test_blu_ray_outside_of_genres_stays() -> None:
    """Another scheme may use the word for something else."""
    other = category("Blu-ray", "http://api.netflix.com/categories/moods")
    assert both(other) == (other, other)


def test_upc_ids_are_in_the_dvd_file_only() -> None:
    """A UPC is printed on a box; the container goes where nothing else is in it."""
    upc = f'<id rel="{CATALOG}/id.upc">0043396083486</id>'
    other = f'<id rel="{CATALOG}/id.eidr">10.5240/1</id>'
    assert both(f"<external_ids>{upc}{upc}</external_ids>") == ("", f"<external_ids>{upc}{upc}</external_ids>")
    assert both(f"<external_ids>{upc}{other}</external_ids>") == (
        f"<external_ids>{other}</external_ids>",
        f"<external_ids>{upc}{other}</external_ids>",
    )


def test_nested_records_are_streamlined_too() -> None:
    """A similar title inside a title is held to the same file."""
    similar = (
        f'<link rel="{CATALOG}/titles.similars"><catalog_titles><catalog_title><id>{API}/movies/2</id>{{}}'
        "</catalog_title></catalog_titles></link>"
    )
    upc = f'<external_ids><id rel="{CATALOG}/id.upc">1</id></external_ids>'
    play = '<link rel="instant"/>'
    assert both(similar.format(BOTH + upc + play)) == (
        similar.format(formats(availability("instant")) + play),
        similar.format(formats(availability("DVD")) + upc),
    )


def test_text_beside_what_goes_stays() -> None:
    """Taking an element out never takes out the text behind it, in neither of the two files."""
    assert both('<x/>one<link rel="instant"/>two<link rel="disc" href="/catalog/titles/discs/1"/>three') == (
        '<x/>one<link rel="instant"/>twothree',
        '<x/>onetwo<link rel="disc" href="/catalog/titles/discs/1"/>three',
    )


def test_what_is_the_same_for_both_media_is_in_both_files() -> None:
    """Everything else of a title is in each file that it goes to, as it came."""
    rest = (
        '<title short="A" regular="A &amp; B"/><unknown x="1">a<b/>c</unknown><s><![CDATA[<p>d</p>]]></s>'
        f'<link href="http://www.netflix.com/1" rel="alternate"/>{category("PG", "http://x/categories/mpaa_ratings")}'
        f'<link rel="{CATALOG}/titles/awards"><awards><award_winner year="2001"/></awards></link><!-- c --><?p i?>'
    )
    assert both(rest) == (rest, rest)


def test_stragglers_can_be_kept() -> None:
    """``--keep-stragglers`` writes the whole title to each file that it belongs to."""
    everything = (
        "".join(DISC_LINKS)
        + '<link rel="instant"/>'
        + category("Blu-ray", GENRES)
        + listed("screen_formats", "screen_format", "DVD", "instant")
        + f'<external_ids><id rel="{CATALOG}/id.upc">1</id></external_ids>'
    )
    assert both(everything, keep_stragglers=True) == (everything, everything)


# What becomes of the records.


def record(number: int, *terms: str) -> str:
    """Write a movie that is available in these formats."""
    return f"<id>{API}/movies/{number}</id>{formats(*map(availability, terms))}"


def ids(outcome: Outcome, name: str) -> list[str]:
    """Give the numbers of the titles in an output, in order."""
    return [(title.findtext("id") or "").rpartition("/")[2] for title in outcome.titles[name]]


MIXED = (record(3, "instant"), record(1, "DVD"), record(4, "DVD", "instant"), record(2), record(9, "VHS"))


def test_titles_come_in_input_order() -> None:
    """Each file has its titles in the order of the input."""
    outcome = catindex("split", index_2(*MIXED))
    assert ids(outcome, "streaming") == ["3", "4"]
    assert ids(outcome, "dvd") == ["1", "4"]
    assert ids(outcome, "unavailable") == ["2", "9"]


def test_unavailable_titles_are_kept_whole() -> None:
    """``--unavailable`` gets the titles as they came: there is no medium to streamline them to."""
    rest = f'<link rel="instant"/>{category("Blu-ray", GENRES)}{formats(availability("VHS"))}'
    assert inside(catindex("split", index_2(ID + rest)), "unavailable") == rest


@pytest.mark.parametrize(
    ("outputs", "written", "not_requested"),
    [
        (["streaming", "dvd", "unavailable"], 3, 0),
        (["streaming", "dvd"], 3, 0),
        (["streaming"], 2, 1),
        (["dvd"], 2, 1),
        (["unavailable"], 0, 3),
    ],
)
def test_every_record_is_accounted_for(outputs: list[str], written: int, not_requested: int) -> None:
    """Read is what was written, what is available in neither medium, and what only a file not asked for would have."""
    records = catindex("split", index_2(*MIXED), outputs).report["records"]
    assert records["read"] == 5
    assert (records["written"], records["unavailable"], records["not_requested"]) == (written, 2, not_requested)


@pytest.mark.parametrize("name", ["streaming", "dvd", "unavailable"])
def test_a_file_does_not_depend_on_the_others(name: str) -> None:
    """Asking for one file gives the same bytes as asking for all."""
    extra = f'{"".join(DISC_LINKS)}<link rel="instant"/>{listed("screen_formats", "screen_format", "DVD", "instant")}'
    data = index_2(*MIXED, record(10, "instant", "DVD") + extra)
    assert catindex("split", data, [name]).files[name] == catindex("split", data).files[name]


@pytest.mark.parametrize("name", ["streaming", "dvd"])
def test_splitting_a_split_file_again_changes_nothing(name: str) -> None:
    """A streamlined file has only its own medium in it."""
    once = catindex("split", index_2(*MIXED)).files[name]
    assert catindex("split", once).files[name] == once


def test_a_disc_known_by_its_name_is_for_the_dvd_file_only() -> None:
    """Without an address, the list that it stands in tells what a part is."""
    disc = f'<catalog_title><title short="Disc 1"/>{formats(availability("instant"))}</catalog_title>'
    discs = f'<link rel="{CATALOG}/titles.discs"><catalog_titles>{disc}</catalog_titles></link>'
    outcome = catindex("split", index_2(f"<id>{API}/series/1</id>{BOTH}{discs}"))
    assert b"Disc 1" not in outcome.files["streaming"] + outcome.files["dvd"]
    assert b"Disc 1" in outcome.files["unavailable"]
