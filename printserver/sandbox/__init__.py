"""The sandbox: worker processes with limits, the only place where bytes of strangers are decoded."""
