"""Dumps and archives at URLs, with a server that speaks the protocol of S3."""

from __future__ import annotations

import json
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from catindex.cli import main
from catindex.errors import MissingExtraError, NoInputError, TransferError, UsageError
from tests.nights import day, dump, files, movie, night
from tests.processes import catindex, start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")

from catindex.archive import Archive
from catindex.archive.dumps import committed
from catindex.archive.store import open_store
from catindex.archive.urls import without_secrets

fsspec = pytest.importorskip("fsspec")
pytest.importorskip("s3fs")
moto = pytest.importorskip("moto.server")

SECRET = "wJalrXUtnFEMI"

#: The libraries of Amazon leave sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::DeprecationWarning"
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Start a server, and let every process use it."""
    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        # A worker may leave the tests of this module and come back: fsspec would go on with the first server.
        fsspec.get_filesystem_class("s3").clear_instance_cache()
        yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(server: str, request: pytest.FixtureRequest) -> str:
    """Make a bucket for a test, and return its URL."""
    name = f"bucket-{abs(hash((server, request.node.name))):x}"
    fsspec.filesystem("s3").mkdir(name)
    return f"s3://{name}"


def contents(url: str) -> dict[str, bytes]:
    """Return the contents of all files below a URL, by their paths in it."""
    found, root = fsspec.core.url_to_fs(url)
    found.invalidate_cache()
    return {path.removeprefix(f"{root}/"): found.cat_file(path) for path in found.find(root)}


def statuses(archive: str, *paths: object, **options: Any) -> list[str]:
    """Add dumps and return what became of each."""
    return [result.status for result in Archive(archive).add(map(str, paths), **options)]


def printed(*arguments: str) -> str:
    """Run a subcommand of ``catindex archive`` in this process and return what it prints."""
    return CliRunner().invoke(main, ["archive", *arguments], catch_exceptions=False).stdout


def test_an_archive_in_a_bucket_has_the_same_files(tmp_path: Path, bucket: str) -> None:
    """An archive in a bucket and one in a directory differ in nothing."""
    paths = [night(tmp_path, number, movie(number)) for number in (1, 2)]
    assert statuses(f"{bucket}/archive", *paths) == statuses(str(tmp_path / "archive"), *paths) == ["added"] * 2
    assert contents(f"{bucket}/archive") == files(tmp_path / "archive")


def test_questions_about_an_archive_in_a_bucket(tmp_path: Path, bucket: str) -> None:
    """Every command works with a URL."""
    paths = [night(tmp_path, number, movie(number)) for number in (1, 2)]
    assert catindex("archive", "add", f"{bucket}/archive", *paths, "--jobs", 2) == (0, b"", "")
    out = catindex("archive", "changes", f"{bucket}/archive").out
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["arrived", "left"]
    assert json.loads(printed("history", f"{bucket}/archive", "movie/1"))["valid_to"] == "2012-09-02"
    assert json.loads(printed("sql", f"{bucket}/archive", "SELECT count(*) AS n FROM titles")) == {"n": 2}
    assert "2 dumps from 2012-09-01 to 2012-09-02" in printed("info", f"{bucket}/archive")


def test_a_query_reads_nothing_else_in_a_bucket(tmp_path: Path, bucket: str) -> None:
    """Files beside the archive are refused, and so is writing."""
    statuses(f"{bucket}/archive", night(tmp_path, 1, movie(1)))
    fsspec.filesystem("s3").pipe_file(f"{bucket}/secret.txt", b"secret")
    for query in (
        f"SELECT * FROM read_text('{bucket}/secret.txt')",
        f"WITH x AS (COPY (SELECT 1) TO '{bucket}/out.csv') SELECT * FROM x",
        f"COPY titles TO '{bucket}/out.csv'",
    ):
        with pytest.raises(UsageError):
            Archive(f"{bucket}/archive").sql(query)


def test_dumps_in_a_bucket(tmp_path: Path, bucket: str) -> None:
    """They are added like files, and known by their content."""
    path = night(tmp_path, 1, movie(1))
    fsspec.filesystem("s3").put_file(str(path), f"{bucket}/dumps/catalog-2012-09-01.xml")
    archive = str(tmp_path / "archive")
    assert statuses(archive, f"{bucket}/dumps/catalog-2012-09-01.xml") == ["added"]
    assert Archive(archive).dumps()[0].path == f"{bucket}/dumps/catalog-2012-09-01.xml"
    assert statuses(archive, path) == ["skipped"]


def test_a_dump_is_replaced_in_a_bucket(tmp_path: Path, bucket: str) -> None:
    """The files of the old one are removed."""
    statuses(f"{bucket}/archive", night(tmp_path, 1, movie(1)))
    other = dump(tmp_path / "new-2012-09-01.xml", movie(2))
    assert statuses(f"{bucket}/archive", other) == ["refused"]
    assert statuses(f"{bucket}/archive", other, replace=True) == ["replaced"]
    assert statuses(str(tmp_path / "expected"), other) == ["added"]
    assert contents(f"{bucket}/archive") == files(tmp_path / "expected")


def test_what_a_killed_run_left_in_a_bucket(tmp_path: Path, bucket: str) -> None:
    """A run that adds or skips a dump removes the files of its date that belong to no dump."""
    path = night(tmp_path, 1, movie(1))
    statuses(f"{bucket}/archive", path)
    expected = contents(f"{bucket}/archive")
    fsspec.filesystem("s3").pipe_file(f"{bucket}/archive/titles/dump_date=2012-09-01/{'0' * 16}.parquet", b"")
    assert [found.dump_date for found in committed(open_store(f"{bucket}/archive"))] == [day(1)]
    assert statuses(f"{bucket}/archive", path) == ["skipped"]
    assert contents(f"{bucket}/archive") == expected


def test_another_run_commits_first(tmp_path: Path, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are no locks, the row is written only if there is none: one run adds the dump, the other skips it."""
    url, path = f"{bucket}/archive", night(tmp_path, 1, movie(1))
    convert = sys.modules["catindex.archive.add"].convert

    def convert_twice(task: Any) -> Any:
        monkeypatch.undo()
        assert statuses(url, path) == ["added"]
        return convert(task)

    monkeypatch.setattr("catindex.archive.add.convert", convert_twice)
    assert statuses(url, path) == ["skipped"]
    statuses(str(tmp_path / "expected"), path)
    assert contents(url) == files(tmp_path / "expected")


def test_two_runs_that_add_the_same_dump_to_a_bucket(tmp_path: Path, bucket: str) -> None:
    """Both end well, and the archive is the same as that of one run."""
    path = night(tmp_path, 1, *(movie(number) for number in range(300)))
    runs = [start("archive", "add", f"{bucket}/archive", path) for _ in range(2)]
    assert [run.communicate(timeout=60) for run in runs] == [(b"", b"")] * 2
    assert [run.returncode for run in runs] == [0, 0]
    statuses(str(tmp_path / "expected"), path)
    assert contents(f"{bucket}/archive") == files(tmp_path / "expected")


def test_dumps_on_a_web_server(tmp_path: Path) -> None:
    """A dump can be at an HTTP address; the query of its URL, which may be a signature, is not kept."""
    pytest.importorskip("aiohttp")
    night(tmp_path, 1, movie(1))

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        archive = Archive(str(tmp_path / "archive"))
        signed = f"{url}/2012-09-01.xml?signature={SECRET}"
        missing, added, again = archive.add([f"{url}/2012-09-02.xml", signed, signed])
        server.shutdown()
    assert (missing.status, missing.message) == ("failed", f"{url}/2012-09-02.xml: does not exist; check the URL")
    assert (added.status, archive.dumps()[0].path) == ("added", f"{url}/2012-09-01.xml")
    assert (again.path, again.message) == (added.path, f"{added.path}: is in the archive, dated 2012-09-01")


def test_an_archive_cannot_be_on_a_web_server() -> None:
    """It is wrong usage."""
    with pytest.raises(UsageError, match=r"an archive cannot be at an HTTP address \(a dump can\)"):
        Archive("https://example.org/archive")


def test_an_archive_that_is_not_in_the_bucket(bucket: str) -> None:
    """The message is that of a directory."""
    with pytest.raises(NoInputError, match=f"{bucket}/archive: no archive with dumps"):
        Archive(f"{bucket}/archive").info()


@pytest.mark.usefixtures("server")
def test_a_bucket_that_does_not_exist(tmp_path: Path) -> None:
    """The run fails, and the message names the archive."""
    with pytest.raises(TransferError, match="s3://no-such-bucket/archive: "):
        statuses("s3://no-such-bucket/archive", night(tmp_path, 1, movie(1)))


@pytest.mark.usefixtures("server")
def test_credentials_are_never_printed(tmp_path: Path) -> None:
    """Neither those of the environment nor those in a URL, even with tracebacks."""
    path = night(tmp_path, 1, movie(1))
    url = f"s3://user:{SECRET}@no-such-bucket/archive?token={SECRET}"
    for arguments in (["add", url, path], ["add", tmp_path / "archive", f"{url}/2012-09-01.xml"], ["info", url]):
        ended = catindex("archive", *arguments, "-vv")
        assert ended.status in {1, 2}
        assert SECRET not in ended.err + ended.out.decode()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("s3://bucket/archive", "s3://bucket/archive"),
        ("https://user:password@example.org:8080/a.xml?X-Amz-Signature=1#f", "https://example.org:8080/a.xml"),
        ("dumps/a?b.xml", "dumps/a?b.xml"),
    ],
)
def test_secrets_in_urls(path: str, expected: str) -> None:
    """What may be secret in a URL is left out; paths are left as they are."""
    assert without_secrets(path) == expected


@pytest.mark.parametrize("url", ["nonsense://bucket/archive", "gs://bucket/archive"])
def test_urls_that_fsspec_cannot_open(url: str) -> None:
    """A kind of URL that does not exist is wrong usage; one that needs a package names it."""
    kind = UsageError if url.startswith("nonsense") else MissingExtraError
    with pytest.raises(kind):
        Archive(url)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL without fsspec names the command that installs it."""
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'catindex\[remote\]'"):
        Archive("s3://bucket/archive")
