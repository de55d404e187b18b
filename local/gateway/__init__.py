"""The gateway: every service's routes on one port, under their base paths, and a page that leads to them."""
