"""A user's own file, run cell by cell under a subject and under PyTorch, and compared: `python -m conformance replay`.

`cells` reads the file, `player` runs its cells in the subject's interpreter, `playing` starts players, `judging`
compares what they saw, `command` is the command line.
"""
