"""What stands in for an identity provider on a laptop: a secret of one data directory, and tokens signed with it."""
