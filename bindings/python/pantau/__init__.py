"""The phone for Python: what UniFFI generates from the core, under its own name."""

from pantau_core_ffi import *  # noqa: F401,F403
