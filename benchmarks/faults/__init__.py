"""Drivers that try to break what is written and what is read: `docs/explanation/reliability.md` has what they found."""
