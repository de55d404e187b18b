"""What every handler shares: requests in, problems out, the batch loop, OpenAPI, settings."""
