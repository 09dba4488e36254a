"""How a child answers: frames of a one-letter kind, a length and a body."""

from struct import Struct

HEAD = Struct(">cI")
LONGEST_BODY = 32 * 1024 * 1024

DATA = b"D"  # one piece of the answer
REFUSED = b"R"  # JSON [code, facts] of a Refusal; nothing follows
END = b"E"  # the answer is whole

OVER_MEMORY = 3  # exit status of a child that met its memory limit and could still say so
