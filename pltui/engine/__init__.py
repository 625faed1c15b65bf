"""The reconciler: takes desired and observed resources, produces ordered steps and one feed of events.

Knows neither AWS nor the screen.
"""
