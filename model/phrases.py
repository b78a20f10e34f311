"""Phrases to learn from: our own templates (phrases/en.yaml) and those of home-assistant-intents, sampled.

`python -m model.phrases` prints a sample to look at. How to write templates: docs/phrases.md.
"""

import argparse
import random
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import yaml

from model.errors import PhraseError
from model.intent import ACTIONS, INTENTS, Intent
from model.phrases_grammar import WELL_FORMED, Grammar, Phrase
from model.phrases_home_assistant import home_assistant_phrases

__all__ = ["TEMPLATES", "Phrase", "home_assistant_phrases", "sample_phrases", "without_prefixes"]

TEMPLATES: Final = Path(__file__).parent / "phrases" / "en.yaml"
"""The templates written for this project."""


def sample_phrases(seed: int, per_template_cap: int, path: Path = TEMPLATES) -> list[Phrase]:
    """At most `per_template_cap` phrases from every template of `path`; the same for the same seed.

    No text appears twice, and no `none` text is a command of the sample or the beginning of one: among many draws of
    a template for `none` there may be one, as "lamp shut off" where the one spoken to is called so. Raises PhraseError
    when the file or a template is not well formed, when `light_on` and `light_off` claim the same text, or when a
    template for `none` gives nothing but commands.
    """
    lists, rules, sections = _read(path)
    grammar = Grammar(lists, rules)
    phrases: dict[str, Phrase] = {}
    for intent, groups in sections.items():
        for group, templates in groups.items():
            for template in dict.fromkeys(templates):
                # A template written twice is meant to weigh twice.
                cap = per_template_cap * templates.count(template)
                try:
                    texts = list(grammar.texts(template, cap, seed))
                except RecursionError:
                    raise PhraseError(f"{path}: a rule of template {template!r} names itself") from None
                for text in texts:
                    _check(text, template)
                known = [phrases.setdefault(text, Phrase(text, intent, group)) for text in texts]
                claimed = [phrase for phrase in known if phrase.intent != intent]
                if claimed and (intent in ACTIONS or len(claimed) == len(known)):
                    other = claimed[0]
                    raise PhraseError(
                        f"{other.text!r} is both {other.intent} ({other.group}) and {intent} ({group}, from "
                        f"{template!r}) in {path}; a text has one intent, so change one template"
                    )
    return without_prefixes(phrases.values())


def without_prefixes(phrases: Iterable[Phrase]) -> list[Phrase]:
    """`phrases` less the `none` texts that are the beginning of a command among them.

    "i want" said on its own is no command, yet learning it as `none` would teach against "i want some light".
    """
    kept = list(phrases)
    beginnings: set[str] = set()
    for phrase in kept:
        if phrase.intent in ACTIONS:
            words = phrase.text.split()
            beginnings.update(" ".join(words[:count]) for count in range(1, len(words)))
    return [phrase for phrase in kept if phrase.intent in ACTIONS or phrase.text not in beginnings]


def _check(text: str, template: str) -> None:
    if not WELL_FORMED.fullmatch(text):
        raise PhraseError(
            f"phrase template {template!r} yields {text!r}; "
            "only lower-case words and inner apostrophes are allowed, numbers in words"
        )


Sections = dict[Intent, dict[str, list[str]]]


def _read(path: Path) -> tuple[dict[str, list[str]], dict[str, str], Sections]:
    """The lists, rules and templates of a phrase file. Raises PhraseError when its shape is wrong."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PhraseError(f"phrase file {path} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PhraseError(f"phrase file {path} is not valid YAML: {error}") from error
    allowed = {"lists", "rules", *INTENTS}
    if not isinstance(content, dict) or set(content) != allowed:
        raise PhraseError(f"phrase file {path} must have exactly the keys {', '.join(sorted(allowed))}")
    for section in sorted(allowed):
        if not isinstance(content[section], dict):
            raise PhraseError(f"phrase file {path}, {section}: must be names, each with its entries")
        for name, texts in content[section].items():
            entries = [texts] if section == "rules" else texts
            if not isinstance(entries, list) or not entries:
                raise PhraseError(
                    f"phrase file {path}, {section}, {name}: must be a list of texts, not empty"
                )
            if not all(isinstance(text, str) for text in (name, *entries)):
                # An unquoted on, off, yes or no is a boolean to YAML.
                raise PhraseError(
                    f"phrase file {path}, {section}, {name}: every entry must be text; quote on and off"
                )
    return content["lists"], content["rules"], {intent: content[intent] for intent in INTENTS}


def main() -> int:
    """Print random phrases of each group, so that a person can judge their English and their labels."""
    parser = argparse.ArgumentParser(prog="python -m model.phrases", description=main.__doc__)
    parser.add_argument("--seed", type=int, default=0, help="another seed, other phrases")
    parser.add_argument("--count", type=int, default=8, help="phrases of each group (default: 8)")
    parser.add_argument("--group", help="only this group or intent, such as negated or light_on")
    arguments = parser.parse_args()
    if arguments.count < 1:
        parser.error("--count must be at least 1")
    try:
        phrases = [*sample_phrases(arguments.seed, 40), *home_assistant_phrases(arguments.seed, 20)]
    except PhraseError as error:
        print(f"model.phrases: {error}", file=sys.stderr)
        return 1
    groups: dict[tuple[Intent, str], list[str]] = {}
    for phrase in phrases:
        if arguments.group in (None, phrase.group, phrase.intent):
            groups.setdefault((phrase.intent, phrase.group), []).append(phrase.text)
    for (intent, group), texts in groups.items():
        print(f"{intent} / {group} ({len(texts)} sampled)")
        for text in random.Random(arguments.seed).sample(texts, min(arguments.count, len(texts))):
            print(f"    {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
