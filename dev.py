#!/usr/bin/env python3
"""Set the project up and run it, from a bare machine with nothing but Python.

    python3 dev.py demo          synthetic lesions on the shipped CTs, and a report of them
    python3 dev.py workbench     napari with the dock widget "Synthesize lesions"
    python3 dev.py test          the linters and all tests
    python3 dev.py test -k rim   only the tests that pytest selects with these arguments
    python3 dev.py lint          ruff, mypy and the import contracts
    python3 dev.py docs          the documentation, into site/
    python3 dev.py bench         every benchmark, as tables

Each command makes the virtual environment `.venv` beside this file, installs what it needs with
the versions of `constraints.txt`, and runs. A second run installs nothing. On Debian and its
relatives, missing system libraries are named in one apt line, which is run when you are root.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

# This file also has to run on Pythons that are too old for the project, to say so.
OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "installed-by-dev.json"
ASIDE = "`dev.py bench` leaves it out"  # in benchmarks that need something, or are part of another

# Debian package -> the library in it that Qt 6 or OpenGL opens.
GUI_LIBRARIES = {
    "libdbus-1-3": "libdbus-1.so.3",
    "libegl1": "libEGL.so.1",
    "libfontconfig1": "libfontconfig.so.1",
    "libfreetype6": "libfreetype.so.6",
    "libgl1": "libGL.so.1",
    "libglib2.0-0": "libglib-2.0.so.0",
    "libx11-xcb1": "libX11-xcb.so.1",
    "libxcb-cursor0": "libxcb-cursor.so.0",
    "libxcb-icccm4": "libxcb-icccm.so.4",
    "libxcb-image0": "libxcb-image.so.0",
    "libxcb-keysyms1": "libxcb-keysyms.so.1",
    "libxcb-randr0": "libxcb-randr.so.0",
    "libxcb-render-util0": "libxcb-render-util.so.0",
    "libxcb-render0": "libxcb-render.so.0",
    "libxcb-shape0": "libxcb-shape.so.0",
    "libxcb-shm0": "libxcb-shm.so.0",
    "libxcb-sync1": "libxcb-sync.so.1",
    "libxcb-xfixes0": "libxcb-xfixes.so.0",
    "libxcb-xkb1": "libxcb-xkb.so.1",
    "libxkbcommon-x11-0": "libxkbcommon-x11.so.0",
    "libxkbcommon0": "libxkbcommon.so.0",
}
# What an extra of pyproject.toml brings besides itself.
HOLDS = {"all": ("learn", "napari"), "dev": ("all", "learn", "napari")}
# Mesa loads its software renderer by path, so it is looked for by path.
GL_DRIVERS = ("lib/*/dri/*_dri.so", "lib/dri/*_dri.so", "lib64/dri/*_dri.so")


class Trouble(Exception):
    """Something the person at the keyboard has to mend."""


def main(argv: list[str]) -> int:
    """Run one command; return its exit code."""
    name, arguments = (argv[0], argv[1:]) if argv else ("", [])
    if name not in COMMANDS:
        print(__doc__)
        return 0 if name in ("-h", "--help", "help") else 2
    try:
        check_python()
        return COMMANDS[name](arguments)
    except Trouble as trouble:
        say(str(trouble))
        return 1
    except KeyboardInterrupt:
        return 130


# --- the commands ---------------------------------------------------------------------------


def demo(arguments: list[str]) -> int:
    """Run the demo. It opens no window; the learnt generator needs torch."""
    provide(apt=missing_venv(), extra="learn")
    demo_command = [PYTHON, "-m", "napari_lesion_synth.cli", "demo", "--out", "demo-output"]
    return call([*demo_command, *arguments])


def workbench(arguments: list[str]) -> int:
    """Open napari with the dock widget."""
    provide(apt=[*missing_venv(), *missing_gui(virtual=False)], extra="all")
    command = [PYTHON, "-m", "napari", "-w", "napari-lesion-synth", "Synthesize lesions"]
    return call([*command, *arguments])


def test(arguments: list[str]) -> int:
    """Run linters and tests; with arguments, only the tests that pytest selects with them."""
    provide(apt=[*missing_venv(), *missing_gui()], extra="dev")
    command = [PYTHON, "-m", "pytest"]
    # Some tests press Ctrl+C. A shell's background job ignores it, and passes that on.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    fault = display_fault()
    if fault and os.environ.get("CI", "").lower() in ("1", "true"):
        raise Trouble("No window can be opened, so the tests of windows cannot run:\n" + fault)
    if fault:
        say("No window can be opened; the tests of windows are left out:\n" + fault)
        command += ["-m", "not gui", "-p", "no:pytest-qt", "-p", "no:xvfb"]
    if arguments:
        return call([*command, *arguments])
    unclean = linters()
    # A file's tests stay in one process: what they share is made once.
    spread = ["-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadfile"]
    code = call([*command, *spread, "--cov", "--cov-report=term"])
    if unclean:
        say("The linters found faults, see above: " + ", ".join(unclean))
    return code or int(bool(unclean))


def lint(_arguments: list[str]) -> int:
    """Run the linters."""
    provide(apt=missing_venv(), extra="dev")
    return int(bool(linters()))


def docs(arguments: list[str]) -> int:
    """Build the documentation; `docs serve` shows it in a browser while it is written."""
    provide(apt=missing_venv(), extra="dev")
    return call([PYTHON, "-m", "mkdocs", *(arguments or ["build", "--strict"])])


def bench(arguments: list[str]) -> int:
    """Run every benchmark with the same arguments, as in `bench --json`."""
    provide(apt=missing_venv(), extra="bench")
    programs = sorted((ROOT / "benchmarks").glob("*.py"))
    texts = {path: path.read_text(encoding="utf-8") for path in programs}
    scripts = [path for path, text in texts.items() if "__main__" in text and ASIDE not in text]
    return max([call([PYTHON, script, *arguments]) for script in scripts], default=0)


COMMANDS = {
    "demo": demo,
    "workbench": workbench,
    "test": test,
    "lint": lint,
    "docs": docs,
    "bench": bench,
}


def linters() -> list[str]:
    """Run all linters; return the names of those that found faults."""
    checks = {
        "ruff check": [PYTHON, "-m", "ruff", "check"],
        "ruff format": [PYTHON, "-m", "ruff", "format", "--check"],
        "mypy": [PYTHON, "-m", "mypy"],
        "lint-imports": [BIN / "lint-imports"],
    }
    return [name for name, command in checks.items() if call(command) != 0]


# --- the environment ------------------------------------------------------------------------


def check_python() -> None:
    """Refuse a Python that is too old, naming a newer one if there is one."""
    if sys.version_info[:2] >= OLDEST:
        return
    newer = [name for name in ("python3.13", "python3.12", "python3.11") if shutil.which(name)]
    raise Trouble(
        "Python {}.{} or newer is needed; this is {}.{}. {}".format(
            *OLDEST,
            *sys.version_info[:2],
            f"Try: {newer[0]} dev.py" if newer else "Install one from your system's packages.",
        )
    )


def provide(apt: list[str], extra: str) -> None:
    """Provide system packages, the virtual environment and the package with one extra."""
    install_system_packages(apt)
    if not PYTHON.exists():
        say(f"Making the virtual environment {VENV.name}")
        if call([sys.executable, "-m", "venv", str(VENV)]) != 0:
            shutil.rmtree(VENV, ignore_errors=True)
            raise Trouble("The virtual environment could not be made; the reason stands above.")
    wanted = {"inputs": fingerprint(), "extras": [extra]}
    have = read_stamp()
    if have.get("inputs") == wanted["inputs"]:
        if extra in {part for name in have["extras"] for part in (name, *HOLDS.get(name, ()))}:
            return
        wanted["extras"] += have["extras"]
    say("Installing; the first time takes some minutes")
    target = f".[{extra}]" if extra else "."
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check"]
    if call([*command, "-c", "constraints.txt", "-e", target]) != 0:
        raise Trouble("The installation failed; the reason stands above.")
    STAMP.write_text(json.dumps(wanted), encoding="utf-8")


def fingerprint() -> str:
    """Hash of everything that decides what has to be installed."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    digest.update(str(ROOT).encode())  # an editable install points to its folder
    return digest.hexdigest()


def read_stamp() -> dict:
    """What was installed last; empty if unknown."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and isinstance(stamp.get("extras"), list) else {}


# --- system packages ------------------------------------------------------------------------


def missing_venv() -> list[str]:
    """Debian splits `venv` off Python; name its package where it is absent."""
    if PYTHON.exists() or importlib.util.find_spec("ensurepip"):
        return []
    return ["python{}.{}-venv".format(*sys.version_info[:2])]


def missing_gui(virtual: bool = True) -> list[str]:
    """Debian packages, of those that Qt and OpenGL need, whose libraries are absent.

    `virtual` asks for a screen in memory too, as the tests use it.
    """
    if not sys.platform.startswith("linux"):
        return []
    missing = [package for package, library in GUI_LIBRARIES.items() if not loads(library)]
    if not any(any(Path("/usr").glob(pattern)) for pattern in GL_DRIVERS):
        missing.append("libgl1-mesa-dri")
    if virtual and not shutil.which("Xvfb"):
        missing.append("xvfb")
    return missing


def loads(library: str) -> bool:
    """Whether the system's loader finds a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_system_packages(packages: list[str]) -> None:
    """Print the apt line for missing packages, and run it when root."""
    if not packages:
        return
    apt = shutil.which("apt-get")
    if not apt:
        say(
            "These system libraries seem to be missing (Debian names); "
            "install them with your system's package manager:\n  " + " ".join(packages)
        )
        return
    root = os.geteuid() == 0
    if root:
        call([apt, "update", "-qq"])  # first, for the names that this release knows
    names = " ".join(released_names(packages))
    install = f"apt-get install -y --no-install-recommends {names}"
    if not root:
        line = f"sudo apt-get update && sudo {install}"
        say(f"System packages are missing. Install them with:\n  {line}")
        return
    say(f"System packages are missing. Running, as root:\n  {install}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if subprocess.call(install.split(), env=environment) != 0:
        say("apt could not install them; going on without.")


def released_names(packages: list[str]) -> list[str]:
    """Translate names to those of this release.

    Debian 13 and Ubuntu 24.04 renamed some libraries for 64-bit time (libglib2.0-0t64). Where
    apt's lists are empty the old names stay; apt resolves them itself.
    """
    known = set()
    for package in packages:
        command = ["apt-cache", "pkgnames", package]
        listing = subprocess.run(command, capture_output=True, check=False)
        known.update(listing.stdout.decode().split())
    return [f"{package}t64" if f"{package}t64" in known else package for package in packages]


# A fault in Qt's platform plugin aborts the interpreter, so a child process finds out.
PROBE = """
import sys
if sys.platform.startswith("linux"):
    from pyvirtualdisplay.display import Display
    display = Display(backend="xvfb")
    display.start()
from qtpy.QtWidgets import QApplication
QApplication([])
if sys.platform.startswith("linux"):
    display.stop()
"""


def display_fault() -> str:
    """Why no window can be opened; empty if one can."""
    try:
        probe = subprocess.run(
            [str(PYTHON), "-c", PROBE],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            env={k: v for k, v in os.environ.items() if k != "QT_QPA_PLATFORM"},
        )
    except subprocess.TimeoutExpired:
        return "Qt did not answer within two minutes."
    if probe.returncode == 0:
        return ""
    return probe.stdout.decode(errors="replace").strip() or f"Qt ended with {probe.returncode}."


# --- small helpers --------------------------------------------------------------------------


def call(command: list) -> int:
    """Run a command in the project's folder, output and all."""
    command = [str(part) for part in command]
    sys.stdout.flush()
    # Theme makers quarrel about MkDocs 2 in every build; the project is on MkDocs 1.
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.call(command, cwd=str(ROOT), env=environment)


def say(text: str) -> None:
    """Print a line that stands out among the tools' own output."""
    print(f"dev.py: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
