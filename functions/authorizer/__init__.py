"""Says who calls: API Gateway's Lambda authorizer, for JSON Web Tokens."""
