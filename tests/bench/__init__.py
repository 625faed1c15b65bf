"""What pltui costs in time, calls and memory, measured side by side in one run. Prints; judges nothing."""
