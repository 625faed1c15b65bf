"""Prices, an estimate of a lab's cost, and sums of money."""
