"""The simulated Lab 6: an order service and a customer service, with data of their own and faults on request."""
