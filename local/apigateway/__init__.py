"""What API Gateway does between a client and a function: routes, proxy events, answers, and its own refusals."""
