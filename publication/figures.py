"""Pictures made elsewhere, checked so that they can stand inside the report's page."""

import re
from xml.etree import ElementTree

_SHOWS = frozenset(
    {"svg", "g", "defs", "title", "desc", "path", "rect", "line", "circle", "ellipse", "polyline", "polygon", "text"}
    | {"tspan", "clipPath", "mask", "pattern", "linearGradient", "radialGradient", "stop", "use", "style", "symbol"}
)
_REFERENCE = re.compile(r"url\(\s*['\"]?#([^)'\"\s]+)['\"]?\s*\)")


class FigureError(ValueError):
    """A picture that is not plain, self-contained SVG."""


def inline_svg(svg: str, name: str, prefix: str) -> str:
    """Return an SVG document as an element for an HTML page.

    Parameters
    ----------
    svg
        The document; nothing in it may run, or refer to anything outside it.
    name
        What the picture shows: read out where it cannot be seen.
    prefix
        Put before every identifier, so that two pictures on a page keep their own clips and gradients.

    Raises
    ------
    FigureError
        It is not SVG, or holds a script, an event handler, foreign content or an outside reference.
    """
    if "<!DOCTYPE" in svg or "<!ENTITY" in svg:
        raise FigureError(f"figure {name!r}: expected SVG without a document type, got one; leave it out")
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise FigureError(f"figure {name!r}: expected well-formed SVG, got a fault at {error.position}") from None
    for element in root.iter():
        _make_plain(element, name, prefix)
    if root.tag != "svg":
        raise FigureError(f"figure {name!r}: expected an svg element, got {root.tag}")
    _make_fluid(root)
    root.attrib |= {"role": "img", "aria-label": name}
    return ElementTree.tostring(root, encoding="unicode")


def _make_plain(element: ElementTree.Element, name: str, prefix: str) -> None:
    """Drop namespaces, refuse what is not a drawing, and make identifiers the picture's own."""
    element.tag = _local(element.tag)
    if element.tag not in _SHOWS:
        raise FigureError(f"figure {name!r}: expected drawing elements only, got {element.tag}; draw it without")
    if element.tag == "style":
        _refuse_outside(element.text or "", name)
    plain = {}
    for full, value in element.attrib.items():
        key = _local(full)
        if key.startswith("on") or (key == "href" and not value.startswith("#")):
            raise FigureError(f"figure {name!r}: expected a self-contained drawing, got the attribute {key}")
        _refuse_outside(value, name)
        if key == "role" or key.startswith("aria-"):
            continue  # the picture is read out as one; parts that name themselves are heard of without a name
        plain[key] = _own_names(key, value, prefix)
    element.attrib.clear()
    element.attrib |= plain


def _own_names(key: str, value: str, prefix: str) -> str:
    if key == "id":
        return prefix + value
    if key == "href":
        return "#" + prefix + value.removeprefix("#")
    return _REFERENCE.sub(lambda found: f"url(#{prefix}{found[1]})", value)


def _refuse_outside(text: str, name: str) -> None:
    squeezed = _REFERENCE.sub("", text).lower()
    if "url(" in squeezed or "@import" in squeezed or "javascript:" in squeezed or "\\" in squeezed:
        raise FigureError(f"figure {name!r}: expected a self-contained drawing, got a reference to something outside")


def _make_fluid(root: ElementTree.Element) -> None:
    """Let the picture shrink with the page: its size becomes a view box and an upper width."""
    width = root.attrib.pop("width", None)
    height = root.attrib.pop("height", None)
    if width and height:
        root.attrib.setdefault("viewBox", f"0 0 {width.removesuffix('px')} {height.removesuffix('px')}")
        root.attrib["style"] = f"width:100%;max-width:{width.removesuffix('px')}px;height:auto"


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
