"""The reconciler: what is wanted and what is seen go in, ordered steps and one feed of events come out.

Knows neither AWS nor the screen.
"""
