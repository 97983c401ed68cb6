"""The one job service, the dispatch to printers, and the events that observers read."""
