"""A report on this installation, fit to be pasted into a bug report.

Nothing in it names the person or the machine: no paths, user or host names.
"""

from __future__ import annotations

import getpass
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from napari_lesion_synth import __version__

__all__ = ["as_text", "diagnose"]

PACKAGES = (
    "numpy", "scipy", "scikit-image", "SimpleITK", "pandas", "pydantic", "typer", "rich",
    "magicgui", "superqt", "qtpy", "napari", "npe2", "PyQt6", "PySide6", "pyqtgraph",
    "torch", "monai", "scikit-learn", "distributed",
)  # fmt: skip

GIB = 2**30

# A fault in Qt's platform plugin or in a GPU driver aborts the interpreter, and both libraries
# take seconds to import: they are asked in processes of their own.
OPENGL_PROBE = """
import qtpy
from qtpy.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext
app = QGuiApplication([])
surface, context = QOffscreenSurface(), QOpenGLContext()
surface.create()
if not (context.create() and context.makeCurrent(surface)):
    raise SystemExit("Qt could not make an OpenGL context")
from vispy.gloo import gl
print(qtpy.API_NAME, qtpy.QT_VERSION, "on", app.platformName())
print(gl.glGetParameter(gl.GL_RENDERER) + ", OpenGL " + gl.glGetParameter(gl.GL_VERSION))
"""

TORCH_PROBE = """
import torch
if torch.cuda.is_available():
    about = torch.cuda.get_device_properties(0)
    print(f"cuda: {about.name}, {about.total_memory / 2**30:.0f} GiB")
elif torch.backends.mps.is_available():
    print("mps")
else:
    print(f"cpu, {torch.get_num_threads()} threads")
"""


def diagnose(*, timeout_s: float = 60.0) -> dict[str, str]:
    """Look at versions, display, OpenGL, the torch device and the folders written to.

    Parameters
    ----------
    timeout_s : float
        How long each library that is asked in a process of its own may take to answer.

    Returns
    -------
    dict of str to str
        One finding under each heading, in the order in which to print them. Whatever is missing
        or broken is a finding, not an error.
    """
    return {
        "napari-lesion-synth": __version__,
        "Python": f"{platform.python_version()} ({platform.python_implementation()})",
        "System": _system(),
        "Cores": _cores(),
        "Memory": _memory(),
        **{package: _version(package) for package in PACKAGES},
        "Display": _display(),
        **_opengl(timeout_s),
        "torch device": _torch_device(timeout_s),
        "Temporary folder": _folder(Path(tempfile.gettempdir())),
        "Working folder": _folder(Path.cwd()),
    }


def as_text(findings: dict[str, str]) -> str:
    """The findings as aligned lines."""
    width = max(len(heading) for heading in findings) + 2
    return "\n".join(f"{heading + ':':<{width}}{text}" for heading, text in findings.items())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _system() -> str:
    try:
        name = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    except OSError:
        name = ""
    return " ".join(filter(None, [name, platform.system(), platform.release(), platform.machine()]))


def _cores() -> str:
    total = os.cpu_count()
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else total
    return f"{usable} of {total}"


def _memory() -> str:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not on Windows
        return "unknown"
    return f"{total / GIB:.1f} GiB"


def _display() -> str:
    if platform.system() != "Linux":
        return "the system's own"
    names = {"WAYLAND_DISPLAY": "Wayland", "DISPLAY": "X11"}
    return " and ".join(text for name, text in names.items() if os.environ.get(name)) or "none"


def _opengl(timeout_s: float) -> dict[str, str]:
    if not (find_spec("vispy") and _qt_bindings()):
        return {"Qt": "not installed", "OpenGL": "not asked: napari and a Qt binding are missing"}
    said, fault = _ask(OPENGL_PROBE, timeout_s)
    if fault or len(said) < 2:
        return {"Qt": "cannot open a window", "OpenGL": fault or "no answer"}
    return {"Qt": said[0], "OpenGL": said[1]}


def _qt_bindings() -> list[str]:
    return [name for name in ("PyQt6", "PySide6", "PyQt5", "PySide2") if find_spec(name)]


def _torch_device(timeout_s: float) -> str:
    if not find_spec("torch"):
        return "not installed"
    said, fault = _ask(TORCH_PROBE, timeout_s)
    return fault or said[-1]


def _ask(code: str, timeout_s: float) -> tuple[list[str], str]:
    """Lines that a child process printed, and what went wrong with it ("" if nothing)."""
    try:
        child = subprocess.run(  # noqa: S603 - the code is one of the probes above
            [sys.executable, "-c", code],
            capture_output=True,
            check=False,
            text=True,
            errors="replace",
            timeout=timeout_s,
            encoding="utf-8",
        )
    except subprocess.TimeoutExpired:
        return [], f"no answer within {timeout_s:.0f} s"
    said = [_without_names(line) for line in child.stdout.splitlines() if line.strip()]
    if child.returncode == 0 and said:
        return said, ""
    return [], f"failed with exit code {child.returncode}: {_reason(child.stderr)}"


def _reason(stderr: str) -> str:
    """The line that says why: Python ends with it, a library that aborts begins with it."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    if not lines:
        return "no message"
    return _without_names(lines[-1] if lines[0].startswith("Traceback") else lines[0])


def _without_names(text: str) -> str:
    """Take paths, the user's and the host's name out of a message of another program."""
    text = re.sub(r"(?:[A-Za-z]:)?(?:[\\/][^\\/\s'\":;,]+){2,}", "<path>", text)
    for name in (_user(), platform.node()):
        if len(name) > 2:
            text = re.sub(rf"\b{re.escape(name)}\b", "<name>", text)
    return text


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user id without an entry, as in containers
        return ""


def _folder(folder: Path) -> str:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return f"cannot be written to ({error.strerror})"
    return f"writable, {free / GIB:.1f} GiB free"
