"""Announcing the server's queues by DNS-SD over multicast DNS, so that clients find them by themselves.

It only announces: nothing that the network says becomes a printer, a job or a setting here.
"""
