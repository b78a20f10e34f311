"""An opened device, and how to get one."""

from collections.abc import Callable, Iterator
from typing import Protocol

from capture.block import Block
from capture.microphone import Microphone, look_again


class Stream(Protocol):
    """One opened device (capture.microphone.Microphone)."""

    @property
    def device_name(self) -> str: ...
    @property
    def dropped_blocks(self) -> int: ...
    @property
    def overflows(self) -> int: ...
    def blocks(self) -> Iterator[Block]: ...
    def close(self) -> None: ...
    def release(self) -> None: ...


def by_name(name: str | None, queue_s: float) -> Callable[[bool], Stream]:
    """What opens the microphone called `name`, or the default one: see Microphone.

    It is told whether to have the devices looked for anew. Raises what Microphone raises.
    """

    def find(again: bool) -> Stream:
        if again:
            look_again()
        microphone = Microphone(name, queue_s)
        microphone.open()
        return microphone

    return find
