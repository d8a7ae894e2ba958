"""Executors of a Backtest: each turns one into a Ledger."""
