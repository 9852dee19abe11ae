"""wrk, the load generator: it takes little of the cores that it shares with the server."""

from __future__ import annotations

import re
import subprocess

SECONDS = 6


def requests_per_second(*arguments: str) -> float:
    """Eight connections for SECONDS. Ends the measurement where an answer is no success."""
    done = subprocess.run(
        ["wrk", "-t1", "-c8", f"-d{SECONDS}s", *arguments], capture_output=True, text=True, check=True
    )
    if "Non-2xx" in done.stdout:
        raise SystemExit(f"The server answered with errors:\n{done.stdout}")
    match = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    return float(match[1]) if match else 0.0
