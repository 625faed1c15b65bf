"""Prices, an estimate of a lab's cost, and amounts in words."""
