"""The store's revisions, run by `printserver.store.schema` inside the transaction that opens the store."""
