"""Texts that the tests of mail send."""

from __future__ import annotations

from stamgast.mail.content import Block, Content, Version

HELLO = Content.of(
    nl=Version(
        subject="Dag {{ customer.first_name }}",
        preheader="Koffie met korting",
        why="U bestelde al een tijd niets.",
        blocks=(
            Block("heading", text="We missen u"),
            Block(
                "text", text="Beste {{ customer.first_name }}, **nieuw** in de winkel.\n\nTot ziens"
            ),
            Block("button", text="Bekijk", url="https://shop.example/new"),
        ),
    ),
    en=Version(
        subject="Hello {{ customer.first_name }}",
        blocks=(Block("text", text="Dear {{ customer.first_name }}, **new** in the shop."),),
    ),
)
WITH_CODE = Content.of(
    en=Version(
        subject="{{ offer.percent }} percent off",
        blocks=(
            Block("text", text="Your code:"),
            Block("code", text="{{ offer.code }}"),
            Block("divider"),
            Block("button", text="Use it", url="https://shop.example/?code={{ offer.code }}"),
        ),
    )
)
