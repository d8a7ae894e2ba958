"""What a run is made of: the backtest, its ledger, rebalancing, benchmarks and dated Fed cycles. No input or output."""
