"""Card designs; for now the sample card that shows what the server does."""
