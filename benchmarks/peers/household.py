"""Templates: hassil with the sentences of home-assistant-intents, in a home with usual rooms and devices.

What many people have today: the whole utterance is matched, or it is not. Every intent of English takes part, so
that what is better understood as something else is no light; the voice satellite stands in the living room, whose
lights are meant when no room is named. No probabilities: 0 while somebody speaks, and 0 or 1 at the end.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from itertools import dropwhile
from typing import Any

import numpy as np
from hassil import Intents, SlotList, TextSlotList, recognize_best

from benchmarks.peers.peer import Words
from model.calibrate import Trace
from model.examples import Utterance
from model.intent import INTENTS, Intent
from model.phrases_home_assistant import LIGHT_INTENTS

ROOMS = (
    "kitchen",
    "living room",
    "lounge",
    "bedroom",
    "master bedroom",
    "guest bedroom",
    "guest room",
    "kids room",
    "nursery",
    "bathroom",
    "toilet",
    "shower",
    "hall",
    "hallway",
    "corridor",
    "entrance",
    "stairs",
    "dining room",
    "office",
    "study",
    "library",
    "laundry room",
    "basement",
    "cellar",
    "attic",
    "garage",
    "garden",
    "patio",
    "porch",
    "balcony",
    "yard",
    "den",
    "shed",
    "lobby",
)

FLOORS = ("ground", "first", "second", "top", "upstairs", "downstairs")

NAMES = frozenset(["hey", "ok", "okay", "olly", "alexa", "siri", "google"])
"""What an utterance may begin with; the assistant takes its own name off before matching."""

DEVICES = {
    "light": (
        "bedside lamp",
        "bedside light",
        "reading lamp",
        "reading light",
        "desk lamp",
        "floor lamp",
        "standing lamp",
        "table lamp",
        "lamp",
        "ceiling light",
        "corner lamp",
        "night light",
        "main light",
        "corner light",
        "security light",
        "overhead lights",
        "wall light",
        "outside lights",
        "christmas lights",
        "disco lights",
        "spotlights",
    ),
    "media_player": ("tv", "television", "radio", "speaker", "stereo", "music"),
    "climate": ("heater", "heating", "thermostat", "air conditioner"),
    "fan": ("fan", "ceiling fan"),
    "cover": ("blinds", "curtains", "garage door"),
    "lock": ("front door", "back door"),
    "vacuum": ("vacuum", "vacuum cleaner", "robot vacuum cleaner", "roomba"),
    "switch": ("coffee machine", "coffee maker", "kettle", "plug", "socket", "wemo plug", "oven"),
}


@dataclass(frozen=True)
class Household:
    """Sentence templates and what there is in the home."""

    source: dict[str, Any]
    """The templates of English as home-assistant-intents ships them."""

    here: str = "living room"
    """Where the listener stands."""

    _known: dict[Words, Intent] = field(default_factory=dict, compare=False, repr=False)

    @property
    def parameters(self) -> int:
        """Nothing is trained."""
        return 0

    @property
    def bytes(self) -> int:
        """The templates as a JSON file."""
        return len(json.dumps(self.source).encode())

    def hear_all(self, sentences: Sequence[Words]) -> list[Trace]:
        """Return zeros for every word, and at the end 1 for the intent that was understood."""
        return [self._trace(words, self._remembered(words)) for words in sentences]

    def stream(self, words: Words) -> Trace:
        """Return the same for one; the work is at the end."""
        return self._trace(words, self.understood(words))

    def understood(self, words: Words) -> Intent:
        """Return the turn that the best match asks for; `none` without a match, and for anything but a light."""
        # Matching all intents is slow, and needless where no template about switching fits.
        fits = self._best(words, self._switching) is not None
        return self._turn(self._best(words, self._all)) if fits else "none"

    def _remembered(self, words: Words) -> Intent:
        """What was understood; overheard talk repeats itself."""
        if words not in self._known:
            self._known[words] = self.understood(words)
        return self._known[words]

    @staticmethod
    def _trace(words: Words, intent: Intent) -> Trace:
        trace = np.zeros((len(words) + 1, len(INTENTS)), np.float32)
        trace[-1, INTENTS.index(intent)] = 1
        return trace

    def _best(self, words: Words, intents: Intents) -> Any:
        return recognize_best(
            " ".join(dropwhile(NAMES.__contains__, words)),
            intents,
            slot_lists=self._lists,
            intent_context={"area": self.here},
            best_slot_name="name",
        )

    @staticmethod
    def _turn(best: Any) -> Intent:
        if best is None:
            return "none"
        entity = best.entities.get("domain")
        domain = entity.value if entity is not None else best.context.get("domain")
        return LIGHT_INTENTS.get(best.intent.name, "none") if domain == "light" else "none"

    @cached_property
    def _lists(self) -> dict[str, SlotList]:
        names = [(name, name, {"domain": domain}) for domain, names in DEVICES.items() for name in names]
        return {
            "area": TextSlotList.from_strings(ROOMS, name="area"),
            "floor": TextSlotList.from_strings(FLOORS, name="floor"),
            "name": TextSlotList.from_tuples(names, name="name"),
        }

    @cached_property
    def _all(self) -> Intents:
        return Intents.from_dict(self.source)

    @cached_property
    def _switching(self) -> Intents:
        intents = {name: self.source["intents"][name] for name in LIGHT_INTENTS}
        return Intents.from_dict({**self.source, "intents": intents})


@dataclass(frozen=True)
class HouseholdRecipe:
    """The home of this file."""

    language: str = "en"
    """Whose templates are read."""

    def fit(self, _utterances: Sequence[Utterance], _seed: int) -> Household:
        """Read the templates; nothing is learned."""
        path = resources.files("home_assistant_intents") / "data" / f"{self.language}.json"
        return Household(json.loads(path.read_text(encoding="utf-8")))


HOUSEHOLD = HouseholdRecipe()
