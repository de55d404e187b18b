"""The event store service: every event for good, replay, snapshots."""
