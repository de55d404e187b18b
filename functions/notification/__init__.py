"""The notification service: e-mail and SMS for the events of a claim, each sent once."""
