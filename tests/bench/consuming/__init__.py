"""What the poller costs, beside a bare loop and FastStream."""
