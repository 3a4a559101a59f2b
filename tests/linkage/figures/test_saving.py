"""A saved picture opens anywhere, and its page loads nothing from elsewhere."""

import re
import shutil
import struct
import subprocess
from html.parser import HTMLParser
from xml.etree import ElementTree

import altair as alt
import pytest

from linkage.figures.saving import as_html, as_svg, save_html, save_png
from linkage.figures.style import FigureError, styled

NASTY = "</script><script>document.title='broken'</script>"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def _chart():
    rows = alt.Data(values=[{"n": 1, "name": NASTY}, {"n": 2, "name": "plain"}])
    return styled(alt.Chart(rows).mark_bar().encode(x="n:Q", y="name:N"), "Bars of <two> & more")


class Loads(HTMLParser):
    """Collects what a page would load, and its elements."""

    def __init__(self):
        super().__init__()
        self.loads, self.tags, self.policy = [], [], ""

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.tags.append(tag)
        self.loads += [value for name, value in attrs if name in ("src", "href", "srcset", "data", "action")]
        if named.get("http-equiv") == "Content-Security-Policy":
            self.policy = named["content"]


def test_the_page_loads_nothing_and_forbids_loading():
    page = Loads()
    page.feed(as_html(_chart()))
    assert page.loads == []
    assert not {"link", "img", "iframe", "object"} & set(page.tags)
    assert page.policy.startswith("default-src 'none'")
    assert "http" not in page.policy


def test_no_text_of_the_data_ends_the_script_or_starts_another():
    html = as_html(_chart())
    assert NASTY not in html
    assert len(re.findall(r"</script", html, re.IGNORECASE)) == 2
    assert "<title>Bars of &lt;two&gt; &amp; more</title>" in html


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_without_a_network_draws_the_page(tmp_path):
    save_html(_chart(), tmp_path / "chart.html")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "--virtual-time-budget=5000"]
    command += ["--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={tmp_path / 'profile'}"]
    drawn = subprocess.run(
        [*command, (tmp_path / "chart.html").as_uri()], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert "<svg" in drawn
    assert 'aria-label="Bars of &lt;two&gt; &amp; more"' in drawn
    assert "<title>broken" not in drawn


def test_a_png_is_as_sharp_as_asked(tmp_path):
    sizes = []
    for scale in (1, 2):
        save_png(_chart(), tmp_path / "chart.png", scale)
        png = (tmp_path / "chart.png").read_bytes()
        assert png[:8] == b"\x89PNG\r\n\x1a\n"
        sizes.append(struct.unpack(">II", png[16:24]))
    assert sizes[1] == pytest.approx((2 * sizes[0][0], 2 * sizes[0][1]), abs=2)


def test_a_scale_that_gives_no_picture_is_refused(tmp_path):
    with pytest.raises(FigureError, match="scale: expected more than 0, got 0; 2 is sharp"):
        save_png(_chart(), tmp_path / "chart.png", 0)


def test_svg_is_a_drawing_with_the_words_in_it():
    root = ElementTree.fromstring(as_svg(_chart()))
    assert root.tag.endswith("svg")
    assert any(text == "plain" for text in root.itertext())


def test_a_figure_is_described_for_those_who_cannot_see_it():
    assert _chart().to_dict()["description"] == "Bars of <two> & more"
