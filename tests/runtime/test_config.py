"""A configuration is used whole and right, or refused with the place and the cure."""

import contextlib
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.config import Config, load_config
from runtime.config.keys import keys, markdown
from runtime.errors import ConfigError
from transcribe.tune import CHUNK_MS

TOP = Path(__file__).parents[2]


def refused(folder: Path, content: str | bytes) -> str:
    """The sentences with which a file of this content is refused, the folder left out."""
    file = folder / "device.yaml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ConfigError) as error:
        load_config(file)
    return str(error.value).replace(f"{folder}/", "")


def test_the_commented_file_holds_the_defaults() -> None:
    assert load_config(TOP / "device.yaml") == Config()


def test_the_commented_file_names_every_key() -> None:
    content = yaml.safe_load((TOP / "device.yaml").read_text())
    for key in keys(Config):
        section = content
        for part in key.path:
            assert part in section, f"{'.'.join(key.path)} is missing in device.yaml"
            section = section[part]


def test_the_documentation_lists_every_key_as_the_model_has_it() -> None:
    assert markdown(Config) in (TOP / "docs" / "configuration.md").read_text()


def test_the_documentation_quotes_real_refusals(tmp_path: Path) -> None:
    content = (
        "capture:\n  queue_s: 1\n\n\ndecide:\n  consecutive: 3\n  margn: 0.1\n  thresholds:\n"
        "    light_off: 1.7\n    on: 0.9\nlight:\n  command: [./lamp.sh, 17]\n"
    )
    assert refused(tmp_path, content) in (TOP / "docs" / "configuration.md").read_text()


@pytest.mark.parametrize(
    "content", ["", "\n", "# nothing\n", "---\n", "\ufeff", "capture:\ndecide:\n  thresholds:\n"]
)
def test_an_empty_file_or_section_means_the_defaults(tmp_path: Path, content: str) -> None:
    file = tmp_path / "device.yaml"
    file.write_text(content, encoding="utf-8")
    assert load_config(file) == Config()


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config() == Config()


def test_the_file_in_the_current_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "device.yaml").write_text("decide: {margin: 0.5}")
    monkeypatch.chdir(tmp_path)
    assert load_config().decide.margin == 0.5


def test_a_broken_link_in_the_current_folder_is_not_taken_for_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "device.yaml").symlink_to("nowhere")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"device\.yaml does not exist"):
        load_config()


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"lamp\.yaml does not exist"):
        load_config(tmp_path / "lamp.yaml")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder, but must be a YAML file"):
        load_config(tmp_path)


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "device.yaml"
    file.symlink_to(file)  # a loop cannot be read by anyone, not even by root
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(file)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"light:\n  kind: \xff\n", "device.yaml, line 2: this is not UTF-8 text; save the file as UTF-8."),
        ("a: b\nlight: \a\n", "device.yaml, line 2: the character U+0007 is not allowed in YAML."),
        ("# " + "x" * 100_000, "device.yaml is larger than 100 kB, so it is not a configuration."),
        ("a:\n  - [", "device.yaml, line 2: this is not YAML:"),
        ("light: {}\n---\nlight: {}\n", "device.yaml, line 2: this is not YAML:"),
        ("[" * 30, "device.yaml, line 1: nested deeper than 20 levels."),
        ("a: &x [1]\nb: *x\n", "device.yaml, line 2: the alias *x is not allowed; write the value again."),
        (
            "light: !!python/name:os.system\n",
            "device.yaml, line 1: light: the tag tag:yaml.org,2002:python/name:os.system",
        ),
        (
            "- light\n",
            "device.yaml, line 1: the top level is a list, but must be a section with the keys capture,",
        ),
        ("# a\non", "device.yaml, line 2: the top level is on, but must be a section"),
        (
            "? [a]\n: 1\n",
            "device.yaml, line 1: the top level: a key must be a name, not a list or a mapping.",
        ),
    ],
)
def test_what_is_no_configuration_at_all_is_refused(
    tmp_path: Path, content: str | bytes, sentence: str
) -> None:
    assert refused(tmp_path, content).startswith(sentence)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            "decide:\n  thresholds:\n    light_on: 1.7",
            "line 3: decide.thresholds.light_on is 1.7, but must be between 0.5 and 1.0.",
        ),
        ("decide: {margin: .nan}", "line 1: decide.margin is .nan, but must be between 0.0 and 1.0."),
        (
            "decide: {refractory_s: .inf}",
            "line 1: decide.refractory_s is .inf, but must be between 0.0 and 60.0.",
        ),
        ("decide: {margin: '0.5'}", "line 1: decide.margin is '0.5', but must be between 0.0 and 1.0."),
        ("decide: {margin: yes}", "line 1: decide.margin is yes, but must be between 0.0 and 1.0."),
        ("decide: {margin: }", "line 1: decide.margin is empty, but must be between 0.0 and 1.0."),
        (
            "decide: {consecutive: 2.5}",
            "line 1: decide.consecutive is 2.5, but must be a whole number between 1 and 10.",
        ),
        (
            "transcribe:\n  chunk_ms: 50",
            "line 2: transcribe.chunk_ms is 50, but must be a multiple of 30 between 30 and 240.",
        ),
        ("transcribe: {model: ''}", "line 1: transcribe.model is empty, but must be a path."),
        ("capture: {microphone: 3}", 'line 1: capture.microphone is 3, but must be text; write "3".'),
        ("light: {command: [a, '']}", "line 1: light.command[1] is empty, but must be text."),
        ("light: {command: lamp}", "line 1: light.command is 'lamp', but must be a list, each item text."),
        ('light: {command: ["a\\0b"]}', "line 1: light.command[0] has a character that cannot be used."),
        (
            "light: 5",
            "line 1: light is 5, but must be a section with the keys "
            "kind, command, network, timeout_s, gpio, leds, mqtt.",
        ),
        (
            "light:\n  kind: command",
            "line 1: light has the kind command, so light.command must name a program.",
        ),
        (
            "light:\n\n  kind: relay",
            "line 3: light.kind is 'relay', but must be console or command or gpio or leds or mqtt.",
        ),
        (
            "light: {kind: off}",
            "line 1: light.kind: YAML reads an unquoted off as false; "
            "write console or command or gpio or leds or mqtt.",
        ),
        (
            "light: {command: [a, on]}",
            'line 1: light.command[1]: YAML reads an unquoted on as true; write "on".',
        ),
        (
            "decide: {thresholds: {on: 0.9}}",
            "line 1: decide.thresholds: YAML reads an unquoted on as true; write light_on.",
        ),
        (
            "decide: {thresholds: {Off: 0.9}}",
            "line 1: decide.thresholds: YAML reads an unquoted Off as false; write light_off.",
        ),
        ("decide:\n  margn: 0.1", "line 2: decide.margn is not a known key; did you mean decide.margin?"),
        ("\nchunk_ms: 60", "line 2: chunk_ms is not a known key; did you mean transcribe.chunk_ms?"),
        (
            "light: {colour: red}",
            "line 1: light.colour is not a known key; known here: kind, command, network, timeout_s, gpio, leds, mqtt.",
        ),
        ("gate: {}\nlight: {}\ngate: {}", "line 3: gate is given twice (first on line 1); keep one."),
    ],
)
def test_a_wrong_setting_is_told_with_its_place_and_what_is_allowed(
    tmp_path: Path, content: str, sentence: str
) -> None:
    assert refused(tmp_path, content) == f"device.yaml, {sentence}"


def test_all_mistakes_are_told_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    told = refused(
        tmp_path, "decide:\n  margin: 2\n  margin: 0.1\nlight:\n  kind: on\n  tone: 3\n"
    ).splitlines()
    assert [sentence.split(":")[0] for sentence in told] == [
        f"device.yaml, line {line}" for line in (2, 3, 5, 6)
    ]


@given(
    st.recursive(st.text(max_size=5), lambda inner: st.dictionaries(st.text(max_size=5), inner, max_size=3))
)
def test_a_file_of_nonsense_gives_one_line_a_mistake_and_never_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, content: object
) -> None:
    file = tmp_path_factory.getbasetemp() / "nonsense.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    if content == {}:
        assert load_config(file) == Config()
        return
    with pytest.raises(ConfigError) as error:
        load_config(file)
    for sentence in str(error.value).split("\n"):
        assert sentence.startswith(f"{file}, line ")


@given(st.text(max_size=60))
def test_any_text_is_a_configuration_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, content: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(content.encode("utf-8", "surrogatepass"))
    with contextlib.suppress(ConfigError):
        assert isinstance(load_config(file), Config)


def sections(margin: float, command: list[str], folder: str | None) -> dict[str, object]:
    return {
        "decide": {"margin": margin, "bundle": folder},
        "light": {"kind": "command", "command": command},
        "state_dir": folder,
    }


usable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)


@settings(deadline=None)  # making a folder may take long on a busy machine
@given(
    st.builds(
        sections,
        margin=st.floats(0, 1),
        command=st.lists(usable, min_size=1, max_size=3),
        folder=st.none() | usable.filter(lambda name: not name.startswith("~")),
    )
)
def test_what_is_read_written_and_read_again_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, object]
) -> None:
    first_file = tmp_path_factory.getbasetemp() / "first.yaml"
    first_file.write_text(yaml.safe_dump(content), encoding="utf-8")
    first = load_config(first_file)
    second_file = tmp_path_factory.mktemp("elsewhere") / "second.yaml"
    second_file.write_text(yaml.safe_dump(first.model_dump(mode="json")), encoding="utf-8")
    assert load_config(second_file) == first


def test_the_chunk_lengths_allowed_are_those_of_the_recogniser(tmp_path: Path) -> None:
    file = tmp_path / "device.yaml"
    accepted = []
    for chunk_ms in range(0, 400, 10):
        file.write_text(f"transcribe: {{chunk_ms: {chunk_ms}}}")
        with contextlib.suppress(ConfigError):
            accepted.append(load_config(file).transcribe.chunk_ms)
    assert accepted == list(CHUNK_MS)
