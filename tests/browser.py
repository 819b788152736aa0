"""Drives an installed Chromium over a pipe, with the DevTools protocol: what a page draws, logs and requests."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

#: The path of the browser, None where there is none.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)

_OPTIONS = (
    *("--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars"),
    *("--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe", "about:blank"),
)
#: Chromium reads commands from descriptor 3 and writes answers to descriptor 4.
_START = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for wanted, end in zip((3, 4), ends):
    os.dup2(end, wanted)
os.execv(sys.argv[3], sys.argv[3:])
"""
_DRAWN = """
document.readyState === "complete" &&
  [...document.querySelectorAll(".chart")].every(chart => chart.querySelector("svg"))
"""


@dataclass
class Browser:
    """A browser with one page. ``requests`` are the URLs that it asked for, ``errors`` what it logged."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _number: int = 0

    def __enter__(self) -> Browser:  # noqa: PYI034 - Self is not in Python 3.10
        """Start the browser with a profile of its own."""
        assert CHROMIUM is not None
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        options = [*_OPTIONS, f"--user-data-dir={self._profile.name}"]
        if os.geteuid() == 0:
            options.append("--no-sandbox")
        theirs, ours = os.pipe()
        our_end, their_end = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, str(theirs), str(their_end), CHROMIUM, *options],
            pass_fds=(theirs, their_end),
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        os.close(their_end)
        self._commands, self._answers = os.fdopen(ours, "wb", 0), os.fdopen(our_end, "rb")
        self._session: str | None = None
        targets = self.call("Target.getTargets")["targetInfos"]
        target = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_: object) -> None:
        """End the browser."""
        self._commands.close()
        self._process.terminate()
        self._process.wait()
        self._answers.close()
        self._profile.cleanup()

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result; events that arrive before it are noted."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._commands.write(json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != self._number:
            self._note(answer.get("method"), answer.get("params", {}))
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _read(self) -> dict[str, Any]:
        text = bytearray()
        while (byte := self._answers.read(1)) != b"\0":
            if not byte:
                raise RuntimeError("the browser has ended")
            text += byte
        message: dict[str, Any] = json.loads(text)
        return message

    def _note(self, event: str | None, told: dict[str, Any]) -> None:
        if event == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif event == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(told["exceptionDetails"]))
        elif event == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
            self.errors.append(json.dumps(told["args"]))
        elif event == "Log.entryAdded":
            self.errors.append(told["entry"]["text"])

    def show(self, page: Path, *, width: int = 1280, dark: bool = False) -> None:
        """Load a page, and return when all its charts are drawn, or after ten seconds."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media="", features=[scheme])
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        self.requests.clear()
        self.errors.clear()
        self.call("Page.navigate", url=page.as_uri())
        end = time.monotonic() + 10
        while not self.evaluate(_DRAWN) and time.monotonic() < end:
            time.sleep(0.05)

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression of the page; a promise is waited for."""
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(json.dumps(result["exceptionDetails"]))
        return result["result"].get("value")

    def move(self, x: float, y: float) -> None:
        """Move the pointer."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def pdf(self) -> bytes:
        """Return the page as printed on A4."""
        printed = self.call("Page.printToPDF", printBackground=True, paperWidth=8.27, paperHeight=11.69)
        return base64.b64decode(printed["data"])
