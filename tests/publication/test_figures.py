import pytest

from publication.figures import FigureError, inline_svg

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {size}>{inside}</svg>'


def drawn(inside: str, size: str = "", prefix: str = "") -> str:
    return inline_svg(SVG.format(inside=inside, size=size), "Weights", prefix)


def test_a_drawing_loses_its_namespace_and_gains_a_name_to_read_out():
    assert drawn('<rect width="5"/>') == '<svg role="img" aria-label="Weights"><rect width="5" /></svg>'


def test_a_fixed_size_becomes_a_view_box_that_shrinks_with_the_page():
    told = drawn("", size='width="640px" height="80"')
    assert 'viewBox="0 0 640 80"' in told
    assert "max-width:640px" in told
    assert 'viewBox="0 0 1 1"' in drawn("", size='width="640" height="80" viewBox="0 0 1 1"')


def test_parts_of_a_picture_are_not_read_out_beside_its_name():
    told = drawn('<g role="graphics-object" aria-roledescription="group mark container" aria-label="x"><rect/></g>')
    assert told == '<svg role="img" aria-label="Weights"><g><rect /></g></svg>'


def test_identifiers_and_their_uses_become_the_pictures_own():
    inside = (
        '<clipPath id="c0"><rect/></clipPath><g clip-path="url(#c0)" fill="url( \'#g\' )"><use xlink:href="#c0"/></g>'
    )
    assert drawn(inside, prefix="f1-").count("f1-") == 4
    assert 'clip-path="url(#f1-c0)"' in drawn(inside, prefix="f1-")
    assert 'href="#f1-c0"' in drawn(inside, prefix="f1-")


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<rect onload="alert(1)"/>',
        "<foreignObject><p/></foreignObject>",
        '<image href="https://example.org/a.png"/>',
        '<use href="https://example.org/a.svg#x"/>',
        '<use xlink:href="data:image/svg+xml,x"/>',
        '<a href="javascript:alert(1)"/>',
        '<rect fill="url(https://example.org/a)"/>',
        '<rect style="background: u\\72l(//example.org)"/>',
        "<style>@import 'https://example.org/a.css'</style>",
        '<style>rect { fill: url("//example.org/a") }</style>',
        '<animate attributeName="href" to="x"/>',
    ],
)
def test_anything_that_runs_or_reaches_outside_is_refused(inside):
    with pytest.raises(FigureError, match="figure 'Weights': expected"):
        drawn(inside)


@pytest.mark.parametrize(
    "svg", ["", "not svg", "<p/>", '<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>', "<svg><g></svg>"]
)
def test_what_is_not_plain_svg_is_refused(svg):
    with pytest.raises(FigureError, match="figure 'Weights': expected"):
        inline_svg(svg, "Weights", "")


def test_text_in_a_drawing_stays_escaped():
    assert "&lt;script&gt;" in drawn("<text>&lt;script&gt;</text>")
