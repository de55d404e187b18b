"""The command side: decides what happens to a claim and appends it to the log."""
