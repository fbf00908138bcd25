from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from epcis_kit.cli.id import id_command

if TYPE_CHECKING:
    from pathlib import Path

KEY = "(01)09506000134352(10)ABC(17)271231"


def run(*arguments: str, stdin: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(id_command, list(arguments), input=stdin)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout


def ask(*questions: object) -> tuple[int, list[dict[str, Any]]]:
    code, out = run("--jsonl", stdin="".join(json.dumps(question) + "\n" for question in questions))
    return code, [json.loads(line) for line in out.splitlines()]


def test_a_key_is_explained() -> None:
    code, out = run(KEY, "--gcp-length", "7")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == KEY
    told = {line[2:28].strip(): line[30:] for line in lines[2:]}
    assert lines[1] == "  is          bracketed element string, batch or lot of a trade item (LGTIN); one batch or lot"
    assert told["(17) USE BY or EXPIRY"] == "271231"
    assert told["issued to"] == "9506000 (7 digits); GS1 prefix 950: GS1 Global Office"
    assert told["element string"] == "^010950600013435210ABC^17271231"
    assert told["Digital Link"] == "https://id.gs1.org/01/09506000134352/10/ABC?17=271231"
    assert told["EPC URN"] == "urn:epc:class:lgtin:9506000.013435.ABC"
    assert told["compared in traces as"] == "https://id.gs1.org/01/09506000134352/10/ABC"
    assert told["not in the EPC"] == "(17)"


def test_a_form_that_is_missing_says_why() -> None:
    code, out = run("urn:epc:id:gid:1.2.3")
    assert code == 0
    assert "  Digital Link                none: expected a GS1 key, got GID, which has none\n" in out


def test_a_restricted_number_says_where_it_counts() -> None:
    _, out = run("GTIN 0200000000004")
    assert "  restricted circulation      means something inside a region only\n" in out


def test_each_fault_has_its_character_marked() -> None:
    code, out = run("(01)09506000134353(10)ABé")
    assert code == 1
    lines = out.splitlines()
    assert lines[:4] == [
        "(01)09506000134353(10)ABé",
        "  wrong: Cannot read element string '(01)09506000134353(10)ABé': expected check digit 2, got '3' in (01).",
        "    (01)09506000134353(10)ABé",
        "                     ^",
    ]
    assert lines[-1] == " " * 28 + "^"


def test_a_fault_far_inside_a_long_text_is_still_shown() -> None:
    code, out = run("urn:epc:id:sgtin:0614141.107346." + "A" * 300 + "?" + "B" * 300)
    assert code == 1
    lines = out.splitlines()
    assert max(map(len, lines)) < 420
    mark = lines[-1].index("^")
    assert lines[-2][mark] == "?"


def test_the_mark_counts_from_the_beginning_of_the_text() -> None:
    assert run("  GTIN 9506000134353")[1].splitlines()[-2:] == ["      GTIN 9506000134353", " " * 23 + "^"]


def test_an_ambiguous_number_is_undecided() -> None:
    code, out = run("9506000134352")
    assert code == 3
    assert "got 2: GTIN-13 (01)09506000134352 or GLN (414)9506000134352." in out
    assert run("9506000134352", "--as", "gln")[0] == 0


def test_the_worst_of_a_batch_counts_and_dash_reads_lines() -> None:
    code, out = run("-", stdin="urn:epc:id:gid:1.2.3\n\nurn:epc:id:gid:1.2\n")
    assert code == 1
    assert out.count("urn:epc:id:gid:1.2.3\n  is ") == 1
    assert out.count("  wrong: ") == 1


def test_json_describes_each_key_on_a_line() -> None:
    code, out = run(KEY, "hello", "--gcp-length", "7", "--json")
    assert code == 1
    good, bad = map(json.loads, out.splitlines())
    assert good == {
        "input": KEY,
        "ok": True,
        "ais": [["01", "09506000134352"], ["10", "ABC"], ["17", "271231"]],
        "element_string": "^010950600013435210ABC^17271231",
        "digital_link": "https://id.gs1.org/01/09506000134352/10/ABC?17=271231",
        "epc_urn": "urn:epc:class:lgtin:9506000.013435.ABC",
        "errors": [],
        "missing": {},
        "form": "bracketed element string",
        "level": "lot",
        "scheme": "lgtin",
        "parts": [["(01) GTIN", "09506000134352"], ["(10) BATCH/LOT", "ABC"], ["(17) USE BY or EXPIRY", "271231"]],
        "bracketed": KEY,
        "company_prefix": "9506000",
        "gs1_prefix": {"value": "950", "usage": "GS1 Global Office"},
        "trace_key": "https://id.gs1.org/01/09506000134352/10/ABC",
        "ignored": [],
    }
    assert (bad["input"], bad["ok"], bad["errors"][0]["kind"]) == ("hello", False, "unknown_form")


def test_jsonl_answers_a_line_for_a_line() -> None:
    code, answers = ask(
        {"input": "urn:epc:id:sgtin:0614141.107346.2016"},
        {"input": "https://id.gs1.org/01/10614141073464/21/1", "gcp_length": 7},
        {"input": "(01)09506000134353"},
    )
    assert code == 1
    assert answers[0] == {
        "ok": True,
        "ais": [["01", "10614141073464"], ["21", "2016"]],
        "element_string": "^0110614141073464212016",
        "digital_link": "https://id.gs1.org/01/10614141073464/21/2016",
        "epc_urn": "urn:epc:id:sgtin:0614141.107346.2016",
        "errors": [],
        "missing": {},
    }
    assert answers[1]["epc_urn"] == "urn:epc:id:sgtin:0614141.107346.1"
    assert answers[2] == {
        "ok": False,
        "ais": None,
        "element_string": None,
        "digital_link": None,
        "epc_urn": None,
        "errors": [
            {
                "kind": "incorrect_check_digit",
                "ai": "01",
                "position": 17,
                "message": (
                    "Cannot read element string '(01)09506000134353': expected check digit 2, got '3' in (01)."
                ),
            }
        ],
    }


def test_jsonl_says_why_a_form_is_missing() -> None:
    code, (answer,) = ask({"input": "(01)99999999999999"[:4] + "09999999999994"})
    assert code == 0
    assert answer["epc_urn"] is None
    assert answer["missing"] == {
        "epc_urn": (
            "Cannot find the length of the company prefix '09999999999994': expected a prefix in the table of company "
            "prefixes, or an explicit length, got an unknown one."
        )
    }


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("xx", "Cannot read line 'xx': expected a JSON object."),
        ("[1]", "Cannot read line '[1]': expected a JSON object with \"input\", a text."),
        ('{"input": 7}', 'Cannot read line \'{"input": 7}\': expected a JSON object with "input", a text.'),
        (
            '{"input": "x", "gcp_length": "7"}',
            "Cannot use company prefix length '7': expected a whole number from 6 to 12.",
        ),
    ],
)
def test_a_line_that_is_no_question_is_an_answer_too(line: str, message: str) -> None:
    code, out = run("--jsonl", stdin=line + "\n")
    assert code == 3
    (error,) = json.loads(out)["errors"]
    assert error == {"kind": "bad_line", "ai": None, "position": None, "message": message}


def test_jsonl_reads_files(tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"input": "urn:epc:id:gid:1.2.3"}\n', encoding="utf-8")
    code, out = run("--jsonl", str(questions))
    assert code == 0
    assert json.loads(out)["epc_urn"] == "urn:epc:id:gid:1.2.3"


def test_links_of_older_kinds_are_read_on_request() -> None:
    link = "https://x.example/gtin/9506000134352"
    assert run(link)[0] == 1
    assert run(link, "--lenient")[0] == 0
    assert run("--jsonl", "--lenient", stdin=json.dumps({"input": link}) + "\n")[0] == 0


def test_no_text_is_wrong_usage() -> None:
    assert run()[0] == 2


# What the full rules of a Digital Link refuse although the published pair of URN and link takes it as read.
LINKS_BEYOND_THE_RULES = {
    "https://id.gs1.org/8006/001234567890120000/21/01234567890123456789": "piece 0 of 0",
    "https://id.gs1.org/8006/001234567890120000/21/274877906943": "piece 0 of 0",
    "https://id.gs1.org/8006/349349439943004039": "piece 40 of 39",
}
# These two write a slash inside a part reference bare, which the Tag Data Standard escapes.
BARE_SLASHES = ("urn:epc:idpat:cpi:858588503943.4/38.*", "urn:epc:idpat:cpi:952088.5039434/38.*")


@pytest.mark.conformance
def test_published_translations_through_jsonl(shared: Path) -> None:
    lines = (shared / "vectors/identifiers/epc_translations.jsonl").read_text(encoding="utf-8").splitlines()
    questions: list[dict[str, Any]] = []
    wanted: list[dict[str, Any]] = []
    for row in map(json.loads, lines):
        op = row["op"]
        urn = row["urn"].replace("4/38", "4%2F38") if row["urn"] in BARE_SLASHES else row["urn"]
        if op in {"translate", "urn_to_digital_link"}:
            questions.append({"input": row["urn"]})
            wanted.append({"ok": True, "digital_link": row["digital_link"], "epc_urn": urn})
            if row.get("ais") is not None:
                wanted[-1]["ais"] = row["ais"]
        if op in {"translate", "digital_link_to_urn"} and row["digital_link"] not in LINKS_BEYOND_THE_RULES:
            questions.append({"input": row["digital_link"], "gcp_length": row["gcp_length"]})
            wanted.append({"ok": True, "digital_link": row["digital_link"], "epc_urn": urn})
        if op == "validate":
            questions.append({"input": row["urn"]})
            wanted.append({"ok": True, "ais": [], "digital_link": None, "element_string": None, "epc_urn": row["urn"]})
        if op == "reject":
            questions.append({"input": row["urn"]})
            wanted.append({"ok": False})
    _, answers = ask(*questions)
    assert len(answers) == len(wanted) > 0
    for question, answer, right in zip(questions, answers, wanted, strict=True):
        assert {name: answer[name] for name in right} == right, question
