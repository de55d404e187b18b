"""The logs of all processes read as one: in order of time, filtered, and shown as aligned lines."""
