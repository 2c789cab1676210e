"""Drives the official Python client (apache-iggy 0.9.0) against a server.

Usage: python3 judge SCENARIO HOST:PORT PACKAGES TOKEN, with the folder of the client's package and a token of the root
user. Prints one line `ok NAME` for each thing proved, and `done` at the end; ends with status 1 at the first thing that is
not as it should be.
"""

import asyncio
import importlib
import os
import sys

sys.path.insert(0, sys.argv[3])

scenario = importlib.import_module(sys.argv[1])
asyncio.run(asyncio.wait_for(scenario.judge(sys.argv[2]), 30))
print("done", flush=True)
# Everything is proved. The library's own threads now and then abort the interpreter while it is torn down, so it is not.
os._exit(0)
