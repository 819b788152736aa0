"""The command line: statuses, messages, silence, terminals, pipes and signals, for every command that writes."""

from __future__ import annotations

import contextlib
import gzip
import os
import random
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from catindex.cli import invoke
from tests.processes import catindex, children, eventually, is_running, on_terminal, start, wait_until_ready
from tests.running import COMMANDS, index_2

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, terminals and signals are those of POSIX")

API = "http://api.netflix.com/catalog/titles"
FORMATS = "http://api.netflix.com/categories/title_formats"
OFFER = (
    '<link rel="http://schemas.netflix.com/catalog/titles/format_availability"><delivery_formats><availability>'
    f'<category scheme="{FORMATS}" term="instant"/></availability></delivery_formats></link>'
)
SMALL = index_2(*(f"<id>{API}/movies/{number}</id>{OFFER}" for number in range(3)))
#: Takes about a second.
LARGE = index_2(*(f"<id>{API}/movies/{number}</id>{OFFER}<t>{'text ' * 400}</t>" for number in range(4000)))
SPLITTING = ("process", "split")


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """Return a small dump in a folder of its own."""
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "dump.xml"
    path.write_bytes(SMALL)
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return a folder for the outputs."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def outputs(command: str, folder: Path) -> list[object]:
    """Give the arguments that put a command's outputs into a folder."""
    return ["-o", folder] if command in SPLITTING else ["-o", folder / "titles.xml"]


def streamed(command: str) -> list[object]:
    """Give the arguments that write a command's output, or one of them, to standard output."""
    return ["--streaming", "-"] if command in SPLITTING else []


def names(folder: Path) -> set[str]:
    """Give the names of all files in a folder."""
    return {path.name for path in folder.iterdir()}


# Statuses and messages.

HALF = SMALL[: len(SMALL) // 2]
BAD = SMALL.replace(b"movies/1<", b"movies/1&nbsp;<")


@pytest.mark.parametrize(("command", "jobs"), [(name, 1 + (name == "process")) for name in COMMANDS] + [("process", 1)])
def test_the_first_fault_is_said_whoever_finds_it(command: str, jobs: int, dump: Path, out: Path) -> None:
    """Line, column, number and key are right far down in a dump with several faults, for any number of processes."""
    lines = LARGE.replace(b"movies/3500<", b"movies/3500&bad;<").replace(b"movies/3700<", b"movies/3700&worse;<")
    dump.write_bytes(b"\n" * 70_000 + lines[lines.index(b"<catalog_titles") :])
    ended = catindex(command, dump, *outputs(command, out), "--jobs", jobs)
    what = "the entity &bad; is not defined in XML (record 3501, after movie/3499); --recover skips it"
    assert ended == (65, b"", f"catindex: {dump}:73502:74: {what}\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_wrong_calls_are_2(command: str, dump: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """One line, with where help is to be had or what to do."""
    for arguments in (
        [dump, "--no-such-option"],
        [dump, "--jobs", "0"],
        [dump, dump],
        [dump, *streamed(command), "--report", "-"],
        [dump, *streamed(command), "--rejects", "x"],
        [dump, *streamed(command), "--recover"],
        [dump, *streamed(command), "--recover", "--rejects", "-"],
        [dump, *(["--streaming", "-", "--dvd", "-"] if command in SPLITTING else ["-o", "-", "--report", "-"])],
    ):
        assert invoke([command, *map(str, arguments)]) == 2
        said, complaint = capfd.readouterr()
        assert said == ""
        assert re.fullmatch(r"catindex: .*\n", complaint)


@pytest.mark.parametrize("command", COMMANDS)
def test_other_failures_have_their_statuses(
    command: str, dump: Path, out: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """66 for no input, 73 for an output that cannot be, 74 for a full disk."""
    target = "--streaming" if command in SPLITTING else "-o"
    (out / "there.xml").write_bytes(b"there")
    for status, arguments, message in (
        (66, [dump.parent / "none.xml", target, out / "x.xml"], "none.xml: does not exist; check the path"),
        (66, [dump.parent, target, out / "x.xml"], "is a directory"),
        (73, [dump, target, dump], "is the input"),
        (73, [dump, target, out / "no" / "x.xml"], "does not exist; create it: mkdir -p"),
        (73, [dump, target, out], "is a directory; name a file in it"),
        (73, [dump, target, out / "there.xml", "--no-clobber"], "already exists; remove it or drop --no-clobber"),
        (73, [dump, target, out / "x.xml", "--report", out / "x.xml"], "is also the output"),
        (73, [dump, target, out / "x.xml", "--recover", "--rejects", dump], "is the input"),
        (74, [dump, target, "/dev/full"], "No space left"),
    ):
        assert invoke([command, *map(str, arguments)]) == status
        said, complaint = capfd.readouterr()
        assert said == ""
        assert re.fullmatch(r"catindex: .*\n", complaint)
        assert message in complaint
    assert names(out) == {"there.xml"}


def test_whether_an_input_can_be_read_is_seen_when_it_is(dump: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An input that may not be read is 66 like any other that cannot, so that nothing asks for permissions before."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert invoke(["strip", str(dump)]) == 0


# --recover, --rejects, --huge.


@pytest.mark.parametrize("command", COMMANDS)
def test_recovery_is_status_1_and_one_line(command: str, dump: Path, out: Path) -> None:
    """The rejects stand beside the output; --quiet says nothing; -v tells as a warning."""
    dump.write_bytes(BAD)
    ended = catindex(command, dump, *outputs(command, out), "--recover")
    what = "the first at line 4: the entity &nbsp; is not defined in XML"
    assert ended == (1, b"", f"catindex: {dump}: left out 1 malformed record, {what}; see {out}/rejects.xml\n")
    assert (out / "rejects.xml").read_text().count("<reject ") == 1
    assert catindex(command, dump, *outputs(command, out), "--recover", "-q") == (1, b"", "")
    assert (
        "malformed records (left out; their bytes are among the rejects): 1; first"
        in catindex(command, dump, *outputs(command, out), "--recover", "-v").err
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_recovery_of_a_sound_dump_is_silent(command: str, dump: Path, out: Path) -> None:
    """Nothing rejected: status 0, and no rejects."""
    assert catindex(command, dump, *outputs(command, out), "--recover") == (0, b"", "")
    assert "rejects.xml" not in names(out)


def test_rejects_may_be_named(dump: Path, out: Path) -> None:
    """As anything that is written: a suffix compresses, and standard output takes them."""
    dump.write_bytes(BAD)
    ended = catindex("strip", dump, "--recover", "--rejects", out / "r.xml.gz")
    assert ended.status == 1
    assert ended.out.count(b"<catalog_title>") == 2
    assert b"<reject " in gzip.decompress((out / "r.xml.gz").read_bytes())
    assert b"<reject " in catindex("strip", dump, "-o", out / "x.xml", "--recover", "--rejects", "-").out


@pytest.mark.parametrize("command", COMMANDS)
def test_huge_lifts_the_limits(command: str, dump: Path, out: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A record may be nested deeper; test_hostile.py has the other limits."""
    dump.write_bytes(SMALL.replace(b"</id>", b"</id>" + b"<a>" * 300 + b"</a>" * 300, 1))
    assert invoke([command, str(dump), *map(str, outputs(command, out)), "--huge"]) == 0
    assert capfd.readouterr() == ("", "")


# Silence and terminals.


@pytest.mark.parametrize("command", COMMANDS)
def test_success_is_silent(command: str, dump: Path, out: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A cron job that succeeds sends no mail, whatever it is asked for."""
    for more in ([], ["--report", out / "r.json"], ["--jobs", 2], ["-q"], ["--no-progress"], ["--strict"]):
        assert invoke([command, str(dump), *map(str, [*outputs(command, out), *more])]) == 0
        assert capfd.readouterr() == ("", "")
    assert catindex(command, "-", *outputs(command, out), data=gzip.compress(SMALL)) == (0, b"", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_standard_output_holds_data_only(command: str, dump: Path, out: Path) -> None:
    """With a terminal and without, standard output has what a file would have."""
    invoke([command, str(dump), *map(str, outputs(command, out))])
    expected = (out / ("streaming.xml" if command in SPLITTING else "titles.xml")).read_bytes()
    assert catindex(command, dump, *streamed(command)) == (0, expected, "")
    for more in ([], ["-q"], ["--progress"], ["-v"]) if command == "process" else ([],):
        ended = on_terminal(command, dump, *streamed(command), *more)
        assert (ended.status, ended.out) == (0, expected)
        assert bool(ended.err) == (more != ["-q"])


@pytest.mark.parametrize("command", COMMANDS)
def test_a_terminal_sees_a_summary(command: str, dump: Path, out: Path) -> None:
    """And of an error only the one line."""
    assert "written" in on_terminal(command, dump, *outputs(command, out)).err
    dump.write_bytes(HALF)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", on_terminal(command, dump, *outputs(command, out)).err)
    assert [line for line in shown.splitlines() if line.startswith("catindex: ")] != []
    assert "Traceback" not in shown


@pytest.mark.parametrize("command", ["info", "validate", "filter --count", "diff", "get --count", "strip", "export"])
def test_standard_output_must_not_be_the_input(command: str, dump: Path) -> None:
    """`catindex info dump.xml >> dump.xml` would damage the dump."""
    name, *options = command.split()
    before = dump.read_bytes()
    more: dict[str, list[object]] = {"diff": [dump], "get": ["movie/1"]}
    with dump.open("ab") as file:
        process = start(name, dump, *more.get(name, []), *options, stdout=file.fileno())
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (73, b"catindex: standard output: is the input; choose another path\n")
    assert dump.read_bytes() == before


@pytest.mark.parametrize("command", ["strip - -o {0}", "export - -o {0} --format ndjson", "info - --html {0}"])
def test_an_output_must_not_be_the_file_on_standard_input(command: str, dump: Path) -> None:
    """It is the input, whatever its name on the command line is."""
    before = dump.read_bytes()
    with dump.open("rb") as file:
        process = start(*command.format(dump).split(), stdin=file.fileno())
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err.decode()) == (73, f"catindex: {dump}: is the input; choose another path\n")
    assert dump.read_bytes() == before


def test_vv_adds_the_traceback(dump: Path) -> None:
    """For who wants to know."""
    dump.write_bytes(HALF)
    for options in (["-vv"], ["-v", "-v"], ["-qvv"], ["--verbose", "--verbose"]):
        assert "Traceback" in catindex("strip", dump, *options).err
    assert "Traceback" in catindex("info", dump, "-vv").err
    assert "Traceback" not in catindex("strip", dump, "-v").err


# Pipes.


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("data", "jobs"), [(SMALL, 1), (SMALL, 2), (LARGE, 2)], ids=["small", "small-2", "large"])
def test_a_reader_that_goes_away_is_141(command: str, data: bytes, jobs: int, dump: Path) -> None:
    """Without a word, also where all would fit into the pipe."""
    dump.write_bytes(data)
    read, write = os.pipe()
    os.close(read)
    process = start(command, dump, *streamed(command), "--jobs", jobs, stdout=write)
    os.close(write)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (141, b"")


def test_a_reader_that_has_enough_is_141(dump: Path) -> None:
    """As with head."""
    dump.write_bytes(LARGE)
    process = start("process", dump, "--streaming", "-")
    assert process.stdout
    with process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_closed_standard_streams_are_no_fault(dump: Path, out: Path) -> None:
    """As some schedulers start programs."""
    for closed, arguments, status in (
        ("<&-", f"{dump} -o {out}/x.xml", 0),
        (">&-", f"{dump} -o {out}/x.xml", 0),
        ("2>&-", f"{dump} -o {out}/x.xml", 0),
        ("2>&-", f"{dump}.none -o {out}/x.xml", 66),
        ("<&-", f"- -o {out}/x.xml", 66),
    ):
        command = f'"$0" -m catindex strip {arguments} {closed}'
        ended = subprocess.run(["sh", "-c", command, sys.executable], capture_output=True, check=False)
        assert ended.returncode == status, closed
        assert b"Traceback" not in ended.stderr


# Other runs.


def test_a_second_run_for_the_same_outputs_is_75_at_once(dump: Path, out: Path) -> None:
    """The second run does not wait for the first one, which waits for its input and succeeds."""
    first = start("process", "-", "-o", out, stdin=subprocess.PIPE)
    assert first.stdin
    assert eventually(lambda: ".streaming.xml.catindex-tmp" in names(out))
    second = catindex("process", dump, "-o", out)
    assert second.status == 75
    assert re.fullmatch(
        r"catindex: .*/streaming\.xml: another run is writing this file; wait until it has ended\n", second.err
    )
    assert first.communicate(SMALL, timeout=60) == (b"", b"")
    assert first.returncode == 0
    assert names(out) == {"streaming.xml", "dvd.xml"}


# Signals.

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def old_and_new(dump: Path, out: Path) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Give what stands in the output folder, and what a run of process puts there."""
    dump.write_bytes(LARGE)
    (out / "new").mkdir()
    assert catindex("process", dump, "-o", out / "new") == (0, b"", "")
    new = {path.name: path.read_bytes() for path in (out / "new").iterdir()}
    for path in (out / "new").iterdir():
        path.unlink()
    (out / "new").rmdir()
    for name in new:
        (out / name).write_bytes(b"old")
    return dict.fromkeys(new, b"old"), new


def test_signals_leave_whole_files_and_no_word(dump: Path, out: Path) -> None:
    """At any moment: each output is the old one or the new one, nothing else is there, the status tells."""
    old, new = old_and_new(dump, out)
    rng = random.Random(1)
    for turn in range(9):
        number = list(SIGNALS)[turn % 3]
        process = start("process", dump, "-o", out, "--jobs", 1 + turn % 2)
        wait_until_ready(process)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(rng.uniform(0, 0.8))
        process.send_signal(number)
        said, err = process.communicate(timeout=60)
        assert (said, err) == (b"", b"")
        assert process.returncode in (0, SIGNALS[number])
        left = {path.name: path.read_bytes() for path in out.iterdir()}
        assert left in (old, new)
        assert process.returncode != 0 or left == new


def test_a_killed_run_leaves_no_processes_and_the_next_clears_up(dump: Path, out: Path) -> None:
    """SIGKILL cannot be caught: the outputs are the old ones or the new ones all the same, and workers end."""
    old, new = old_and_new(dump, out)
    rng = random.Random(2)
    for _ in range(4):
        process = start("process", dump, "-o", out, "--jobs", 2)
        wait_until_ready(process)
        time.sleep(rng.uniform(0, 0.6))
        workers = children(process)  # and the process by which Python tracks resources
        process.kill()
        _, err = process.communicate(timeout=60)
        assert err == b""
        for name in old:
            assert (out / name).read_bytes() in (old[name], new[name])
        assert eventually(lambda: not any(map(is_running, workers)))  # noqa: B023 - called at once
    assert catindex("process", dump, "-o", out) == (0, b"", "")
    assert {path.name: path.read_bytes() for path in out.iterdir()} == new


def test_a_terminals_interrupt_goes_to_all_processes(dump: Path, out: Path) -> None:
    """The workers do not speak of it, whenever it comes."""
    dump.write_bytes(LARGE)
    rng = random.Random(3)
    for _ in range(5):
        command = [sys.executable, "-m", "catindex", "process", str(dump), "-o", str(out), "--jobs", "2"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        wait_until_ready(process)
        time.sleep(rng.uniform(0, 0.5))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        said, err = process.communicate(timeout=60)
        assert (said, err) == (b"", b"")
        assert process.returncode in (0, 130)
        assert not any(name.startswith(".") for name in names(out))


def test_an_ignored_hangup_stays_ignored(out: Path) -> None:
    """As with nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = start("process", "-", "-o", out, stdin=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGHUP, before)
    wait_until_ready(process)
    process.send_signal(signal.SIGHUP)
    assert process.communicate(SMALL, timeout=60) == (b"", b"")
    assert process.returncode == 0


@pytest.mark.parametrize("broken", ["ImportError", "SyntaxError", "catindex.errors.DataError"])
def test_a_signal_that_breaks_an_import_is_no_fault(broken: str) -> None:
    """Python makes an error of its own of what interrupts it there."""
    interrupted = f"""
import os, signal, sys, catindex.cli, catindex.errors
def invoke(arguments):
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    except BaseException:
        raise {broken}("broken off")
catindex.cli.main.main = lambda *_, **__: invoke(_)
sys.argv = ["catindex", "process", "x"]
catindex.cli.run()
"""
    ended = subprocess.run([sys.executable, "-c", interrupted], capture_output=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (143, b"", b"")
