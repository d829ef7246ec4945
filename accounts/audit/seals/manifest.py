"""What a seal says, and its hash: SHA-256 of the one way to write that down."""

from __future__ import annotations

import json
from datetime import UTC
from hashlib import sha256
from typing import Any

from accounts.audit.seals.models import Seal

# To be raised with any change of what is hashed or how; older formats stay readable here.
FORMAT = 1


def manifest(seal: Seal) -> dict[str, Any]:
    """Return everything that the seal's hash covers, the hash of the seal before included."""
    return {
        "number": seal.number,
        "format": seal.format,
        "sealed_at": seal.sealed_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "by": seal.by_id,
        "system": seal.system,
        "snapshot": seal.snapshot,
        "previous_hash": seal.previous_hash,
        "rows": seal.rows,
        "tables": seal.tables,
    }


def seal_hash(seal: Seal) -> str:
    """Return the hash as 64 hexadecimal digits: of the manifest as JSON, keys sorted, no spaces, UTF-8."""
    text = json.dumps(manifest(seal), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()
