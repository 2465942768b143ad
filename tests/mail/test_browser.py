"""The inbox of development in a real browser: links can be followed, and scripts in mails do not run."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from app import now
from cli.listening import answer, listening
from gateways.mail import MailFolder
from schema.devmail import Inbox, Readers
from tests.clients.outside import OUTPUT, node
from tests.mail.builders import a_letter

TAKES = "top.document.title = 'taken'"
EVIL = f'<script>{TAKES}</script><p id=evil>x</p><img src="data:," onerror="{TAKES}"><b onclick="{TAKES}">x</b>\n'


async def portal(_request: Request) -> Response:
    return HTMLResponse("<title>The portal</title>")


async def test_a_person_follows_the_link_of_a_mail(folder: MailFolder, npm_packages: Path, chromium: str) -> None:
    app = Starlette(routes=[Route("/portal", portal), *Inbox(folder, Readers.THIS_MACHINE).routes()])
    stop, ready = asyncio.Event(), asyncio.Event()
    with listening("127.0.0.1", 0) as sock:
        home = f"http://localhost:{sock.getsockname()[1]}"
        link = f"{home}/portal#wgh_token"
        html = f'<h1>Hello</h1><a href="{link}" target="_blank" rel="noopener noreferrer">Begin</a>\n'
        await folder.send(a_letter(subject="Onboarding", html=html, text=f"Begin:\n{link}\n"))
        later = now() + timedelta(minutes=1)
        await folder.send(a_letter(subject="<script>", html=EVIL, text=EVIL, written_at=later))
        serving = asyncio.create_task(answer(app, sock, stop, ready.set))
        await ready.wait()
        OUTPUT.mkdir(exist_ok=True)
        library = npm_packages / "playwright-core" / "index.mjs"
        script = Path(__file__).with_name("browser.mjs")
        ran = await node([script, library, chromium, f"{home}/dev/mail", OUTPUT / "devmail.png"])
        stop.set()
        await serving

    assert ran.exit_code == 0, ran.errors
    opened = {"address": link, "title": "The portal", "opener": None}
    assert json.loads(ran.output) == {
        "subjects": ["<script>", "Onboarding"],
        "heading": "Hello",
        "button": opened,
        "text": opened,
        "ran": "Mails",
        "markup": 0,
        "complaints": [],
    }
