"""Speaking IPP to a device, for drivers: HTTP framing, what a printer says of itself, and the dialogue round a job.

Sans-IO like everything that a driver does: bytes, values and dialogues. Nothing here is loaded by asking a driver
package what it is.
"""
