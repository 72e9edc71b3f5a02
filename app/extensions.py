"""The Flask extensions, bound to the app by the factory; the tables are the domain's own."""

from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from htmx_flask import Htmx

from app.domain.base import Base

db = SQLAlchemy(metadata=Base.metadata)
login = LoginManager()
migrate = Migrate()
csrf = CSRFProtect()
babel = Babel()
htmx = Htmx()
