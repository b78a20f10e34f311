"""Phrases from the templates of home-assistant-intents (Apache-2.0): what smart homes ask people to say."""

import json
import re
from importlib import resources
from typing import Any, Final

from model.intent import Intent
from model.phrases_grammar import WELL_FORMED, Grammar, Phrase

GROUP: Final = "home_assistant"
"""The group of every phrase from this source."""

LIGHT_INTENTS: Final[dict[str, Intent]] = {"HassTurnOn": "light_on", "HassTurnOff": "light_off"}

INTENTS_USED: Final = """
    HassCancelAllTimers HassCancelTimer HassClimateGetTemperature HassClimateSetFanMode
    HassClimateSetTemperature HassFanSetSpeed HassGetCurrentDate HassGetCurrentTime HassGetState
    HassGetWeather HassLawnMowerDock HassLawnMowerStartMowing HassListAddItem HassListCompleteItem
    HassMediaNext HassMediaPause HassMediaPlayerMute HassMediaPlayerUnmute HassMediaPrevious
    HassMediaSearchAndPlay HassMediaUnpause HassPauseTimer HassSetPosition HassSetVolume
    HassSetVolumeRelative HassShoppingListAddItem HassStartTimer HassTimerStatus HassTurnOff
    HassTurnOn HassVacuumCleanArea HassVacuumReturnToBase HassVacuumStart
""".split()
"""The intents sampled. Left out: HassLightSet (brightness and colour), longer or shorter
timers (hundreds of near-equal templates) and broadcasts (any text at all)."""

AMBIGUOUS_DOMAINS: Final = {"scene", "script", "button", "input_button"}
"""A scene or a script may well switch the light."""

NUMBERS: Final = [
    "two",
    "five",
    "ten",
    "fifteen",
    "twenty",
    "twenty five",
    "thirty",
    "forty five",
    "fifty",
    "seventy",
]

LISTS: Final[dict[str, list[str]]] = {
    "area": [
        "kitchen",
        "bedroom",
        "living room",
        "bathroom",
        "hallway",
        "office",
        "garage",
        "dining room",
        "basement",
    ],
    "floor": ["ground floor", "first floor", "second floor", "top floor"],
    "message": ["dinner is ready"],
    "search_query": ["jazz", "the beatles", "dark side of the moon", "some rock music", "the morning news"],
    "zone": ["front yard", "back yard"],
    "timer_name": ["pizza", "pasta", "laundry", "tea"],
    "shopping_list_item": ["milk", "eggs", "light bulbs", "dark chocolate", "bread"],
    "todo_list_item": ["call mom", "buy a lamp", "clean the garage", "water the plants"],
    "volume_step": ["up", "down"],
}
"""Our values for the lists that a household would fill."""

DEVICES: Final[dict[str, list[str]]] = {
    "light": ["bedside", "reading", "desk", "ceiling", "corner", "night", "porch", "standing", "wall", "big"],
    "media_player": ["tv", "television", "radio", "speaker", "stereo", "record player", "sound bar"],
    "climate": ["heater", "thermostat", "heating", "air conditioner", "air conditioning", "boiler"],
    "fan": ["fan", "ceiling fan", "air purifier", "extractor fan"],
    "cover": ["blinds", "curtains", "garage door", "shutters", "gate", "skylight"],
    "valve": ["water valve", "gas valve", "sprinkler"],
    "lock": ["front door", "back door", "gate", "safe"],
    "vacuum": ["vacuum", "robot", "vacuum cleaner"],
    "lawn_mower": ["lawn mower", "mower"],
    "person": ["sarah", "john", "my mother"],
    "sensor": ["outdoor temperature", "power meter", "rain sensor"],
    "": [
        "fan",
        "tv",
        "heater",
        "coffee machine",
        "oven",
        "humidifier",
        "dishwasher",
        "washing machine",
        "kettle",
    ],
}
"""Names by the domain a template asks for; "" for any other. Those of a light come before the word light."""

RULES: Final[dict[str, str]] = {
    "turn": "(turn|switch|put)",
    "the": "(the|the|my|our)",
    "all": "(all|all|every)",
    "is": "(is|are)",
    "here": "(here|in here|in this room|in my room)",
    "everywhere": "(everywhere|all over the house|in the whole house|in every room)",
}
"""Instead of theirs, which allow "bring on the light" and "across our area"."""

FRAGMENT: Final = re.compile(
    r"(?!(is|are|what|which|how|where|when|who|any|do|does|did|has|have|tell|whats|what's|whens|whos|who's)\b).*"
)
"""A state question without its question word ("lights on in the kitchen") reads as a command."""

CLUMSY: Final = re.compile(
    r"^(the|my|our|on|off|to)( \w+)?$|\bto (on|off)$|\bfloor floor\b|\b(every|the|my|our) (the|my|our)\b"
    r"|\b(all|in) in\b|\bhouse house\b|\ball( \w+)* (light|lamp|lighting)\b"
    r"|\bevery( \w+)* (lights|lamps|lighting)\b"
    r"|\b(kitchen|\w*room|hallway|office|garage|basement|floor) (the|my|our)\b"
)
"""What their optional parts leave over when they fall badly."""


def home_assistant_phrases(seed: int, cap: int) -> list[Phrase]:
    """At most `cap` phrases from every template that says clearly what a lamp should do; the same for a seed.

    Switching lights becomes light_on or light_off, everything else `none`; texts of two intents are left out.
    """
    path = resources.files("home_assistant_intents") / "data" / "en.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    grammars: dict[tuple[str, str], Grammar] = {}
    found: dict[str, set[Intent]] = {}
    for name in INTENTS_USED:
        for block in data["intents"][name]["data"]:
            domains = _domains(block)
            if domains & AMBIGUOUS_DOMAINS:
                continue
            intent = LIGHT_INTENTS.get(name, "none") if domains == {"light"} else "none"
            for template in block["sentences"]:
                if "timer_command" in template or template == "[<the>] {name}":
                    continue
                # Lights are in a room but on a floor; theirs allows "at the kitchen" and "across the floor".
                kind = (_device_kind(domains), "on" if "{floor}" in template else "in")
                if kind not in grammars:
                    grammars[kind] = _grammar(data, *kind)
                for text in grammars[kind].texts(template, cap, seed):
                    if _usable(text, name):
                        found.setdefault(text, set()).add(intent)
    return [Phrase(text, intents.pop(), GROUP) for text, intents in found.items() if len(intents) == 1]


def _domains(block: dict[str, Any]) -> set[str]:
    """The kinds of device that a block of templates is about; empty when it names none."""
    domains = block.get("requires_context", {}).get("domain") or block.get("slots", {}).get("domain") or ()
    return {domains} if isinstance(domains, str) else set(domains)


def _device_kind(domains: set[str]) -> str:
    """The key of DEVICES for a block's domains; several domains at once may be any device but a light."""
    return next(iter(domains)) if len(domains) == 1 and domains <= DEVICES.keys() else ""


def _grammar(data: dict[str, Any], device_kind: str, place: str) -> Grammar:
    lists = dict(LISTS, name=DEVICES[device_kind])
    for name, content in data["lists"].items():
        theirs = [value["in"] for value in content["values"]] if "values" in content else NUMBERS
        lists.setdefault(name, theirs)
    return Grammar(lists, data["expansion_rules"] | RULES | {"in": place})


def _usable(text: str, name: str) -> bool:
    if len(text.split()) < 2 or not WELL_FORMED.fullmatch(text) or CLUMSY.search(text):
        return False
    return not (name == "HassGetState" and FRAGMENT.fullmatch(text))
