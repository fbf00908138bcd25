"""Every check of the project, one nox session each.

``nox`` alone runs the tests on each Python that is present and needs nothing but Python. ``nox -s NAME`` runs one of
the others; ``nox --list`` shows them. Versions and dependency groups are read from pyproject.toml, so that each stands
in one place. No session leans on another one or on what an earlier run left behind: environments are made anew.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.10.14"
nox.options.sessions = ["tests"]
nox.options.error_on_missing_interpreters = (
    False  # also where CI is set: a Python that is absent is skipped, and said so
)
nox.options.download_python = "never"

PROJECT = nox.project.load_toml("pyproject.toml")
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
# The Python that runs nox is always among them: a run in which every session is skipped would prove nothing.
PYTHONS = sorted({*nox.project.python_versions(PROJECT), RUNNING}, key=lambda version: int(version.partition(".")[2]))

CHROMIUM_OPTIONS = [
    "--headless=new",
    "--no-sandbox",  # root needs it; the page is our own and reaches no network
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
]


def group(*names: str) -> list[str]:
    """The requirements of dependency groups of pyproject.toml."""
    return list(nox.project.dependency_groups(PROJECT, *names))


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests on each Python that is present; arguments after ``--`` go to pytest."""
    session.install(".", *group("test"))
    session.run("pytest", "-n", "2", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check code style and formatting; the layers session follows by itself."""
    session.notify("layers")
    session.install(*group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def layers(session: nox.Session) -> None:
    """Check that imports go down the layers of the design, never up, never round."""
    session.install("-e", ".", *group("lint"))
    session.run("lint-imports", "--no-cache")


@nox.session
def typing(session: nox.Session) -> None:
    """Check the types of sources, tests and this file, strictly."""
    session.install(".", *group("typing"))
    session.run("mypy", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into site/; a broken link or an unknown name fails."""
    session.install(".", *group("docs"))
    session.run("mkdocs", "build", "--strict", "--clean", *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """Build sdist and wheel, install the wheel where nothing else is, and run the main job from an empty folder."""
    session.install(*group("wheel"))
    work = Path(session.create_tmp()).resolve()
    dist, clean, empty = work / "dist", work / "clean", work / "empty"
    for folder in (dist, clean, empty):
        shutil.rmtree(folder, ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(dist), silent=True)
    (built,) = dist.glob("*.whl")

    session.run("python", "-m", "venv", str(clean))
    commands = clean / ("Scripts" if os.name == "nt" else "bin")
    session.run(str(commands / "python"), "-m", "pip", "install", "--quiet", str(built), external=True)
    empty.mkdir()
    with session.chdir(empty):
        session.run(str(commands / "epcis-kit"), "info", external=True)
        session.run(str(commands / "epcis-kit"), "demo", external=True)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed and memory as ratios to peers in one run; arguments after ``--`` go to tests/bench/run.py."""
    session.install(".", *group("bench"))
    session.run("python", "tests/bench/run.py", *session.posargs)


@nox.session
def foreign(session: nox.Session) -> None:
    """Other implementations verify what we sign, and we what they sign: xmlsec1, jose, digitalbazaar's suites."""
    session.install(".", *group("test"))
    work = Path(session.create_tmp()).resolve()
    reasons = [reason for reason in (no_xmlsec1(), no_npm_packages(work)) if reason]
    for reason in reasons:
        session.warn(f"{reason}; the tests that need it are skipped")
    if len(reasons) == 2:
        session.skip("; ".join(reasons))
    session.run("pytest", "tests/foreign", *session.posargs, env={"EPCIS_KIT_FOREIGN": str(work)})


def no_xmlsec1() -> str | None:
    """Why xmlsec1 cannot be used; installed from Debian's archive where that is possible."""
    if shutil.which("xmlsec1") is None:
        return install_from_debian("xmlsec1")
    return None


def no_npm_packages(work: Path) -> str | None:
    """Why the npm packages of tests/foreign cannot be used; installed into a folder, without running their scripts."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "node and npm are not installed"
    shutil.copyfile("tests/foreign/package.json", work / "package.json")
    command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
    try:
        subprocess.run(command, cwd=work, stdin=subprocess.DEVNULL, capture_output=True, timeout=240, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        return f"installing npm packages failed: {failure}"
    return None


@nox.session
def screenshot(session: nox.Session) -> None:
    """Take pictures of the demo's page and a validation report into build/screenshots/; fail if one is blank."""
    chromium = find_chromium(session)
    session.install(".")
    work = Path(session.create_tmp()).resolve()
    story = work / "story"
    shutil.rmtree(story, ignore_errors=True)
    story.mkdir()
    documents = [str(path.resolve()) for path in sorted(Path("examples/story").glob("*.xml"))]
    with session.chdir(story):
        session.run("epcis-kit", "demo", silent=True)
        report = ["--report", "html", "-o", "validation.html", "--fail-on", "error"]
        session.run("epcis-kit", "validate", *documents, *report, silent=True, success_codes=[0, 1, 3])
    pages = sorted(story.rglob("*.html"))
    if not pages:
        session.error("no HTML page was written")

    pictures = Path("build/screenshots").resolve()
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir(parents=True)
    for page in pages:
        for name, size in {"wide": "1200,1500", "narrow": "480,1500"}.items():
            picture = pictures / f"{page.stem}-{name}.png"
            profile = work / "profile"
            shutil.rmtree(profile, ignore_errors=True)
            options = [f"--user-data-dir={profile}", f"--window-size={size}", f"--screenshot={picture}"]
            run_chromium(session, [chromium, *CHROMIUM_OPTIONS, *options, page.as_uri()])
            session.run("python", "tests/house/picture.py", str(picture))


def run_chromium(session: nox.Session, command: list[str]) -> None:
    """Run a browser that may hang: it gets two minutes, and its chatter is shown only where it fails."""
    try:
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=True)
    except subprocess.TimeoutExpired:
        session.error("Chromium took no picture within 120 seconds")
    except subprocess.CalledProcessError as failure:
        session.error(f"Chromium ended with {failure.returncode}: {failure.stderr.decode(errors='replace')[-2000:]}")


def find_chromium(session: nox.Session) -> str:
    """The browser's place; installed from Debian's archive where that is possible, else the session is skipped."""
    found = installed_chromium()
    if found is None:
        install_chromium(session)
        found = installed_chromium()
    if found is None:
        session.skip("Chromium is not on the PATH although its package was installed")
    return found


def installed_chromium() -> str | None:
    """The browser's place, under any of its names."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def install_chromium(session: nox.Session) -> None:
    """Install Debian's package; the session is skipped, with the reason, where that cannot be done."""
    reason = install_from_debian("chromium", "fonts-dejavu-core")  # without a font every letter is an empty box
    if reason is not None:
        session.skip(reason)


def install_from_debian(*packages: str) -> str | None:
    """Install packages from Debian's archive; gives the reason where that cannot be done."""
    apt = shutil.which("apt-get")
    if apt is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return f"{packages[0]} is not installed, and only root on a system with apt-get can install it here"
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in ([apt, "update"], [apt, "install", "-y", "--no-install-recommends", *packages]):
        try:
            subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=240, check=True, env=quiet)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
            return f"{packages[0]} is not installed, and installing it failed: {failure}"
    return None
