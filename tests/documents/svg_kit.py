"""Drawings for tests, and those that must never be drawn."""

from __future__ import annotations

import base64
import io

from PIL import Image

from printserver.documents.font_files import SHIPPED
from printserver.documents.svg.tree import MAX_VALUE

CARD = 'width="85.6mm" height="53.98mm" viewBox="0 0 856 539.8"'


def svg(body: str = "", root: str = CARD, before: str = "") -> bytes:
    """A drawing of a card's size, 10 units a millimetre."""
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"{before}<svg {names} {root}>{body}</svg>".encode()


def data_of(picture: Image.Image, kind: str = "PNG", **options: object) -> str:
    """A picture as it stands inside a drawing."""
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(out.getvalue()).decode()}"


RECT = '<rect width="856" height="540"/>'
NESTED = "".join(
    f'<g id="u{step}">' + f'<use href="#u{step - 1}"/>' * 10 + "</g>" if step else '<rect id="u0" width="1"/>'
    for step in range(6)
)
PATTERNS = "".join(
    f'<pattern id="p{step}" width="1" height="1">' + f'<rect fill="url(#p{step - 1})"/>' * 10 + "</pattern>"
    if step else '<pattern id="p0" width="1" height="1"><rect/></pattern>'
    for step in range(6)
)  # fmt: skip
CHAIN = "".join(f'<g id="c{step}"><use href="#c{step + 1}"/></g>' for step in range(500)) + '<g id="c500"/>'
BLUR = '<filter id="f">' + "<feGaussianBlur/>" * 30 + '</filter><g filter="url(#f)"/><g filter="url(#f)"/>'

# What is wrong, the drawing, and the element or attribute that the error must name.
WIDE = 'width="9" height="9" viewBox="0 0 1e9 1e9"'
HATCH = '<pattern id="p" width="9" height="9" patternUnits="userSpaceOnUse"><rect width="9" height="9"/></pattern>'
BOXES = '<rect width="80" height="50"/>' * 401
INNER = f'<pattern id="q" width="9" height="9">{"<rect/>" * 40}</pattern>'
USERS = '<rect fill="url(#q)"/>' * 20
CONTEXT = '<marker id="m">' + '<rect fill="context-fill"/>' * 20 + "</marker>"
DOTS = '<marker id="m" overflow="visible">' + '<rect width="8" height="5"/>' * 100 + "</marker>"

HOSTILE: dict[str, tuple[bytes, str]] = {
    "filters without an element": (svg(f'<rect width="8" height="5" filter="{"blur(3) " * 20}"/>'), "<rect filter>"),
    "a filter by style": (svg('<g style="filter: blur(3px)"><rect width="8" height="5"/></g>'), "<g filter>"),
    "a filter and another": (svg('<filter id="f"/><g id="g" filter="url(#f) blur(3)"/>'), '<g id="g" filter>'),
    "a pattern that shapes inherit": (svg(f'{HATCH}<g fill="url(#p)">{BOXES}</g>'), "<svg>"),
    "a pattern that used shapes inherit": (
        svg(f'{HATCH}<g id="b">{BOXES}</g><use href="#b" stroke="url(#p)"/>'), "<svg>"
    ),
    "markers that a path inherits": (svg(f'{DOTS}<g marker-mid="url(#m)"><path d="M0 0{" 1 1" * 200}"/></g>'), "<svg>"),
    "dashes without number": (
        svg('<path d="M0 0 856 540" stroke="#000" stroke-dasharray="0.0001"/>'), "<path stroke-dasharray>"),
    "dashes of a long line": (
        svg('<path d="M0 0 1e8 0" stroke="#000" stroke-dasharray="1"/>'), "<path stroke-dasharray>"),
    "dashes by style that shapes inherit": (
        svg(f'<g style="stroke-dasharray:.01">{BOXES}</g>'), "<g stroke-dasharray>"),
    "dashes of several lines": (svg('<path d="M0 0H9000" stroke-dasharray=".1"/>' * 2), "<svg>"),
    "dashes of letters": (svg(f'<text stroke-dasharray="0.001">{"a" * 200}</text>'), "<text stroke-dasharray>"),
    "dashes that are no numbers": (svg('<path d="M0 0 9 9" stroke-dasharray="1e-9"/>'), "<path stroke-dasharray>"),
    "a filter behind an opacity": (svg(f'<g opacity="0.5" filter="{"blur(3) " * 20}"/>'), "<g filter>"),
    "a mask that shapes take over": (svg('<mask id="m"/><g mask="url(#m)"><g mask="inherit"/></g>'), "<g mask>"),
    "a clip that shapes take over": (svg('<g style="clip-path: inherit"/>'), "<g clip-path>"),
    "a pattern that patterns inherit": (svg(f'{HATCH}<g fill="url(#p)">{INNER}</g>{USERS}'), "<svg>"),
    "a pattern that patterns inherit by a style sheet": (
        svg(f'<style>.a{{fill:url(#p)}}</style>{HATCH}<g class="a"><g>{INNER}</g></g>{USERS}'), "<svg>"),
    "a line's pattern in its markers": (
        svg(f'{HATCH}{CONTEXT}<path fill="url(#p)" marker-mid="url(#m)" d="M0 0{" 1 1" * 20}"/>'), "<svg>"),
    "curves that mirror a long one": (
        svg(f'<path d="M0 0Q4e4 0 0 0{" t0 0" * 400}" stroke-dasharray="1"/>'), "<path stroke-dasharray>"),
    "dashes in parts of a wide view": (
        svg('<rect width="100%" height="100%" stroke-dasharray="9"/>', root=WIDE), "<rect stroke-dasharray>"),
    "dashes in letters' heights": (
        svg('<rect width="1em" height="1em" stroke-dasharray="9"/>'), "<rect stroke-dasharray>"),
    "dashes of huge letters": (
        svg('<text font-size="1e6" stroke-dasharray="9">a</text>' * 40), "<text stroke-dasharray>"),
    "dashes of letters that grow": (
        svg('<text style="font-size: 200%" stroke-dasharray="9">a</text>'), "<text stroke-dasharray>"),
    "digits that are no dashes": (
        svg(f'<path d="M0 0 9 9" stroke-dasharray="{"1" * 4000}x"/>'), "<path stroke-dasharray>"),
    "a long style sheet": (svg(f"<style>{' ' * (MAX_VALUE + 1)}</style>"), "<style>"),
    "a style sheet without an end": (svg(f"<style>{'a' * 1_000_000}</style>"), "<style>"),
    "a selector of nothing": (svg(f"<style>a{' ' * 1_000_000}b</style>"), "<style>"),
    "a width behind many spaces": (svg(root=f'width="1{" " * 1_000_000}!" height="1"'), "<svg width>"),
    "a comment in quotes": (svg('<style>g{x:"/*";opacity:.5;y:"*/"}</style>' + "<g/>" * 401), "<style>"),
    "a rule in quotes": (svg("<style>g{x:'} b{';opacity:.5}</style>"), "<style>"),
    "quotes without an end": (svg('<g style="x:&quot;;fill:red"/>'), "<g style>"),
    "layers by a selector with quotes": (
        svg("<style>g[class='> rect:']{opacity:.5}</style>" + '<g class="> rect:"/>' * 401), "<svg>"),
    "too many rules for each element": (
        svg(f"<style>{'a,' * 1_000}a{{fill:red}}</style>" + "<g/>" * 2_000), "<svg>"),
    "too many properties for each element": (
        svg(f"<style>g{{{'fill:red;' * 1_000}}}</style>" + "<g/>" * 2_000), "<svg>"),
    "a file": (svg('<image href="/etc/hostname"/>'), "<image href>"),
    "a relative file": (svg('<image href="photo.png"/>'), "<image href>"),
    "a file by xlink": (svg('<image xlink:href="file:///etc/hostname"/>'), "<image href>"),
    "a file beside an honest xlink": (svg('<image xlink:href="#a" href="/etc/hostname"/>'), "<image href>"),
    "a host": (svg('<image href="http://127.0.0.1/a.png"/>'), "<image href>"),
    "a host without a scheme": (svg('<image href="//127.0.0.1/a.png"/>'), "<image href>"),
    "an SVG in a data URI": (svg('<image href="data:image/svg+xml;base64,PHN2Zy8+"/>'), "<image href>"),
    "a GIF in a data URI": (svg('<image href="data:image/gif;base64,R0lGODlhAQABAAAAACw="/>'), "<image href>"),
    "a GIF called PNG": (svg('<image href="data:image/png;base64,R0lGODlhAQABAAAAACw="/>'), "<image href>"),
    "data that is no base64": (svg('<image href="data:image/png;base64,####"/>'), "<image href>"),
    "another drawing used": (svg('<use href="other.svg#a"/>'), "<use href>"),
    "a reference with entities in it": (svg('<use href="&#x66;ile:///etc/hostname"/>'), "<use href>"),
    "a gradient elsewhere": (svg('<linearGradient href="http://127.0.0.1/#g"/>'), "<linearGradient href>"),
    "a reference where none belongs": (svg('<rect href="#a" id="a"/>'), "<rect href>"),
    "feImage": (svg('<filter id="f"><feImage href="/etc/hostname"/></filter>'), "<feImage>"),
    "script": (svg("<script>while(1){}</script>"), "<script>"),
    "script of another name space": (svg('<x:script xmlns:x="urn:x"/>'), "<script>"),
    "script in another name space's element": (svg('<x:y xmlns:x="urn:x"><script/></x:y>'), "<script>"),
    "foreignObject": (svg('<foreignObject><p xmlns="urn:x"/></foreignObject>'), "<foreignObject>"),
    "a link": (svg('<a href="http://127.0.0.1/">x</a>'), "<a>"),
    "animation": (svg('<rect><animate attributeName="x"/></rect>'), "<animate>"),
    "set": (svg('<rect><set attributeName="href" to="/etc/hostname"/></rect>'), "<set>"),
    "an element that nobody knows": (svg("<blink/>"), "<blink>"),
    "a wrong case": (svg("<Script/>"), "<Script>"),
    "an event": (svg(root=f'{CARD} onload="x()"'), "<svg onload>"),
    "an event in capitals": (svg('<rect ONCLICK="x()"/>'), "<rect ONCLICK>"),
    "xml:base": (svg(root=f'{CARD} xml:base="file:///etc/"'), "<svg xml:base>"),
    "url in an attribute": (svg('<rect fill="url(http://127.0.0.1/a.svg#g)"/>'), "<rect fill>"),
    "url in capitals": (svg('<rect fill="URL( /etc/hostname )"/>'), "<rect fill>"),
    "url in quotes": (svg("<rect fill=\"url('/etc/hostname#a')\"/>"), "<rect fill>"),
    "a second url": (svg('<g id="a"/><rect fill="url(#a) url(/etc/hostname)"/>'), "<rect fill>"),
    "url in a style": (svg('<rect style="fill:url(file:///etc/hostname)"/>'), "<rect style>"),
    "url in a style with an escape": (svg(r'<rect style="fill:u\72l(file:///etc/hostname)"/>'), "<rect style>"),
    "url in a style with a comment": (svg('<rect style="fill:u/**/rl(/etc/hostname)"/>'), "<rect style>"),
    "url with a comment behind it": (svg('<rect style="fill:url/**/(/etc/hostname)"/>'), "<rect style>"),
    "url by characters' numbers": (svg('<rect style="fill:&#117;rl(/etc/hostname)"/>'), "<rect style>"),
    "an escape in an attribute": (svg(r'<rect fill="u\72l(/etc/hostname)"/>'), "<rect fill>"),
    "@import": (svg('<style>@import "http://127.0.0.1/a.css";</style>'), "<style>"),
    "@import with an escape": (svg(r'<style>@\69mport "a.css";</style>'), "<style>"),
    "@import in capitals": (svg("<style><![CDATA[ @IMPORT url(#a); ]]></style>"), "<style>"),
    "@font-face": (svg("<style>@font-face{font-family:x;src:url(#a)}</style>"), "<style>"),
    "url in a style sheet": (svg("<style>rect{fill:url(//127.0.0.1/a)}</style>" + RECT), "<style>"),
    "a style sheet that does not end": (svg("<style>rect{fill:red</style>" + RECT), "<style>"),
    "a style sheet from elsewhere": (svg(before='<?xml-stylesheet href="a.css"?>'), "<?xml-stylesheet>"),
    "a document type": (svg(before='<!DOCTYPE svg SYSTEM "file:///etc/hostname">'), "<!DOCTYPE>"),
    "an entity": (svg("&x;", before='<!DOCTYPE svg [<!ENTITY x SYSTEM "/etc/hostname">]>'), "<!DOCTYPE>"),
    "entities of entities": (
        svg("&b;", before='<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'), "<!DOCTYPE>"),
    "a use bomb": (svg(NESTED), "<svg>"),
    "a pattern bomb": (svg(PATTERNS), "<svg>"),
    "a pattern bomb by a style sheet": (
        svg("<style>.x{fill:url(#p5)}</style>" + PATTERNS + '<rect class="x"/>'), "<svg>"),
    "a long chain of uses": (svg(CHAIN), '<g id="c100">'),
    "a circle of uses": (svg('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'), '<g id="a">'),
    "a use of what it stands in": (svg('<g id="a"><use href="#a"/></g>'), '<g id="a">'),
    "a mask of itself": (svg('<mask id="m"><g mask="url(#m)"/></mask>'), '<mask id="m">'),
    "a pattern of itself by a style": (
        svg('<style>.p{fill:url(#p)}</style><pattern id="p"><rect class="p"/></pattern>'), '<pattern id="p">'),
    "a reference to nothing": (svg('<use href="#nobody"/>'), "<use href>"),
    "an id twice": (svg('<g id="a"/><g id="a"/>'), "<... id>"),
    "too many elements": (svg("<g/>" * 20_001), "<g>"),
    "too deep": (svg("<g>" * 101 + "</g>" * 101), "<g>"),
    "too many attributes": (svg("<g " + " ".join(f'a{n}=""' for n in range(101)) + "/>"), "<g>"),
    "too long a value": (svg(f'<path d="{"M0 0" * 1_100_000}"/>'), "<path d>"),
    "too long a path, used often": (
        svg(f'<path id="a" d="{"M0 0" * 10_000}"/>' + '<use href="#a"/>' * 400), "<svg>"),
    "too long a text": (svg(f"<text>{'x' * 20_001}</text>"), "<svg>"),
    "markers on every point": (
        svg(f'<marker id="m">{"<rect/>" * 100}</marker><path marker-mid="url(#m)" d="M0 0{"h1" * 500}"/>'), "<svg>"),
    "too many layers": (svg('<g opacity="0.5"/>' * 401), "<svg>"),
    "too many layers by a style sheet": (svg("<style>g{opacity:.5}</style>" + "<g/>" * 401), "<svg>"),
    "too many masks": (svg('<mask id="m"/>' + '<g mask="url(#m)"/>' * 401), "<svg>"),
    "too many steps of filters": (svg(BLUR), "<svg>"),
    "a filter that has no end": (svg('<filter id="f"><feTurbulence numOctaves="99999"/></filter>'), "<feTurbulence>"),
    "a filter that grows": (svg('<filter id="f"><feMorphology radius="500"/></filter>'), "<feMorphology>"),
    "no font of this name": (svg('<text font-family="No Such Font">x</text>'), "<text font-family>"),
    "no font of this name on a group": (
        svg('<g style="font-family:\'Arial\',X"><text>x</text></g>'), "<g font-family>"),
    "no font of this name in a style sheet": (
        svg("<style>text{font:bold 12px/1.2 Arial}</style><text>x</text>"), "<text font>"),
    "no font with this character": (svg("<text>\u4e2d</text>"), "<text>"),
    "another encoding": (svg(before='<?xml version="1.0" encoding="ISO-8859-1"?>'), "<?xml>"),
    "bytes of another encoding": (svg("<text>\xe9</text>").decode().encode("latin-1"), "text"),
    "no name space": (b"<svg width='9' height='9'/>", "root"),
    "no size": (svg(root=""), "<svg>"),
    "a size in fonts": (svg(root='width="10em" height="5em"'), "<svg width>"),
    "no width": (svg(root='width="0" height="5"'), "<svg>"),
    "a view box of nothing": (svg(root='viewBox="0 0 0 5"'), "<svg viewBox>"),
    "a view box of words": (svg(root='viewBox="nan 0 1 5"'), "<svg viewBox>"),
}  # fmt: skip


def another_family() -> bytes:
    """The shipped font under another name of the same length, `Vazirmatx`."""
    font = (SHIPPED / "Vazirmatn-Regular.ttf").read_bytes()
    return font.replace("Vazirmatn".encode("utf-16-be"), "Vazirmatx".encode("utf-16-be"))
