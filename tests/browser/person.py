"""A person in Chromium: a browser context of their own, and everything it complained about."""

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from tests.people import PASSWORD


class Person:
    """Signed in; `complaints` are console errors and uncaught exceptions, `asked` every address requested."""

    def __init__(self, chromium: Browser, url: str, username: str, *, width: int = 1280, touch: bool = False) -> None:
        self.url = url
        self.context: BrowserContext = chromium.new_context(
            viewport={"width": width, "height": 900},
            has_touch=touch,
            locale="en-GB",
            color_scheme="light",
            accept_downloads=True,
        )
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{username}: {error}"))
        self.context.on("request", self._requested)
        self._sign_in(username)

    def open(self, path: str) -> Page:
        answer = self.page.goto(f"{self.url}{path}")
        assert answer is not None
        assert answer.status == 200, (path, answer.status)
        return self.page

    def close(self) -> None:
        self.context.close()

    def _sign_in(self, username: str) -> None:
        self.open("/login/")
        self.page.fill("#username", username)
        self.page.fill("#password", PASSWORD)
        self.page.click("main form button")
        self.page.wait_for_url(lambda address: "/login" not in address)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def _requested(self, request: Request) -> None:
        self.asked.append(request.url)
