"""What a WSGI server loads."""

import gc

from portal import create_app

app = create_app()

# What is loaded now stays for ever: the garbage collector need not look at it with every request.
gc.collect()
gc.freeze()
