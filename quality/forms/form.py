"""A form as one HTML file: the questions for one crime group and role, with style and script inside.

The page opens from disk, asks nobody for anything and sends nothing: its content security policy allows the two
blocks that it carries, by their SHA-256, and nothing else.
"""

import base64
import hashlib
import html
import json
import re
from pathlib import Path
from typing import Any

from quality.errors import StandardError
from quality.forms.form_model import WORDS_FILE, form_model, form_words
from quality.minimum_standard import MinimumStandard

FOLDER = Path(__file__).parent
PRIVACY_FILE = FOLDER / "privacy_notice.md"
SCRIPTS = ("form_judging.js", "form_draft.js", "form_answers.js", "form_showing.js", "form.js")


def build_form(
    standard: MinimumStandard,
    crime_group: str,
    role: str,
    *,
    words_file: Path = WORDS_FILE,
    privacy_file: Path = PRIVACY_FILE,
) -> str:
    """Return the form as one HTML page without any outside reference.

    Parameters
    ----------
    standard
        The minimum standard.
    crime_group, role
        Which form.
    words_file, privacy_file
        The force's own words (layout of ``form_words.yaml``) and privacy notice (of ``privacy_notice.md``).

    Raises
    ------
    StandardError
        For a crime group or role that is not known, or words that are missing.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    model = form_model(standard, crime_group, role)
    words = form_words(crime_group, role, words_file)
    model["reference_kind"] = words.role["reference_kind"]
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = _text(FOLDER / "form.css"), "\n".join(_text(FOLDER / name) for name in SCRIPTS)
    return environment.get_template("form.html.j2").render(
        model=model,
        items=standard.asked(crime_group, role),
        introduction=standard.roles[role].introduction,
        words=words.role,
        times=words.times,
        force_name=words.force_name,
        budget=_clock(model["seconds"]),
        budget_words=_in_words(model["seconds"]),
        privacy=Markup(_prose(_text(privacy_file))) if words.role["has_privacy_notice"] else "",
        policy=_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        model_json=Markup(_embedded(model)),
    )


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _embedded(model: dict[str, Any]) -> str:
    """Write JSON that cannot end the script element that it stands in."""
    text = json.dumps(model, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _prose(text: str) -> str:
    """Turn the few marks of a privacy notice into HTML: `## heading`, `- point`, paragraphs; comments are left out."""
    blocks = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL).strip().split("\n\n")
    return "\n".join(_block([html.escape(line.strip()) for line in block.strip().splitlines()]) for block in blocks)


def _block(lines: list[str]) -> str:
    if lines and lines[0].startswith("## "):
        rest = f"\n{_block(lines[1:])}" if len(lines) > 1 else ""
        return f"<h3>{lines[0][3:]}</h3>{rest}"
    if lines and all(line.startswith("- ") for line in lines):
        return "<ul>" + "".join(f"<li>{line[2:]}</li>" for line in lines) + "</ul>"
    return f"<p>{' '.join(lines)}</p>" if lines else ""


def _clock(seconds: float) -> str:
    return f"{round(seconds) // 60}:{round(seconds) % 60:02d}"


def _in_words(seconds: float) -> str:
    minutes = round(seconds / 30) / 2
    if minutes <= 1:
        return "one minute"
    return f"{minutes:g} minutes".replace(".5", "½")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StandardError(f"{path}: expected a text file in UTF-8, got {error}; check the path") from error
