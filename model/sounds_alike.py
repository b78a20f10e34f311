"""Words that the recogniser writes in place of the few that matter most to a lamp.

"Turn on the light" comes as "turn on the like" (docs/spoken.md). Each word here differs from a key word, or from its
plural, in one sound by the CMU Pronouncing Dictionary, or was written for it twice or more when the training voices
spoke. Names of people and places are left out, though they may sound alike. Other names of a lamp count as mistaken for
"light" too: what was learned of one is told to all. Whether such a word does mean a light is for the evidence to say
(model/evidence.py), from the words around it.
"""

from typing import Final

ALIKE: Final = {
    "light": """
        lights lamp lamps lighter lighting
        alight bite bites blight bytes cite cites fight fights flight flights height heights kite knight knights laid
        late lay let's lets lie lied lies life life's like liked likely likes lime line lit lite live lived lives liar
        lot lots lying might night nights online plight right rights rite rites sight sights site sites slide slight
        tight white whites wright write writes
        amp bland camp camps champ clamp damp lam lamb lambs lame land lands lane lap laps limp lump ramp
    """,
    "off": "ah all awe cough of often oh or ought",
    "switch": "sledge stitch sweet swim swing swiss switched which witch",
    "turn": """
        burn churn earn fern iron learn stern tan teen ten term tin ton tone torn town tune turf turned turner turning
        turns
    """,
}
"""Key words, each with what is written for it."""

KEYS: Final = tuple(ALIKE)
"""In the order of the sound slots of a vocabulary."""

_KEY_OF: Final = {word: key for key, words in ALIKE.items() for word in words.split()}


def key_of(word: str) -> str | None:
    """Return the key word that a word may stand for; None for most words, and for a key word itself."""
    return _KEY_OF.get(word)
