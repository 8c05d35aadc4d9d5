#!/usr/bin/env python3
"""Run a command whose standard output is a pipe that nobody reads any more.

usage: closed_reader.py default|ignored COMMAND...: what the command inherits for SIGPIPE
"""

import os
import signal
import sys

reader, writer = os.pipe()
os.dup2(writer, 1)
os.close(writer)
os.close(reader)
signal.signal(signal.SIGPIPE, signal.SIG_IGN if sys.argv[1] == "ignored" else signal.SIG_DFL)
os.execvp(sys.argv[2], sys.argv[2:])
