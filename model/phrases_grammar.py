"""Drawing random texts from hassil sentence templates without walking through every combination."""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import factorial, prod

from hassil.expression import (
    Alternative,
    Expression,
    ListReference,
    Permutation,
    RuleReference,
    Sentence,
    Sequence,
    TextChunk,
)
from hassil.parse_expression import parse_sentence
from hassil.parser import ParseError

from model.errors import PhraseError
from model.intent import Intent

WELL_FORMED = re.compile(r"[a-z]+('[a-z]+)*( [a-z]+('[a-z]+)*)*")
"""Words as the recogniser writes them: lower-case letters and inner apostrophes, one space between words."""

DRAWS_PER_TEXT = 30
"""Random draws spent on each wanted text before a template counts as exhausted (choices may repeat)."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One thing a person may say, with what the lamp should do about it."""

    text: str
    """Words as the recogniser writes them, single spaces between."""

    intent: Intent
    """The lamp's turn once the phrase is complete."""

    group: str
    """Which kind of wording it is, such as `polite` or `negated`: a group of en.yaml or `home_assistant`."""


def parse_template(text: str) -> Sentence:
    """The parsed template. Raises PhraseError if it is not in hassil's syntax."""
    try:
        return parse_sentence(text)
    except (ParseError, AssertionError) as error:
        raise PhraseError(
            f"phrase template {text!r} is not in hassil's syntax ({error}); close every bracket"
        ) from error


class Grammar:
    """The lists `{name}` and rules `<name>` that templates may refer to."""

    def __init__(self, lists: Mapping[str, list[str]], rules: Mapping[str, str]) -> None:
        """Parse `lists` (name to templates of its values) and `rules` (name to template)."""
        self._lists = {name: [parse_template(value) for value in values] for name, values in lists.items()}
        self._rules = {name: parse_template(body) for name, body in rules.items()}
        self._rule_counts: dict[str, int] = {}

    def count(self, expression: Expression) -> int:
        """How many ways there are to expand `expression`, ways that read alike counted each."""
        match expression:
            case TextChunk():
                return 1
            case Alternative():
                return sum(self.count(item) for item in expression.items)
            case Sequence():
                return prod(self.count(item) for item in expression.items)
            case Permutation():
                return factorial(len(expression.items)) * prod(self.count(item) for item in expression.items)
            case ListReference():
                return sum(self.count(value.expression) for value in self._values(expression))
            case RuleReference():
                if expression.rule_name not in self._rule_counts:
                    self._rule_counts[expression.rule_name] = self.count(self._rule(expression))
                return self._rule_counts[expression.rule_name]
        raise PhraseError(f"phrase templates cannot hold {expression!r}; use text, groups, lists and rules")

    def draw(self, expression: Expression, rng: random.Random) -> str:
        """One random expansion of `expression`; every alternative of a group is equally likely."""
        match expression:
            case TextChunk():
                return expression.original_text
            case Alternative():
                return self.draw(rng.choice(expression.items), rng)
            case Sequence():
                return "".join(self.draw(item, rng) for item in expression.items)
            case Permutation():
                order = rng.sample(expression.items, len(expression.items))
                return "".join(self.draw(item, rng) for item in order)
            case ListReference():
                return self.draw(rng.choice(self._values(expression)).expression, rng)
            case RuleReference():
                return self.draw(self._rule(expression), rng)
        raise PhraseError(f"phrase templates cannot hold {expression!r}; use text, groups, lists and rules")

    def texts(self, template: str, cap: int, seed: int) -> list[str]:
        """At most `cap` different texts of `template`, in the order drawn; the same for the same seed.

        Each template has a random stream of its own, so that editing one leaves the texts of the others.
        """
        rng = random.Random(f"{seed} {template}")
        sentence = parse_template(template)
        wanted = min(cap, self.count(sentence.expression))
        found: dict[str, None] = {}
        for _ in range(wanted * DRAWS_PER_TEXT):
            found[" ".join(self.draw(sentence.expression, rng).split())] = None
            if len(found) == wanted:
                break
        return list(found)

    def _values(self, reference: ListReference) -> list[Sentence]:
        if not self._lists.get(reference.list_name):
            raise PhraseError(
                f"a phrase template refers to the list {{{reference.list_name}}}, which is missing or empty; "
                f"lists are {', '.join(sorted(self._lists))}"
            )
        return self._lists[reference.list_name]

    def _rule(self, reference: RuleReference) -> Expression:
        if reference.rule_name not in self._rules:
            raise PhraseError(
                f"a phrase template refers to the rule <{reference.rule_name}>, which is missing; "
                f"rules are {', '.join(sorted(self._rules))}"
            )
        return self._rules[reference.rule_name].expression
