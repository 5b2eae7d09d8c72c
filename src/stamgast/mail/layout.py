"""From blocks to a message: HTML by way of MJML, and the same as plain text.

Codes (Liquid) stay codes here: they are filled in afterwards, so that what a customer is called can
never become a mark, a link or a piece of layout.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import count

import mjml

from stamgast.mail import wording
from stamgast.mail.content import Block, Version
from stamgast.mail.filling import put_back, tags_apart
from stamgast.mail.look import Look

_FONT = "Georgia, 'Times New Roman', serif"
_SANS = "-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")
_BOLD = re.compile(r"\*\*(\S(?:[^\n]*?\S)?)\*\*")
_ITALIC = re.compile(r"(?<![\w*])\*(\S(?:[^\n*]*?\S)?)\*(?![\w*])")


@dataclass(slots=True)
class Sheet:
    """A message while it is laid out: its codes, and the addresses that its links lead to."""

    look: Look
    codes: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)  # where in the text, and address

    def take(self, source: str) -> str:
        """Return the text with marks where its codes stood."""
        plain, codes = tags_apart(source, first=len(self.codes))
        self.codes.extend(codes)
        return plain

    def keep(self, source: str) -> str:
        """Return the text with marks where its codes stood, and its letters safe in HTML."""
        return escape(self.take(source))

    def link(self, address: str, *, where: str) -> str:
        """Remember where a link leads, and return the mark for its address."""
        self.links.append((where, put_back(address, self.codes)))
        return self.take(_link_code(len(self.links) - 1))


def _link_code(number: int) -> str:
    return f"{{{{ links[{number}] }}}}"


@dataclass(frozen=True, slots=True)
class Laid:
    """A version laid out, its codes still in it."""

    html: str
    text: str
    links: tuple[tuple[str, str], ...]


def lay_out(version: Version, look: Look, language: str) -> Laid:
    """Return a version as HTML and as text, and the addresses of its links in their order."""
    sheet = Sheet(look)
    parts = [_in_mjml(sheet, str(n), block) for n, block in enumerate(version.blocks, 1)]
    source = _PAGE.format(
        language=language,
        preview=sheet.keep(version.preheader),
        sans=_SANS,
        serif=_FONT,
        colour=look.colour,
        ink=look.ink,
        paper=look.paper,
        head=_head(look),
        blocks="".join(parts),
        foot=_foot(sheet, version, language),
    )
    # MJML writes its title twice, the second time in a notation of its own: so it gets none.
    title = f"<title>{sheet.keep(version.subject)}</title>"
    page = mjml.mjml2html(source).replace("<title></title>", title, 1)
    html = put_back(page, sheet.codes)
    return Laid(html, _as_text(version, look, language), tuple(sheet.links))


_PAGE = """<mjml lang="{language}"><mj-head><mj-preview>{preview}</mj-preview>
<mj-attributes><mj-all font-family="{sans}" color="{ink}" />
<mj-text font-size="16px" line-height="1.55" padding="10px 32px" />
<mj-image padding="10px 32px" /><mj-divider border-width="1px" border-color="#d9d3c6" padding="14px 32px" />
<mj-button background-color="{colour}" color="#ffffff" font-size="16px" font-weight="600"
 inner-padding="13px 26px" border-radius="6px" padding="14px 32px" align="left" /></mj-attributes>
<mj-style>a {{ color: {colour}; }} .serif {{ font-family: {serif}; }}</mj-style></mj-head>
<mj-body background-color="{paper}" width="600px">
<mj-section padding="28px 0 16px"><mj-column>{head}</mj-column></mj-section>
<mj-section background-color="#ffffff" padding="22px 0" border-radius="8px"><mj-column>{blocks}</mj-column></mj-section>
<mj-section padding="16px 0 36px"><mj-column>{foot}</mj-column></mj-section>
</mj-body></mjml>"""


def _head(look: Look) -> str:
    name = escape(look.name)
    if look.logo:
        return (
            f'<mj-image src="{escape(look.logo)}" alt="{name}" width="{look.logo_width}px" '
            'align="left" padding="0 32px" />'
        )
    return (
        f'<mj-text padding="0 32px" font-size="22px" font-family="{_FONT}" '
        f'color="{look.colour}">{name}</mj-text>'
    )


def _in_mjml(sheet: Sheet, where: str, block: Block) -> str:
    match block.kind:
        case "heading":
            return (
                f'<mj-text font-size="26px" line-height="1.25" font-family="{_FONT}">'
                f"{_lines(sheet, where, sheet.take(block.text.strip()))}</mj-text>"
            )
        case "text":
            return f"<mj-text>{_paragraphs(sheet, where, block.text)}</mj-text>"
        case "button":
            address = sheet.link(block.url, where=where)
            return f'<mj-button href="{address}">{sheet.keep(block.text)}</mj-button>'
        case "picture":
            source = f"{sheet.look.pictures}{block.picture}"
            link = f' href="{sheet.link(block.url, where=where)}"' if block.url else ""
            return f'<mj-image src="{escape(source)}" alt="{sheet.keep(block.text)}"{link} />'
        case "code":
            return (
                '<mj-text padding="10px 32px"><span style="display:inline-block;padding:12px 18px;'
                f"border:1px dashed {sheet.look.colour};border-radius:6px;font:600 20px monospace;"
                f'letter-spacing:1px">{sheet.keep(block.text)}</span></mj-text>'
            )
    return "<mj-divider />"


def _inline(sheet: Sheet, where: str, taken: str) -> str:
    """Return one line, its codes taken out, with **bold**, *italic* and [links](https://...)."""
    pieces = []
    rest = 0
    for found in _LINK.finditer(taken):
        address = sheet.link(found[2], where=where)
        pieces.append(escape(taken[rest : found.start()]))
        pieces.append(f'<a href="{address}">{escape(found[1])}</a>')
        rest = found.end()
    line = "".join([*pieces, escape(taken[rest:])])
    return _ITALIC.sub(r"<em>\1</em>", _BOLD.sub(r"<strong>\1</strong>", line))


def _lines(sheet: Sheet, where: str, taken: str) -> str:
    return "<br />".join(_inline(sheet, where, line) for line in taken.split("\n"))


def _paragraphs(sheet: Sheet, where: str, text: str) -> str:
    """Return paragraphs, and lists of lines that begin with a dash."""
    parts = []
    for paragraph in re.split(r"\n\s*\n", sheet.take(text.strip())):
        lines = paragraph.split("\n")
        if all(line.lstrip().startswith("- ") for line in lines):
            items = (f"<li>{_inline(sheet, where, line.lstrip()[2:])}</li>" for line in lines)
            parts.append(f'<ul style="margin:0 0 12px;padding-left:20px">{"".join(items)}</ul>')
        else:
            parts.append(f'<p style="margin:0 0 12px">{_lines(sheet, where, paragraph)}</p>')
    return "".join(parts)


def _foot(sheet: Sheet, version: Version, language: str) -> str:
    """Return why one gets this, how to stop it, and who sent it."""
    words = wording.foot(language, sheet.look.tone)
    lines = [sheet.keep(line) for line in (version.why, "{{ because }}") if line]
    links = (
        f'{sheet.take("{% if unsubscribe_url %}")}<a href="{sheet.take("{{ unsubscribe_url }}")}">'
        f'{escape(words.unsubscribe)}</a> &#183; <a href="{sheet.take("{{ preferences_url }}")}">'
        f"{escape(words.choose)}</a>{sheet.take('{% endif %}')}"
    )
    trap = (
        f'{sheet.take("{% if trap_url %}")}<div style="display:none;max-height:0;overflow:hidden">'
        f'<a href="{sheet.take("{{ trap_url }}")}">&#160;</a></div>'
        f"{sheet.take('{% endif %}')}"
    )
    who = ", ".join(part for part in (sheet.look.name, sheet.look.postal_address) if part)
    style = 'font-size="13px" color="#6b6558" line-height="1.5" padding="3px 32px"'
    return (
        f"<mj-text {style}>{'<br />'.join(lines)}</mj-text><mj-text {style}>{links}</mj-text>"
        f"<mj-text {style}>{escape(who)}</mj-text><mj-raw>{trap}</mj-raw>"
    )


def _as_text(version: Version, look: Look, language: str) -> str:
    """Return the message for who reads plain text; its links count as those of the HTML do."""
    links = map(_link_code, count())
    parts = [_plain(block, links) for block in version.blocks]
    words = wording.foot(language, look.tone)
    foot = [
        "-- ",
        version.why,
        "{{ because }}",
        "{% if unsubscribe_url %}"
        f"{words.unsubscribe}: {{{{ unsubscribe_url }}}}\n{words.choose}: {{{{ preferences_url }}}}"
        "{% endif %}",
        ", ".join(part for part in (look.name, look.postal_address) if part),
    ]
    return "\n\n".join([*parts, "\n".join(line for line in foot if line)]) + "\n"


def _plain(block: Block, links: Iterator[str]) -> str:
    match block.kind:
        case "heading":
            return f"{_without_marks(block.text, links)}\n{'=' * 40}"
        case "text":
            return _without_marks(block.text, links)
        case "button":
            return f"{block.text}: {next(links)}"
        case "picture":
            label = f"[{block.text}]" if block.text else ""
            return f"{label} {next(links) if block.url else ''}".strip()
        case "code":
            return f"    {block.text}"
    return "-" * 40


def _without_marks(text: str, links: Iterator[str]) -> str:
    taken, codes = tags_apart(text.strip())
    plain = _ITALIC.sub(r"\1", _BOLD.sub(r"\1", taken))
    return put_back(_LINK.sub(lambda found: f"{found[1]} ({next(links)})", plain), codes)
