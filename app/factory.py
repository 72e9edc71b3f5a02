"""The roof: builds the app from its rooms."""

import time
from pathlib import Path

from flask import Flask
from jinja2 import ChainableUndefined, ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from app import bell, config, web
from app.domain import models
from app.domain.base import prepare
from app.extensions import csrf, db, htmx, login

ROOT = Path(__file__).parent.parent
STATIC = Path(__file__).parent / "static"
YEAR = 365 * 24 * 3600


def build(**given) -> Flask:
    settings = config.read(**given)
    app = Flask("duban", root_path=str(Path(__file__).parent), template_folder=str(ROOT / "templates"),
                static_folder=None)
    app.config.update(_flask_settings(settings))
    app.extensions["settings"] = settings
    app.extensions["bell"] = bell.of(settings)
    _templates(app)
    _bind(app)
    web.install(app)
    web.floor.install(app)
    _serve_static(app)
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
    return app


def _flask_settings(settings: config.Settings) -> dict:
    settings.data.mkdir(parents=True, exist_ok=True)
    options = {"connect_args": {"timeout": 20}} if settings.database.startswith("sqlite") else {}
    return dict(
        TESTING=settings.testing,
        SECRET_KEY=config.secret_key(settings),
        SQLALCHEMY_DATABASE_URI=settings.database,
        MIGRATIONS=str(ROOT / "migrations"),
        SQLALCHEMY_ENGINE_OPTIONS=options | {"pool_size": 8, "pool_use_lifo": True},  # few, and those warm
        SESSION_COOKIE_NAME="duban",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.url.startswith("https:"),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=64 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        TRANSLATIONS=str(Path(__file__).parent / "translations"),
        TEMPLATES_AUTO_RELOAD=False,
    )


def _templates(app: Flask) -> None:
    app.jinja_environment = web.speech.Localized
    app.jinja_loader = ChoiceLoader([
        FileSystemLoader(str(ROOT / "templates")),
        PrefixLoader({
            "govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja"),
            "govuk_frontend_wtf": PackageLoader("govuk_frontend_wtf"),
        }),
    ])
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "undefined": ChainableUndefined}


def _bind(app: Flask) -> None:
    db.init_app(app)
    csrf.init_app(app)
    login.init_app(app)
    htmx.init_app(app)
    with app.app_context():
        prepare(db.engine)
    assert models.metadata is db.metadata


def _serve_static(app: Flask) -> None:
    """Files under a name that holds their hash for a year, as compressed before."""
    versions = web.assets.versions(STATIC)
    app.extensions["assets"] = versions
    noise = WhiteNoise(app.wsgi_app, max_age=YEAR, immutable_file_test=lambda path, url: True, autorefresh=False)
    for url, path in web.assets.addresses(STATIC, versions):
        noise.add_file_to_dictionary(url, str(path))
    app.wsgi_app = noise
    app.extensions["started"] = time.time()
