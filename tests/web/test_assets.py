"""Static files: an address that changes with the content, kept for a year, and packed beforehand."""

import gzip

from app.web import assets


def test_every_asset_is_served_under_its_hash_for_a_year_and_packed(app):
    client = app.test_client()
    for name, version in app.extensions["assets"].items():
        answer = client.get(f"/static/{version}/{name}", headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Encoding"] == "gzip" and "Set-Cookie" not in answer.headers
        plain = client.get(f"/static/{version}/{name}", headers={"Accept-Encoding": "identity"})
        assert gzip.decompress(answer.data) == plain.data, f"{name}.gz is stale: make assets"


def test_nothing_else_lies_open(app):
    client = app.test_client()
    for address in ("/static/", "/static/duban.css", "/static/0000/duban.css", "/static/vendor/recipe",
                    "/static/../wsgi.py", "/static/%2e%2e/config.py"):
        assert client.get(address).status_code == 404, address
    assert set(app.extensions["assets"]) == set(assets.SERVED)
