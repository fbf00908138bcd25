"""``epcis-kit validate``: the supplier's gate.

Takes documents; gives a report for each, in the form that was asked for, and an exit code that says whether a partner
would take them all. Guarantees: a document that cannot be read still gets its report, the other documents go on, and
the exit code is that of the worst; a profile, rule, baseline or master-data file that is wrong ends the command before
the first document is read; a report file appears when all is said.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from epcis_kit import __version__
from epcis_kit.cli._inputs import expand, naive_times_option, paths_argument
from epcis_kit.cli._progress import watched
from epcis_kit.cli._soap import unwrapped
from epcis_kit.errors import DocumentError
from epcis_kit.findings import Finding, Location, Report

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from epcis_kit.validate.waivers import Baseline, Suppression

__all__ = ["validate_command"]

_FORMS: Final = ("text", "json", "jsonl", "sarif", "junit", "html", "xlsx", "csv")
_WITH_OVERVIEW: Final = frozenset({"html", "xlsx", "csv"})


@click.command("validate")
@paths_argument
@click.option("--profile", default="core", show_default=True, help="Rule set to apply: a name, or a TOML file.")
@click.option("--schema-only", is_flag=True, help="Only the shape, as the published schemas see it, no rules.")
@click.option(
    "--schemas",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="Check the shape against the schema files (.xsd, .json) in this folder instead of ours.",
)
@click.option(
    "--masterdata",
    metavar="FILE",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    help="Products, places and parties to compare with: EPCIS master data or CSV; may be repeated.",
)
@click.option("--store", metavar="STORE", help="Take the events of this store for the time before.")
@click.option("--complete", is_flag=True, help="The documents tell everything: what they do not tell is an error.")
@naive_times_option
@click.option("--report", type=click.Choice(_FORMS), default="text", show_default=True, help="Form of the report.")
@click.option("--json", "as_json", is_flag=True, help="The same as --report json.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write here, not to the screen.")
@click.option(
    "--fail-on", type=click.Choice(["error", "warning"]), default="error", show_default=True, help="Exit 1 from here."
)
@click.option("--max", "most", metavar="N", type=click.IntRange(min=0), help="At most N findings a document.")
@click.option(
    "--baseline",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="A report of --report json: what it has does not count.",
)
@click.option(
    "--suppress",
    metavar="RULE@PATH=REASON",
    multiple=True,
    help="Findings that do not count, with the reason; may be repeated.",
)
@click.option("--fix", type=click.Choice(["safe"]), help="Mend what can be mended without a guess; shows a diff.")
@click.option("--in-place", is_flag=True, help="With --fix: write the mended documents over the old ones.")
def validate_command(
    *,
    paths: tuple[str, ...],
    profile: str,
    masterdata: tuple[str, ...],
    store: str | None,
    report: str,
    as_json: bool,
    lang: str,
    output: str | None,
    fail_on: str,
    most: int | None,
    baseline: str | None,
    suppress: tuple[str, ...],
    fix: str | None,
    in_place: bool,
    **choices: Any,
) -> None:
    """Check documents, and say what is wrong, where, and what to do.

    Exit codes: 0 clean, 1 findings at or above --fail-on, 2 wrong usage (an unknown profile or rule too), 3 a document
    cannot be read.

    \b
    Example: epcis-kit validate orders/ --profile dscsa --report html -o report.html
    """
    form = "json" if as_json else report
    _refuse_wrong_use(form, fix, output, in_place=in_place)
    asked = _checks(profile, masterdata, choices, overview=form in _WITH_OVERVIEW)
    accepted = _Accepted(suppress, baseline, lang, most)
    with contextlib.ExitStack() as stack:
        if store is not None:
            asked["history"] = _history(store, stack)
        if fix:
            from epcis_kit.cli._fixing import fixed  # noqa: PLC0415 - only with --fix

            done = fixed(paths, asked, output=output, in_place=in_place, diff_to_errors=form != "text")
            also = _Accepted(suppress, baseline, lang, most)
            pairs = [(accepted(after), also(now)) for after, now in done]
            reports, decisive = [after for after, _ in pairs], [one for pair in pairs for one in pair]
            output = None
        else:
            reports = decisive = [accepted(one) for one in _reports(paths, asked)]
    _write(_rendered(reports, form, lang, fail_on, to_screen=output is None), output)
    sys.exit(max((_exit_code(one, fail_on) for one in decisive), default=3))


def _refuse_wrong_use(form: str, fix: str | None, output: str | None, *, in_place: bool) -> None:
    if form == "xlsx" and output is None and (fix or sys.stdout.isatty()):
        raise click.UsageError("--report xlsx needs -o FILE: a workbook is nothing for a screen.")
    if in_place and not fix:
        raise click.UsageError("--in-place goes with --fix.")
    if in_place and output is not None:
        raise click.UsageError("--in-place and -o exclude each other.")


def _checks(profile: str, masterdata: tuple[str, ...], choices: dict[str, Any], *, overview: bool) -> dict[str, Any]:
    """What to ask of every document; a profile or master data that are wrong end it here."""
    from epcis_kit.codec import ReadOptions  # noqa: PLC0415 - loaded when a document is read
    from epcis_kit.validate import load_profile  # noqa: PLC0415 - loads the rules

    asked: dict[str, Any] = {
        "profile": load_profile(profile),
        "schema_only": choices["schema_only"],
        "schemas": choices["schemas"],
        "complete": choices["complete"],
        "options": ReadOptions(naive_times=choices["naive_times"]),
        "now": dt.datetime.now(dt.UTC),
        "overview": overview,
    }
    if masterdata:
        from epcis_kit.validate.master_files import read_master_data  # noqa: PLC0415

        asked["master_data"] = read_master_data(tuple(Path(path) for path in masterdata))
    return asked


def _history(address: str, stack: contextlib.ExitStack) -> Any:
    from epcis_kit.cli._stores import existing_store  # noqa: PLC0415
    from epcis_kit.store.history import StoreHistory  # noqa: PLC0415 - loads the store

    return StoreHistory(stack.enter_context(existing_store(address)))


class _Accepted:
    """What the user accepts: suppressions, a baseline, a limit."""

    def __init__(self, suppress: tuple[str, ...], baseline: str | None, language: str, most: int | None) -> None:
        from epcis_kit.validate.waivers import Baseline, Suppression  # noqa: PLC0415 - loaded with the rules

        self._suppressions: list[Suppression] = [Suppression.parse(text) for text in suppress]
        self._baseline: Baseline | None = None
        if baseline is not None:
            try:
                text = Path(baseline).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                text = "\x00"  # which no report begins with
            self._baseline = Baseline.parse(text, baseline)
        self._language = language
        self._most = most

    def __call__(self, report: Report) -> Report:
        from epcis_kit.validate.waivers import with_waivers  # noqa: PLC0415

        done = with_waivers(report, self._suppressions, self._baseline, language=self._language)
        return done if self._most is None else done.limited(self._most)


def _reports(paths: tuple[str, ...], asked: dict[str, Any]) -> Iterator[Report]:
    from epcis_kit.validate import check  # noqa: PLC0415 - loads the rules

    for path in paths:
        try:
            for item in expand((path,)):
                try:
                    inside = unwrapped(item)
                    with watched(item) as source:
                        report = check(source if inside is None else inside, **asked)
                except OSError as error:
                    report = _unreadable(str(error.strerror or error))
                yield report.named(item.name)
        except DocumentError as error:
            yield _unreadable(error.reason).named(path)
        except OSError as error:
            yield _unreadable(str(error.strerror or error)).named(path)


def _unreadable(message: str) -> Report:
    from epcis_kit.validate import UNREADABLE  # noqa: PLC0415 - loads the rules

    return Report((Finding(rule=UNREADABLE, severity="error", layer="syntax", message=message, location=Location()),))


def _rendered(reports: Sequence[Report], form: str, language: str, fail_on: str, *, to_screen: bool) -> bytes:
    """The reports in the form that was asked for."""
    if form == "json":
        from epcis_kit.findings.json_report import to_json  # noqa: PLC0415 - each form is loaded where it is asked for

        text = "".join(f"{to_json(report, language, indent=None)}\n" for report in reports)
    elif form == "jsonl":
        from epcis_kit.findings.json_report import to_jsonl  # noqa: PLC0415

        text = to_jsonl(reports, language)
    elif form == "sarif":
        from epcis_kit.findings.sarif_report import to_sarif  # noqa: PLC0415

        text = to_sarif(reports, language, version=__version__) + "\n"
    elif form == "junit":
        from epcis_kit.findings.junit_report import to_junit  # noqa: PLC0415

        text = to_junit(reports, language, fail_on=fail_on)
    elif form == "html":
        from epcis_kit.findings.page_report import to_html  # noqa: PLC0415

        text = to_html(reports, language, made=f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC")
    elif form == "xlsx":
        from epcis_kit.findings.table_report import to_xlsx  # noqa: PLC0415

        return to_xlsx(reports, language)
    elif form == "csv":
        from epcis_kit.findings.table_report import to_csv  # noqa: PLC0415

        text = to_csv(reports, language)
        if not to_screen:
            text = "\ufeff" + text  # spreadsheets take a file without the mark for the encoding of their country
    else:
        from epcis_kit.findings.text_report import to_text  # noqa: PLC0415

        colour = to_screen and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        text = to_text(reports, language, colour=colour)
    return text.encode("utf-8", "backslashreplace")


def _write(data: bytes, output: str | None) -> None:
    if output is not None:
        Path(output).write_bytes(data)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _exit_code(report: Report, fail_on: str) -> int:
    if not report.readable:
        return 3
    counts = report.counts()
    return 1 if counts["error"] or (fail_on == "warning" and counts["warning"]) else 0
