"""The model card, written from the figures of the run that built the model."""

from model.base_model import BaseModel
from model.corpus import Mixture
from model.evaluate import Figures
from model.recipe import Recipe

CARD_FILE = "MODEL_CARD.md"

_DATA = """\
| source | used as | licence |
| --- | --- | --- |
| phrases of this project, `model/phrases/en.yaml` | commands and their look-alikes | Apache-2.0 |
| the same as the recogniser wrote them (docs/spoken.md) | mishearings | Apache-2.0 |
| home-assistant-intents (Open Home Foundation) | commands and requests to other devices | Apache-2.0 |
| SLURP (Bastianelli et al. 2020), HWU64 (Liu et al. 2019) | labelled requests of real people | CC BY 4.0 |
| further SLURP sentences, labelled by hand in `model/hand_labels.tsv` | requests that name light or dark | CC BY 4.0 |
| CLINC150 (Larson et al. 2019) | other requests; a few labelled by hand, likewise | CC BY 3.0 |
| Snips 2017 (Coucke et al. 2018) | other requests | CC0 |
| AMI, ICSI meeting transcripts, by way of QMSum (Zhong et al. 2021) | overheard talk | CC BY 4.0, MIT |

No sentence of these data sets is part of this repository; the weights were computed from them.
"""

_LIMITS = """\
- English only, and only as the small US English recogniser writes it.
- It knows one lamp: "turn off the light in the kitchen" switches it, whatever room it stands in.
- Brightness and colour ("dim the lights", "make them blue") were left out of training; what it does then is chance.
- What people said to assistants it knows as text; mishearings it knows from synthetic voices only.
- A command in the middle of talk is found only where it names a lamp and a verb that switches; `python -m
  benchmarks.hard_cases` tells how many.
- It reads a few words in order at a time: a negation or a speaker ("she said …") far from the verb can be missed.
- Few commands in the test are indirect ("it's dark in here"); the figures above say little about those.
"""


def model_card(base: BaseModel, recipe: Recipe, result: Figures | None, seconds: float | None) -> str:
    """Return the card as Markdown.

    Args:
        base: the model.
        recipe: what it was trained with.
        result: cross-validated figures, or None when there was no data to have them from.
        seconds: what training took, or None.
    """
    s, mixture = base.model.sizes, Mixture()
    tuning = recipe.tuning
    how = "explicit solution from counts only"
    judged_by, then = "a fifth of the phrases, held out", ""
    if result is not None:
        judged_by = "cross-validation"
        then = f"then {recipe.second_tuning.epochs} more with {recipe.hard_negatives:,} hard negatives, "
    if tuning is not None:
        how = (
            f"explicit solution from counts, {tuning.epochs} passes of fine-tuning (Adam, seed {tuning.seed}), "
            f"{then}half of the hidden units silent in each utterance"
        )
    if recipe.evidence is not None:
        how += (
            f"; beside it the evidence of {len(base.model.evidence.keys):,} n-grams, fitted to the same text"
        )
    if base.model.buried.parameters:
        how += f", and {len(base.model.buried.keys):,} n-grams for commands buried in talk, fitted to composed talk"
    lines = [
        "# Base model",
        "",
        "Written by `python -m model.build_base`; do not edit. docs/model.md explains the terms.",
        "",
        "## What it is",
        f"A causal language model of one sentence to a lamp: {base.model.parameters:,} parameters, "
        f"{s.known_words:,} words and {s.hashed_slots} hashed slots, vectors of {s.bits}, "
        f"radial context of {s.radius} words, block context, hidden layer of {s.hidden}.",
        "After every word it gives P(light_on), P(light_off), P(none) and the probabilities of the next word.",
        "",
        "## How it was made",
        f"{how[0].upper()}{how[1:]}; calibration and thresholds from {judged_by} "
        f"(at most {recipe.budget:.2%} of those that ask for nothing may fire).",
        f"Thresholds on partials: light_on {base.thresholds['light_on']}, "
        f"light_off {base.thresholds['light_off']}; on finals: {base.final_thresholds['light_on']}, "
        f"{base.final_thresholds['light_off']}.",
    ]
    if seconds is not None:
        lines += [f"Training took {seconds:.0f} s on two shared x86 cores."]
    if result is not None:
        lines += [
            "",
            "## Data",
            _DATA.rstrip(),
            "",
            f"At most {mixture.requests:,} requests and {mixture.talk:,} ",
        ]
        lines[-1] += f"utterances of talk; labelled requests count {mixture.real_weight:g} times."
        lines += ["", "## Figures", *_figures(result)]
    lines += ["", "## Limits", _LIMITS.rstrip(), ""]
    return "\n".join(lines)


def _figures(r: Figures) -> list[str]:
    fired, stood = r.talk_false_activations / r.talk_hours, r.talk_stood / r.talk_hours
    return [
        "Five-fold cross-validation on the labelled requests (SLURP and HWU64), one seed; no model saw a",
        "near-duplicate of what it judges. Words are fed one at a time and the lamp acts at the first that reaches its",
        "threshold, or at the end of the sentence. Talk: meetings that no model saw, 10,000 words an hour. Command:",
        "`python -m model.evaluate --data FOLDER`.",
        "",
        "| figure | value |",
        "| --- | --- |",
        f"| light commands decided rightly, for good | {r.recall:.1%} of {r.commands} |",
        f"| decided as the opposite | {r.wrong_intent} |",
        f"| decided rightly, then wrongly taken back at the end | {r.taken_back} |",
        f"| decided before their last word | {r.before_last_word:.1%} |",
        f"| words still to come when decided, mean | {r.words_saved:.2f} |",
        f"| other requests that fired at any word | {r.false_activations} of {r.others} |",
        f"| activations an hour of overheard talk | {fired:.2f} ({r.talk_hours:.0f} hours) |",
        f"| of these not taken back at the end | {stood:.2f} |",
        f"| expected calibration error, every prefix | {r.calibration_error:.2%} |",
    ]
