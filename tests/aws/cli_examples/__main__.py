"""Take the example outputs out of an AWS CLI: `python -m tests.aws.cli_examples awscli-VERSION.whl`."""

import json
import re
import sys
import zipfile
from collections.abc import Iterator

from botocore.session import get_session

from tests.aws.cli_examples import CALLS, FOLDER

BEGINNING = re.compile(r"^[ \t]+(?=\{\s*$)", re.MULTILINE)  # an object that begins a line of its own: no input does
# Examples are written by hand; what of them is no JSON, and what it is made into.
REPAIRS = (
    (r"\r", ""),
    (r"\n\s*\.\.\.\s*(?=\n)", ""),  # the rest left out
    (r": '([^'\n]*)'", r': "\1"'),
    (r'(["\d}\]])(\s*\n\s*")', r"\1,\2"),  # a comma forgotten
    (r",(\s*[}\]])", r"\1"),  # a comma too many
    (r'(Address": "\d+)-(\d+)-(\d+)-(\d+")', r"\1.\2.\3.\4"),
)


def outputs(text: str) -> Iterator[dict[str, object]]:
    """Each JSON object of a page."""
    for pattern, replacement in REPAIRS:
        text = re.sub(pattern, replacement, text)
    at = 0
    while begin := BEGINNING.search(text, at):
        at = begin.end()
        try:
            found, at = json.JSONDecoder().raw_decode(text, at)
        except ValueError as error:
            print(f"left out, no JSON ({error}): {text[at : at + 60]!r}", file=sys.stderr)
        else:
            yield found


def main(wheel: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for service, commands in CALLS.items():
            model = get_session().get_service_model(service)
            for command, operation in commands.items():
                text = archive.read(f"awscli/examples/{service}/{command}.rst").decode()
                members = model.operation_model(operation).output_shape.members
                kept = [output for output in outputs(text) if members.keys() & output.keys()]
                file = FOLDER / service / f"{command}.json"
                file.parent.mkdir(exist_ok=True)
                file.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
