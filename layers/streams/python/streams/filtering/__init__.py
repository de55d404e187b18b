"""The pattern language of event filtering."""
