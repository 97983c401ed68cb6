"""Where jobs, cards and the journal are kept: the contract, and one implementation on SQLAlchemy Core."""
