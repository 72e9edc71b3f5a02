"""Duban: the rectification ledger of a city's business-environment office. Importing this builds nothing."""


def create_app(**settings):
    from app.factory import build

    return build(**settings)
