"""An order and a customer as this service passes them on, whoever told of them."""

from dataclasses import dataclass

from envelope import CustomerContext, OrderContext


@dataclass(frozen=True, slots=True)
class Order:
    """What is known of an order; `context.customer_id` says whose it is, None where nobody says."""

    context: OrderContext

    @property
    def product_id(self) -> str | None:
        """The product, where the order is for one alone."""
        items = self.context.items
        return items[0].product_id if len(items) == 1 else None


@dataclass(frozen=True, slots=True)
class Customer:
    """What is known of a customer."""

    customer_id: str
    context: CustomerContext
