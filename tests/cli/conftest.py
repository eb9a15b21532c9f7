from tests.catalogue.conftest import shelf
from tests.databases import postgres_server

__all__ = ["postgres_server", "shelf"]
