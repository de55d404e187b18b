"""The order and customer systems, as this service reads them: never written to, never trusted to be there."""
