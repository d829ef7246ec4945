"""Reminders and news: policy (the ladder) → plan (rows) → compose (one digest) → deliver (SMTP).

`daily` runs them in order; `news` turns what happened into rows of the same kind; `portions` lets several processes
share the composing; `weekly` writes the letters of the week; `bounces` reads what comes back; `explain` says who gets
what and why.
"""
