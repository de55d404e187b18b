"""`top`: what the system does now and did in the last minutes, in a terminal or as JSON, without Prometheus."""
