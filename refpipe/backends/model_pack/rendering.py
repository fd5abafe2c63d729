"""Command: render the model pack's pictures of people, ``python -m refpipe.backends.model_pack.rendering [PART ...]``.

``train:100`` is a part's first hundred families. Belongs here: two processes that share the work. Does not: what is
rendered (picture_cache).
"""

from __future__ import annotations

import subprocess
import sys

from refpipe.backends.model_pack.picture_cache import FAMILIES, render

PROCESSES = 2


def render_all(parts: tuple[str, ...] = tuple(FAMILIES)) -> None:
    """Render what is missing of the parts, each process its share. Raises CalledProcessError."""
    command = [sys.executable, "-m", "refpipe.backends.model_pack.rendering", *parts]
    running = [subprocess.Popen([*command, f"--share={share}"]) for share in range(PROCESSES)]  # noqa: S603 - itself
    for process in running:
        if process.wait():
            raise subprocess.CalledProcessError(process.returncode, command)


def _one_core() -> None:
    import drjit
    import torch
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")
    torch.set_num_threads(1)
    drjit.set_thread_count(1)


def main(arguments: list[str]) -> None:
    parts = tuple(word for word in arguments if not word.startswith("--"))
    shares = [int(word.removeprefix("--share=")) for word in arguments if word.startswith("--share=")]
    if not shares:
        render_all(parts or tuple(FAMILIES))
        return
    _one_core()
    for part in parts:
        name, _, families = part.partition(":")
        made = render(name, families=int(families) if families else None, share=shares[0], shares=PROCESSES)
        sys.stdout.write(f"{part}: {made} persons rendered\n")


if __name__ == "__main__":
    main(sys.argv[1:])
