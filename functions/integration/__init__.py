"""The integration service: claims in the context of the order and customer systems, whether or not those answer."""
