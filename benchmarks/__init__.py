"""Speed and memory of the SDK as ratios against floors measured in the same run; ``python -m benchmarks``."""
