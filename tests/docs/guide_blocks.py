"""Runs the Python of a guide, block after block, and compares what it prints with what the guide says it prints.

A block opens with three backticks, `python` and perhaps a label; the output that follows at once opens with `text`.
Blocks of one guide share their names. To write the outputs anew after a change:
``python -m tests.docs.guide_blocks docs/guides/series-linkage.md``
"""

import contextlib
import io
import re
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

BLOCK = re.compile(
    r"^```python *(?P<label>\w*)\n(?P<code>.*?)^```\n(?:\n?```text\n(?P<output>.*?)^```\n)?", re.M | re.S
)


class Block(NamedTuple):
    """A block of code of a guide: its label, the line of its first statement, and what it should print."""

    label: str
    line: int
    code: str
    output: str


def blocks_of(text: str) -> list[Block]:
    """Return the blocks of a guide in order."""
    return [
        Block(found["label"], text.count("\n", 0, found.start("code")) + 1, found["code"], found["output"] or "")
        for found in BLOCK.finditer(text)
    ]


def printed(blocks: list[Block], labels: Collection[str], name: str) -> Iterator[tuple[Block, str]]:
    """Run the blocks that carry one of the labels, or none, and yield each with what it printed."""
    names: dict[str, object] = {"__name__": "guide"}
    for block in blocks:
        if block.label and block.label not in labels:
            continue
        # Blank lines make a traceback point into the guide.
        code = compile("\n" * (block.line - 1) + block.code, name, "exec")
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(code, names)  # the guide is a file of this repository
        yield block, "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def rewritten(text: str, labels: Collection[str], name: str) -> str:
    """Return the guide with the outputs that its blocks print now."""
    outputs = {block.line: output for block, output in printed(blocks_of(text), labels, name)}

    def block_with_output(found: re.Match[str]) -> str:
        line = text.count("\n", 0, found.start("code")) + 1
        head = f"```python {found['label']}".rstrip() + f"\n{found['code']}```\n"
        output = outputs.get(line, found["output"] or "")
        return head + (f"```text\n{output}```\n" if output else "")

    return BLOCK.sub(block_with_output, text)


if __name__ == "__main__":
    guide = Path(sys.argv[1])
    guide.write_text(rewritten(guide.read_text(), ("reference", "demo"), guide.name))
