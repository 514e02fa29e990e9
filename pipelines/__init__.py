"""What runs on a schedule: export files in, a published build out."""

import os

# Polars hands memory back to the system after half a second, and asks for it again at the next piece of a file.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000,muzzy_decay_ms:10000")
