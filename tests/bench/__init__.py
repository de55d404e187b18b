"""Benchmarks: two things side by side in one run, told as ratios of medians. `./recours bench`."""
