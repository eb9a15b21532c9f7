from tests.databases import *  # noqa: F403
from tests.service.conftest import catalogue, clock, make  # noqa: F401
