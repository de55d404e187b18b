"""The ports in memory, for unit tests: the same contracts as the real stores, without their durability."""
