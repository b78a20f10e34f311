"""What the lamp of a state folder decides with, for `foreglow anticipate`: its bundle, and what was learned."""

from collections.abc import Callable

from runtime.brain import Brain
from runtime.commands.retrain import read_said
from runtime.config import Config
from runtime.journal.file import FILE_NAME
from runtime.journal.records import LabelledUtterance
from runtime.learning.assembly import learner_of
from runtime.memory import give_back_code
from runtime.service import load_service


def learned_brain(config: Config, say: Callable[[str], None]) -> Brain:
    """The brain in service, with what the journal taught if there is one.

    Raises BundleError, ModelError, JournalError.
    """
    give_back_code()  # before the language model comes on top
    service = load_service(config, say)
    if (config.state_folder / FILE_NAME).exists():
        said = read_said(config)
        labels = [
            LabelledUtterance(each.number, each.words, each.intent, each.source, each.wall_time)
            for each in said
            if each.intent is not None and each.source is not None
        ]
        learner_of(
            config, service, labels, [(each.number, each.words) for each in said if each.intent is None]
        )
    return service.brain
