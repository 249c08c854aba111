"""How properties run: on a busy machine one slow example is no failure."""

from hypothesis import settings

settings.register_profile("engine", deadline=None)
settings.load_profile("engine")
