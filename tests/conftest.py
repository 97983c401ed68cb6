"""Runs every test on the reactor that the daemon runs on, and lets no test fail because the machine is slow."""

from hypothesis import HealthCheck, settings
from twisted.internet import asyncioreactor

asyncioreactor.install()

# In CI hypothesis has a profile of its own (the same examples in every run); it stays what it is, without the clock.
settings.register_profile(
    "printserver",
    parent=settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("printserver")
