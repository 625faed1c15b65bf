"""Check that the probe can recognise the servers' answers."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

from pltui.i18n import Phrase
from pltui.spec.messages import Finding
from pltui.spec.model import Spec

GREETING = ("provider", "servers", "greeting")
PATTERN = ("probe", "subnet_pattern")

# A pattern from a file runs on answers from the network, and Python's matcher backtracks: nested or many repetitions
# can take exponential time. So a pattern has one group, not repeated, few repetitions, and no extensions.
_TOKEN = re.compile(
    r"(?P<quantifier>(?:[*+?]|\{[0-9]*,?[0-9]*\})[?+]?)"
    r"|\[\^?\]?(?:\\.|[^\]\\])*\]"
    r"|\\[1-9](?P<reference>)"
    r"|\\."
    r"|(?P<special>\(\?)"
    r"|(?P<open>\()"
    r"|(?P<close>\))"
    r"|.",
    re.DOTALL,
)
_MAX_QUANTIFIERS = 3


def greeting_findings(spec: Spec) -> Iterator[Finding]:
    """Yield problems that keep `probe.subnet_pattern` from finding the subnet's number in the greeting."""
    greeting = spec.provider.servers.greeting
    text_problem = _greeting_problem(greeting)
    if text_problem:
        yield Finding(GREETING, text_problem)
    pattern_problem = _pattern_problem(spec.probe.subnet_pattern)
    if pattern_problem:
        yield Finding(PATTERN, pattern_problem)
    if text_problem or pattern_problem:
        return
    for subnet in range(1, spec.provider.vpc.zone_count + 1):
        answer = greeting.format(subnet=subnet)
        match = _compile_quietly(spec.probe.subnet_pattern).search(answer)
        if match is None or match[1] != str(subnet):
            found = Phrase("finds '{match}'", match=match[1]) if match else Phrase("finds nothing")
            hint = Phrase("write for example 'Subnet (\\d+)', or change the greeting")
            message = Phrase(
                "{found} in the answer '{answer}' where it should find {subnet}; {hint}",
                found=found,
                answer=answer,
                subnet=subnet,
                hint=hint,
            )
            yield Finding(PATTERN, message, because_of=(GREETING,))
            return


def _greeting_problem(greeting: str) -> str | None:
    if "{subnet}" not in greeting:
        return Phrase("the greeting does not contain {subnet}; write for example 'Hello from Subnet {subnet}'")
    if set("{}") & set(greeting.replace("{subnet}", "")):
        return Phrase("the greeting has braces other than those of {subnet}; remove them")
    return None


def _pattern_problem(pattern: str) -> str | None:
    tokens = list(_TOKEN.finditer(pattern))
    kinds = [token.lastgroup for token in tokens]
    if "special" in kinds or "reference" in kinds:
        return Phrase(
            "a pattern may not use (?…) or references such as \\1; plain text, classes and one (group) are enough"
        )
    try:
        groups = _compile_quietly(pattern).groups
    except (re.error, OverflowError) as error:
        return Phrase("not a regular expression: {error}; write for example 'Subnet (\\d+)'", error=error)
    if groups != 1:
        return Phrase(
            "expected exactly one (group), the subnet's number, got {groups}; write for example 'Subnet (\\d+)'",
            groups=groups,
        )
    after_group = kinds[kinds.index("close") + 1 :][:1]
    if after_group == ["quantifier"] or kinds.count("quantifier") > _MAX_QUANTIFIERS:
        most = Phrase("at most {n} repetitions", n=_MAX_QUANTIFIERS)
        return Phrase("a pattern may have {most} and none of its group: others could take for ever", most=most)
    return None


def _compile_quietly(pattern: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "possible nested set": the pattern is tested against the greeting anyway
        return re.compile(pattern)
