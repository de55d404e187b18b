"""What stands in for an order or a customer that nobody can tell of now. Pure.

It has the shape of a real one and makes nothing up that could be taken for real: no name, no address, no amount.
"""

from envelope import CustomerContext, OrderContext
from functions.integration.identifiers import stand_in_for_customer_of
from functions.integration.known import Customer, Order

SIMULATED = "simulated"
STATUS = "unknown"


def simulated_order(order_id: str) -> Order:
    """An order of a customer who stands in for the real one."""
    customer_id = stand_in_for_customer_of(order_id)
    return Order(OrderContext(id=order_id, customer_id=customer_id, status=STATUS, source=SIMULATED))


def simulated_customer(customer_id: str) -> Customer:
    """A customer of whom only the id is known."""
    return Customer(customer_id, CustomerContext(source=SIMULATED))
