"""Opens pages and sends their forms as they stand there, where no browser needs to draw them."""

from urllib.parse import urlencode, urljoin

from bs4 import BeautifulSoup, Tag
from playwright.sync_api import APIRequestContext, APIResponse, FilePayload


class Reader:
    """Somebody in front of a page, with the cookies of their requests."""

    def __init__(self, requests: APIRequestContext, address: str) -> None:
        self.requests = requests
        self.address = address
        self.page = BeautifulSoup("", "html.parser")

    def open(self, path: str) -> BeautifulSoup:
        """Open a page."""
        self._read(self.requests.get(urljoin(self.address, path)))
        return self.page

    def follow(self, words: str) -> BeautifulSoup:
        """Go where the first link leads that says so."""
        link = next(each for each in self.page.select("main a") if each.get_text(strip=True) == words)
        return self.open(str(link["href"]))

    def send(self, button: str, **answers: str | list[str] | FilePayload) -> str:
        """Press this button, with these answers over what the form holds already; returns what comes."""
        form = self._form_of(button)
        fields = {**_held(form), **answers}
        address = urljoin(self.address, str(form.get("action") or ""))
        stood_on = {"Referer": self.address}
        if form.get("enctype") == "multipart/form-data":
            return self._read(self.requests.post(address, headers=stood_on, multipart=fields))  # type: ignore[arg-type]
        as_form = {**stood_on, "Content-Type": "application/x-www-form-urlencoded"}
        return self._read(self.requests.post(address, headers=as_form, data=urlencode(fields, doseq=True)))

    def _form_of(self, button: str) -> Tag:
        for form in self.page.select("main form"):
            if any(each.get_text(strip=True) == button for each in form.select("button")):
                return form
        raise AssertionError(f"no form says {button!r}: {self.page.get_text(' ', strip=True)}")

    def _read(self, answer: APIResponse) -> str:
        """A page that came is the one to go on from; a file is not."""
        text = answer.text()
        assert answer.ok, f"{answer.url} answers {answer.status}: {text}"
        if answer.headers["content-type"].startswith("text/html"):
            self.address = answer.url
            self.page = BeautifulSoup(text, "html.parser")
        return text


def _held(form: Tag) -> dict[str, str | list[str]]:
    """What a form sends when nobody touches it."""
    ticked = [each for each in form.select("input[name]") if _is_sent(each)]
    chosen = {str(each["name"]): _chosen(each) for each in form.select("select[name]")}
    return {**chosen, **{str(each["name"]): str(each.get("value") or "") for each in ticked}}


def _is_sent(field: Tag) -> bool:
    return field.get("type") not in ("file", "radio", "checkbox") or field.has_attr("checked")


def _chosen(field: Tag) -> str:
    option = field.select_one("option[selected]") or field.select_one("option")
    return str(option["value"]) if option else ""


def values_of(page: BeautifulSoup, name: str) -> list[str]:
    """What can be chosen or ticked under this name."""
    return [str(each["value"]) for each in page.select(f'main input[name="{name}"]')]
