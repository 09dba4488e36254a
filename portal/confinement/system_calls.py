"""Takes from this process, for good, the right to open a socket or start another program.

A decoder that a crafted file has taken over could otherwise call home. Linux's seccomp filters need no
privilege; on a system or processor without them the other limits stand alone.
"""

import ctypes
import platform
import sys
from errno import EINVAL
from struct import pack
from typing import NamedTuple

_SET_NO_NEW_PRIVILEGES = 38
_SET_SECCOMP = 22
_FILTER_MODE = 2

_LOAD_WORD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _NOT_PERMITTED, _KILL_PROCESS = 0x7FFF0000, 0x00050001, 0x80000000
_NUMBER_OFFSET, _ARCHITECTURE_OFFSET = 0, 4
_SECOND_TABLE = 0x40000000  # x86-64 keeps another table of call numbers from here on


class _Processor(NamedTuple):
    audit_architecture: int
    forbidden: tuple[int, ...]  # socket, socketpair, execve, execveat, io_uring_setup, ptrace


_PROCESSORS = {
    "x86_64": _Processor(0xC000003E, (41, 53, 59, 322, 425, 101)),
    "aarch64": _Processor(0xC00000B7, (198, 199, 221, 281, 425, 117)),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def forbid_network_and_programs() -> None:
    """Make `socket`, `execve` and their kin fail with "not permitted" from now on, threads included."""
    processor = _PROCESSORS.get(platform.machine())
    if sys.platform != "linux" or processor is None:
        return
    instructions = _instructions(processor)
    program = _Program(len(instructions) // 8, instructions)
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in (
        (_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0),
        (_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program), 0, 0),
    ):
        if (
            libc.prctl(*arguments) != 0 and ctypes.get_errno() != EINVAL
        ):  # which a kernel without seccomp says
            raise OSError(ctypes.get_errno(), "the seccomp filter was refused")


def _instructions(processor: _Processor) -> bytes:
    """The filter in the kernel's form: operation, jump if true, jump if false, value."""
    forbidden = processor.forbidden
    steps = [
        (_LOAD_WORD, 0, 0, _ARCHITECTURE_OFFSET),
        (_JUMP_IF_EQUAL, 1, 0, processor.audit_architecture),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD_WORD, 0, 0, _NUMBER_OFFSET),
        (_JUMP_IF_AT_LEAST, len(forbidden) + 1, 0, _SECOND_TABLE),
    ]
    steps += [(_JUMP_IF_EQUAL, len(forbidden) - place, 0, call) for place, call in enumerate(forbidden)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _NOT_PERMITTED)]
    return b"".join(pack("=HBBI", *step) for step in steps)
