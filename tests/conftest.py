"""Runs every test on the reactor that the daemon runs on."""

from twisted.internet import asyncioreactor

asyncioreactor.install()
