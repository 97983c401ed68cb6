"""The IPP door: translates IPP operations into calls of the job service, and jobs and queues into attributes."""
