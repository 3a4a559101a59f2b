"""The runner of guides: which blocks it runs, what it compares, and how it writes outputs anew."""

import pytest

from tests.docs.guide_blocks import blocks_of, printed, rewritten

GUIDE = """# A guide

```python
x = 20
```

Words.

```python one
print(x + 1)
print("a  ")
```
```text
21
a
```

```python two
print(x + 2)
```

```text
22
```

```yaml
print: not python
```
"""


def test_blocks_are_found_with_their_label_line_and_output():
    found = blocks_of(GUIDE)
    assert [block.label for block in found] == ["", "one", "two"]
    assert [block.output for block in found] == ["", "21\na\n", "22\n"]
    assert [GUIDE.splitlines()[block.line - 1] for block in found] == ["x = 20", "print(x + 1)", "print(x + 2)"]


@pytest.mark.parametrize(("labels", "outputs"), [(("one",), ["", "21\na\n"]), (("two",), ["", "22\n"]), ((), [""])])
def test_blocks_without_label_run_always_and_share_their_names(labels, outputs):
    assert [output for _, output in printed(blocks_of(GUIDE), labels, "guide")] == outputs


def test_a_fault_points_to_the_line_of_the_guide():
    text = "words\n\n```python\nfine = 1\nfine / 0\n```\n"
    with pytest.raises(ZeroDivisionError) as caught:
        list(printed(blocks_of(text), (), "guide.md"))
    assert caught.traceback[-1].lineno + 1 == 5


def test_outputs_are_written_anew_and_only_those_that_ran():
    old = GUIDE.replace("21\na", "something else").replace("22", "stale")
    again = rewritten(old, ("one", "two"), "guide")
    assert [block.output for block in blocks_of(again)] == ["", "21\na\n", "22\n"]
    assert rewritten(again, ("one", "two"), "guide") == again
    assert "stale" in rewritten(old, ("one",), "guide")
    assert "print: not python" in again
