"""From the command line to an exit code: 0 done, 1 something failed, 2 wrong usage or refused input.

Belongs here: the one place where errors become words and codes, and the one that keeps stdout clean.
Does not: any command.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from refpipe.domain.errors import RefpipeError

DONE, FAILED, REFUSED, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. Ctrl-C and SIGTERM end the work in order, with code 130."""
    from refpipe.cli import output

    given = list(sys.argv[1:] if arguments is None else arguments)
    document = _reserve_stdout() if "--json" in given else None
    output.begin(document)
    # as default_int_handler does for SIGINT; also where a shell's background job had it ignored
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return _run(given)
    except KeyboardInterrupt:
        return _tell("interrupted", [("", "stopped on request")], INTERRUPTED)
    except BrokenPipeError:
        # the reader (a pager, head) has gone away; nothing more can be said to it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:  # noqa: BLE001 - a person gets one line, the traceback on request
        return _unexpected(error)


def _run(given: list[str]) -> int:
    import typer

    from refpipe.cli.app import app
    from refpipe.domain.errors import RefpipeError, of_os_error

    try:
        code = app(given, prog_name="refpipe", standalone_mode=False)
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except RefpipeError as error:
        return _expected(error)
    except OSError as error:
        known = of_os_error(error)
        if known is None:
            raise
        return _expected(known)
    except Exception as error:
        if not _is_usage_error(error):
            raise
        return _wrong_usage(error)
    if code == INTERRUPTED:
        # typer makes a plain code of an interrupt
        raise KeyboardInterrupt
    return code if isinstance(code, int) else DONE


def _expected(error: RefpipeError) -> int:
    from refpipe.domain.errors import InvalidSheetError, NotFoundError, RefusedInputError

    exit_code = REFUSED if isinstance(error, RefusedInputError | NotFoundError) else FAILED
    if isinstance(error, InvalidSheetError):
        faults = [(_place(error.source, field), reason) for field, reason in error.faults]
    elif isinstance(error, RefusedInputError):
        faults = [(_place(error.source, error.field), error.reason)]
    else:
        faults = [("", str(error))]
    return _tell(error.code, faults, exit_code)


def _place(source: str | None, field: str | None) -> str:
    return ": ".join(part for part in (source, field) if part)


def _is_usage_error(error: Exception) -> bool:
    # typer carries its own click, whose classes have no public name
    return hasattr(error, "format_message") and hasattr(error, "exit_code")


def _wrong_usage(error: Any) -> int:
    if not error.format_message().strip():
        return REFUSED  # nothing was asked for, and the help has been shown
    path = getattr(getattr(error, "ctx", None), "command_path", "refpipe")
    reason = f"{error.format_message().rstrip('.')}. See: {path} --help"
    return _tell("wrong_usage", [("", reason)], REFUSED)


def _unexpected(error: Exception) -> int:
    if os.environ.get("REFPIPE_TRACEBACK"):
        sys.excepthook(type(error), error, error.__traceback__)
    words = " ".join(str(error).split())
    reason = f"unexpected {type(error).__name__}: {words} (REFPIPE_TRACEBACK=1 shows where)"
    return _tell("unexpected", [("", reason)], FAILED)


def _tell(code: str, faults: list[tuple[str, str]], exit_code: int) -> int:
    from refpipe.cli import output

    output.error(code, faults)
    return exit_code


def _reserve_stdout() -> TextIO:
    """Keep stdout for the one document: whatever else prints, in this process, goes to stderr from now on."""
    sys.stdout.flush()
    kept = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return kept
