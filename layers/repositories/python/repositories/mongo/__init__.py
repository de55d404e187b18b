"""The archive, the audit trail and the notifications on MongoDB."""
