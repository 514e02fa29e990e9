"""The sample company: its exports in the vendors' own formats, the truth behind them, and what writes both."""
