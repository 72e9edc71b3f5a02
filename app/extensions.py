"""The Flask extensions, bound to the app by the factory; the tables are the domain's own."""

from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from flask_wtf import CSRFProtect
from htmx_flask import Htmx

from app.domain.base import Base


class OneDatabase(Session):
    """Knows the one database there is, instead of looking through the tables of every statement for it."""

    def get_bind(self, mapper=None, clause=None, bind=None, **given):
        if bind is not None:
            return bind
        try:
            return self._engine
        except AttributeError:
            self._engine = self._db.engine
            return self._engine

    def connection(self, bind_arguments=None, execution_options=None):
        """The one of this transaction; asked for a dozen times a page, it is looked up once."""
        if bind_arguments is None and execution_options is None:
            going = self.get_transaction()
            if going is not None and going is self._of and going.is_active:
                return self._taken
            self._taken = super().connection()
            self._of = self.get_transaction()
            return self._taken
        return super().connection(bind_arguments, execution_options)

    _of = _taken = None


db = SQLAlchemy(metadata=Base.metadata, session_options={"class_": OneDatabase})
login = LoginManager()
csrf = CSRFProtect()
htmx = Htmx()
