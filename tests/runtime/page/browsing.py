"""A browser without a screen: follows links, fills in the forms it was shown."""

import re
from html.parser import HTMLParser

from starlette.testclient import TestClient


class Page(HTMLParser):
    """What a test asks of an answer."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        """The attributes of every such tag."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [a for t, a in self.tags if t == tag and wanted.items() <= a.items()]

    @property
    def utterances(self) -> list[int]:
        """Their numbers, in the order shown."""
        return [int(str(a["id"])[1:]) for a in self.all("li") if re.fullmatch(r"u\d+", a.get("id") or "")]


class Browser:
    """One cookie jar."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def get(self, path: str, status: int = 200, **headers: str) -> Page:
        answer = self.client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        assert answer.status_code == status, answer.text
        return Page(answer.text)

    def token(self) -> str:
        """Of the forms that this browser is shown."""
        found = re.search(r'name="token" value="([0-9a-f]{64})"', self.client.get("/").text)
        assert found is not None
        return found[1]

    def post(self, path: str, status: int = 303, headers: dict[str, str] | None = None, **fields: str):
        """Send a form with this browser's token, unless `token` is given."""
        fields.setdefault("token", self.token())
        answer = self.client.post(path, data=fields, headers=headers or {})
        assert answer.status_code == status, answer.text
        return answer
