"""The documents of the order and customer systems, in either of their dialects, read into one shape. Pure."""

from typing import Annotated, Any, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from envelope import CustomerContext, OrderContext, OrderItem
from functions.integration.identifiers import CUSTOMER, ORDER, PRODUCT, is_same, to_id
from functions.integration.known import Customer, Order
from functions.integration.upstream.errors import OtherDocumentError
from functions.integration.upstream.tolerance import Amount, Count, Email, Language, Line, Moment, Phone, line_of

ITEMS_MAX = 200
SOURCE = "lab6"

_CustomerId = Annotated[str | None, BeforeValidator(lambda value: to_id(CUSTOMER, value))]
_ProductId = Annotated[str | None, BeforeValidator(lambda value: to_id(PRODUCT, value))]


def _objects(value: Any) -> list[Any]:
    """The lines that are objects, as many as an event takes."""
    return [item for item in value if isinstance(item, dict)][:ITEMS_MAX] if isinstance(value, list) else []


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class _OrderLine(_Document):
    product_id: _ProductId = None
    product_name: Line = Field(None, validation_alias=AliasChoices("product_name", "name", "nom_produit", "nom"))
    quantity: Count = Field(None, validation_alias=AliasChoices("quantity", "quantite"))
    unit_price: Amount = Field(None, validation_alias=AliasChoices("unit_price", "price", "prix_unitaire", "prix"))


class _OrderDocument(_Document):
    id: int | str = Field(validation_alias=AliasChoices("id", "order_id"))
    customer_id: _CustomerId = Field(None, validation_alias=AliasChoices("customer_id", "client_id"))
    status: Line = Field(None, validation_alias=AliasChoices("status", "statut"))
    total_amount: Amount = Field(None, validation_alias=AliasChoices("total_amount", "total", "montant_total"))
    items: Annotated[list[_OrderLine], BeforeValidator(_objects)] = []
    created_at: Moment = Field(None, validation_alias=AliasChoices("created_at", "date_creation"))


class _CustomerDocument(_Document):
    id: int | str = Field(validation_alias=AliasChoices("id", "customer_id"))
    name: Line = None
    first_name: Line = Field(None, validation_alias=AliasChoices("prenom", "first_name"))
    last_name: Line = Field(None, validation_alias=AliasChoices("nom", "last_name"))
    email: Email = Field(None, validation_alias=AliasChoices("email", "courriel"))
    phone: Phone = Field(None, validation_alias=AliasChoices("telephone", "phone"))
    language: Language = Field("fr", validation_alias=AliasChoices("langue", "language", "preferred_language"))

    @property
    def full_name(self) -> str | None:
        return self.name or line_of(" ".join(part for part in (self.first_name, self.last_name) if part))


class _ListDocument(_Document):
    total: Count = Field(validation_alias=AliasChoices("total", "total_count", "count"))


Read = TypeVar("Read", _OrderDocument, _CustomerDocument)


def read_order(document: Any, order_id: str, orders_total: int | None) -> Order:
    """The order that was asked for by `order_id`. Raises OtherDocumentError for any other document."""
    read = _read(_OrderDocument, document, order_id, ORDER)
    context = OrderContext(
        id=order_id,
        customer_id=read.customer_id,
        status=read.status,
        total_amount=read.total_amount,
        items=tuple(OrderItem(**item.model_dump()) for item in read.items),
        created_at=read.created_at,
        source=SOURCE,
        orders_total=orders_total,
    )
    return Order(context)


def read_customer(document: Any, customer_id: str) -> Customer:
    """The customer that was asked for by `customer_id`. Raises OtherDocumentError for any other document."""
    read = _read(_CustomerDocument, document, customer_id, CUSTOMER)
    context = CustomerContext(
        name=read.full_name, email=read.email, phone=read.phone, language=read.language, source=SOURCE
    )
    return Customer(customer_id, context)


def read_total(document: Any) -> int | None:
    """How many there are, as a list tells it; None where it does not."""
    try:
        return _ListDocument.model_validate(document).total
    except ValidationError:
        return None


def _read(model: type[Read], document: Any, identifier: str, kind: str) -> Read:
    try:
        read = model.model_validate(document)
    except ValidationError:
        # No cause: its text repeats the values.
        raise OtherDocumentError("the answer is not such a document") from None
    if not is_same(str(read.id), identifier, kind):
        raise OtherDocumentError("the answer is about another id")
    return read
