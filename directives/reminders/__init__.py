"""Reminders: policy (the ladder) → plan (rows) → compose (one digest) → deliver (SMTP); `daily` runs them in order."""
