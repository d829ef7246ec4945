"""Seals: what was recorded, hashed in a fixed order and chained, so that somebody who trusts nobody can check it.

`registry` which tables · `digests` rows as digests · `manifest` what a seal says and its hash · `sealing` makes one ·
`verify` recomputes all, with `live` for the rows that people see · `checks` asks for a check and keeps its result.
docs/audit.md tells what that proves and what it cannot.
"""
