"""The sans-IO core: everything here is a function of values.

No module of this package performs I/O, reads a clock, draws a random number or writes a log. Bytes, times, keys and ids
come in as arguments and go out as results, so that any driver (asyncio, a test, a script) can use the same decisions.
"""
