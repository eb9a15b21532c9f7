"""One measurement in a process of its own: `python -m benchmarks.child module:function '{"argument": …}'`."""

import json
import sys
from importlib import import_module


def main() -> None:
    """Call the function and write what it returned as the last line."""
    module, _, name = sys.argv[1].partition(":")
    result = getattr(import_module(module), name)(**json.loads(sys.argv[2]))
    sys.stdout.write(f"\n{json.dumps(result)}\n")


if __name__ == "__main__":
    main()
