"""DNS-SD over multicast DNS: announcing the server's queues, and hearing which printers announce themselves.

Nothing that the network says becomes a printer, a job or a setting here: it is shown to whoever looks for printers.
"""
