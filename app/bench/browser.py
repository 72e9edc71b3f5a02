"""Just enough of a browser: signs in through the form, keeps its cookies, and writes requests out for the load."""

import http.client
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from app.bench import Stopped


class Browser:
    def __init__(self, address: tuple[str, int]):
        self.address, self.cookies = address, {}

    def sign_in(self, username: str, password: str) -> "Browser":
        form = {"username": username, "password": password, "csrf_token": self.token("/login")}
        status, _ = self.ask("POST", "/login", form)
        if status != 303:
            raise Stopped(f"{username} could not sign in: {status}")
        self.ask("GET", "/")  # as a browser follows; its cookie holds from here on what every page asks for
        return self

    def token(self, path: str = "/password") -> str:
        """The form token of a page, with the cookie it goes with."""
        status, page = self.ask("GET", path)
        if status != 200 or 'name="csrf_token" value="' not in page:
            raise Stopped(f"{path} answered {status}, and no form")
        return page.split('name="csrf_token" value="')[1].split('"')[0]

    def ask(self, method: str, path: str, form: dict | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        headers = {"Cookie": self._cookie(), "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or ():
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        connection.close()
        return answer.status, body

    def written(self, path: str, form: dict | None = None) -> str:
        """The bytes of a request of this browser, as a kept-alive connection would send them."""
        body = urlencode(form) if form else ""
        method = "GET" if form is None else "POST"
        lines = [
            f"{method} {path} HTTP/1.1", f"Host: {self.address[0]}:{self.address[1]}", "Accept: text/html",
            "Accept-Encoding: gzip, deflate, br", "Accept-Language: zh-CN,zh;q=0.9",
            "User-Agent: Mozilla/5.0 (duban bench)",
        ]
        if self.cookies:
            lines.append(f"Cookie: {self._cookie()}")
        if form is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", body])

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())
