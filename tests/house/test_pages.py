"""What the README, the tutorial and the how-to pages show is run as it stands, and the output is compared."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from house.pages import blocks, differences

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = [
    "README.md",
    *(
        str(path.relative_to(REPOSITORY))
        for folder in ("", "tutorial", "how-to", "explanation")
        for path in sorted((REPOSITORY / "docs" / folder).glob("*.md"))
    ),
]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_what_happens(page: str, tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "examples", tmp_path / "examples")
    found = differences((REPOSITORY / page).read_text(encoding="utf-8"), tmp_path)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial/first-trace.md", "docs/how-to/csv-to-epcis.md"])
def test_a_page_for_readers_who_try_things_has_blocks_to_run(page: str) -> None:
    kinds = [block.kind for block in blocks((REPOSITORY / page).read_text(encoding="utf-8"))]
    assert {"python", "console"} & {*kinds}


PYTHON = "```python\nx = 6\nprint(x * 7)\n#> {}\n```\n"
CONSOLE = "```console\n$ echo one; echo two >&2\n{}\n```\n"


@pytest.mark.parametrize(
    "page",
    [
        PYTHON.format("42"),
        PYTHON.format("4…"),
        "```python\ny = 1\n```\ntext\n\n```python\nprint(y)\n#> 1\n```\n",
        CONSOLE.format("one\ntwo"),
        CONSOLE.format("...\ntwo"),
        CONSOLE.format("..."),
        "```sh\nfalse\n```\n",
        "1. item\n\n    ```console\n    $ echo a \\\n      b\n    a b\n    ```\n",
    ],
)
def test_a_true_page_has_no_differences(page: str, tmp_path: Path) -> None:
    assert differences(page, tmp_path) == []


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (PYTHON.format("43"), "line 2\n  the page says:\n    43\n  it prints:\n    42"),
        (PYTHON.format("42").replace("6", "1 / 0"), "line 2: ZeroDivisionError: division by zero"),
        (CONSOLE.format("one"), "$ echo one; echo two >&2\n  the page says:\n    one\n  it prints:\n    one\n    two"),
        (
            CONSOLE.format("...\none"),
            "$ echo one; echo two >&2\n  the page says:\n    ...\n    one\n  it prints:\n    one\n    two",
        ),
    ],
)
def test_a_false_page_is_noticed(page: str, message: str, tmp_path: Path) -> None:
    assert differences(page, tmp_path) == [message]
