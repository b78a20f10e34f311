"""What each command is for, in the words of its help."""

from runtime.anticipate import LONGEST_TEXT

COMMAND_TEXTS: dict[str, tuple[str, str, str]] = {
    "run": (
        "listen to the microphone and switch the light, for ever",
        "Listens to the microphone and switches the light before the sentence has ended. SIGTERM and Ctrl-C "
        "end it in order. At a terminal a live view shows what it hears; else each utterance becomes a line.",
        "examples:\n  foreglow run\n  foreglow run --config device.yaml --json | tee lamp.jsonl",
    ),
    "simulate": (
        "the same on recordings and scripts, without touching the light",
        "Hears recordings (wav, flac, ogg, mp3; any rate and number of channels) exactly as live sound. Each "
        "file starts fresh; one that cannot be used is named, and the others go on. In what is printed for "
        "people, a bar | stands after the word at which it decided. The configured light is left alone. A script "
        "(.jsonl, see docs/learning.md) plays speech and flips of the switch on a simulated clock, and the lamp "
        "learns from them.",
        "examples:\n"
        "  foreglow simulate recordings/*.wav\n"
        "  foreglow simulate --speed real evening.mp3\n"
        "  foreglow simulate --state trial month.jsonl\n"
        "  foreglow simulate --json recordings/*.flac | grep decision",
    ),
    "anticipate": (
        "decide on text, word by word, as if it were being said",
        "Reads TEXT, or one utterance a line from standard input, and says what the lamp would do, how "
        "surely, and after which word; what it was taught counts. Text is first written as the recogniser "
        "writes: lower case, and no punctuation but the apostrophe inside a word. An utterance may have "
        f"{LONGEST_TEXT:,} characters.",
        "examples:\n"
        "  foreglow anticipate 'Could you turn on the light, please?'\n"
        "  foreglow anticipate --json < sentences.txt",
    ),
    "switch": (
        "switch the light by hand",
        "Has the running lamp switch its light. It counts as a person's flip of the switch, so the lamp learns "
        "from it. Exit 1 when no lamp is running.",
        "examples:\n  foreglow switch on\n  foreglow switch toggle --json",
    ),
    "mute": (
        "close the microphone and let go of it",
        "Has the running lamp close its microphone and let go of the device: other programs may use it, and the lamp "
        "hears nothing until `foreglow unmute`, also after a restart or a power cut. Switch and light work on. An "
        "utterance that is being spoken ends there, and nothing is decided on it. Exit 1 when no lamp is running.",
        "example:\n  foreglow mute",
    ),
    "unmute": (
        "open the microphone again",
        "Has the running lamp open its microphone again, and says whether there is one.",
        "example:\n  foreglow unmute",
    ),
    "history": (
        "what was heard and done, the newest first",
        "Lists utterances with what the lamp did, what they are now known to have meant, and how that is known.",
        "examples:\n  foreglow history\n  foreglow history --only unsure --limit 50",
    ),
    "correct": (
        "say what an utterance meant",
        "Gives an utterance its label, which wins over whatever the switch said; `undo` takes the label away. The "
        "running lamp learns from it at once.",
        "examples:\n  foreglow correct 12 light_on\n  foreglow correct 12 undo",
    ),
    "forget": (
        "remove what was heard, for good",
        "Removes one utterance, all before a date, or everything, from every file of the state folder, and says "
        "what was removed. At a terminal it asks first.",
        "examples:\n  foreglow forget 12\n  foreglow forget --before 2026-03-01 --dry-run\n  foreglow forget --all",
    ),
    "retrain": (
        "make a better model from what was learned",
        "Retrains on the journal, tries the result against the model in service on what neither was trained on, and "
        "promotes it only if it switches on no more utterances that ask for nothing and misses no more commands. "
        "Lessons that contradict each other are named. Without the training packages new words are learned less "
        "well, and not from zero.",
        "examples:\n  foreglow retrain --dry-run\n  foreglow retrain --from-zero --json",
    ),
    "models": (
        "list the bundles with their figures",
        "Lists the bundles that can be in service, the newest promotion first and the base bundle last, with the "
        "figures for which each was promoted; an asterisk marks the one in service.",
        "example:\n  foreglow models",
    ),
    "rollback": (
        "go back to an earlier bundle",
        "Puts the bundle into service that was there before the last N promotions, at last the base bundle. A "
        "running lamp takes it up from the next utterance on.",
        "examples:\n  foreglow rollback\n  foreglow rollback 2",
    ),
    "page": (
        "serve the web page of the lamp",
        "Serves the page until Ctrl-C, at `page.address` and `page.port`; the lamp may run or not, and with "
        "`page.enabled` it serves the page itself. At an address that others can reach, a browser has to be let in: "
        "at a terminal a link is shown for that, as text and as a QR code, which is good for one browser and one day. "
        "`--link` only makes such a link, also while the page is being served.",
        "examples:\n  foreglow page\n  foreglow page --link",
    ),
    "doctor": (
        "check everything the lamp needs, and say how to mend it",
        "Checks the configuration, the packages, the microphone, the models and the light. Exit 1 when "
        "something that is needed is missing.",
        "example:\n  foreglow doctor --config device.yaml",
    ),
    "status": (
        "ask the running lamp how it is",
        "Asks the `foreglow run` that uses the same state folder: since when, whether it listens, is muted or has no "
        "microphone, what it heard and did, blocks dropped, what was begun afresh, threads, memory. Exit 1 when "
        "none is running.",
        "example:\n  foreglow status --json",
    ),
    "microphones": (
        "list the input devices",
        "Lists the input devices by the names that `capture.microphone` takes; an asterisk marks the one "
        "that `foreglow run` uses.",
        "example:\n  foreglow microphones",
    ),
    "install": (
        "have systemd run the lamp, now and whenever the machine starts",
        "Writes a unit of systemd for this configuration, in a sandbox that leaves it the microphone and its light, "
        "and starts it. Must be run by root. Run it again after a change of the configuration or of foreglow.",
        "examples:\n  foreglow install --dry-run\n  sudo .venv/bin/foreglow install --config device.yaml",
    ),
    "uninstall": (
        "take the lamp away from systemd",
        "Stops the service and removes its unit and its copy of the speech model. What was heard and learned stays "
        "unless --state is given. Must be run by root.",
        "examples:\n  foreglow uninstall --dry-run\n  sudo .venv/bin/foreglow uninstall --state",
    ),
}
"""Command -> one line, description, examples."""
