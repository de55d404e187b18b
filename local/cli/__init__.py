"""The command line. Each command imports what it needs when it runs, so that `status` does not wait for `up`."""
