from tests.catalogue.conftest import shelf

__all__ = ["shelf"]
