"""Whose programs use a company's API, their versions, and the documents that each version brings along."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.choices import Choice
from db.columns import SERVER, column, ref


class ClientKind(Choice):
    """Whose program a client is."""

    FRONTEND = "frontend", "A program of the company's own: a web site, an app."
    PARTNER = "partner", "A program of somebody else, who works with the company."


class ApiClient(TenantOwned, Base):
    """A program that uses the API. It names itself in the header `GraphQL-Client-Name`."""

    __tablename__ = "api_clients"
    __event__ = "client"

    name: Mapped[str] = column(
        max_length=100,
        unique=True,
        create_only=True,
        pattern=r"[A-Za-z0-9@][A-Za-z0-9._@/-]*",
        doc="What it calls itself in `GraphQL-Client-Name`; one of its kind in the company.",
    )
    kind: Mapped[ClientKind] = column(doc="Whose program it is.")
    description: Mapped[str | None] = column(max_length=500, doc="What it is for, in the company's own words.")
    locked: Mapped[bool] = column(
        default=False, doc="Whether requests that name it may run its registered documents only, and no other."
    )
    registers_automatically: Mapped[bool] = column(
        default=False,
        doc="Whether a document that it sends with its hash is registered for it, as Apollo's clients ask for.",
    )


class ClientVersionStatus(Choice):
    """Whether the documents of a version may be run."""

    DRAFT = "draft", "It is being put together; its documents are not found."
    ACTIVE = "active", "Its documents are found, and run."
    RETIRED = "retired", "It is not in use any more; its documents are not found."


class ClientVersion(TenantOwned, Base):
    """One release of a client, and the documents that it sends."""

    __tablename__ = "client_versions"
    __event__ = "client.version"
    __table_args__ = (UniqueConstraint("tenant_id", "client_id", "name", name="uq_client_versions_name"),)

    client_id: Mapped[UUID] = ref(
        "ApiClient", back="versions", on_delete="CASCADE", set_by=SERVER, doc="Whose version it is."
    )
    name: Mapped[str] = column(max_length=60, set_by=SERVER, doc="What it is called, as `1.4.0`.")
    status: Mapped[ClientVersionStatus] = column(
        set_by=SERVER, default=ClientVersionStatus.DRAFT, doc="Whether its documents may be run."
    )


class OperationKind(Choice):
    """What an operation does."""

    QUERY = "query", "It reads."
    MUTATION = "mutation", "It writes."
    SUBSCRIPTION = "subscription", "It watches."


class RestMethod(Choice):
    """The method by which a document is called over REST."""

    GET = "get", "It reads."
    POST = "post", "It makes something, or does something."
    PUT = "put", "It replaces something."
    PATCH = "patch", "It changes something."
    DELETE = "delete", "It removes something."


class RegisteredDocument(TenantOwned, Base):
    """A GraphQL document with one operation that was found to be valid when it was registered."""

    __tablename__ = "registered_documents"
    __event__ = "client.document"
    __table_args__ = (
        UniqueConstraint("tenant_id", "client_version_id", "document_id", name="uq_registered_documents_document_id"),
        Index("ix_registered_documents_hash", "tenant_id", "hash"),
        Index("ix_registered_documents_document_id", "tenant_id", "document_id"),
        UniqueConstraint(
            "tenant_id", "client_version_id", "rest_method", "rest_path", name="uq_registered_documents_rest_path"
        ),
        CheckConstraint("(rest_method is null) = (rest_path is null)", name="rest"),
    )

    client_version_id: Mapped[UUID] = ref(
        "ClientVersion",
        back="documents",
        on_delete="CASCADE",
        set_by=SERVER,
        doc="Which version of which client brought it.",
    )
    document_id: Mapped[str] = column(max_length=200, set_by=SERVER, doc="What the client's tool calls it.")
    hash: Mapped[str] = column(
        max_length=64, set_by=SERVER, doc="SHA-256 of the exact text, in hexadecimal; `sha256:` and this finds it too."
    )
    text: Mapped[str] = column(max_length=100_000, set_by=SERVER, logged=False, doc="The document, byte for byte.")
    operation_name: Mapped[str | None] = column(max_length=200, set_by=SERVER, doc="Name of its operation.")
    operation_kind: Mapped[OperationKind] = column(set_by=SERVER, doc="What its operation does.")
    price: Mapped[int | None] = column(
        set_by=SERVER,
        doc="Points that it costs at most, whatever its variables say; of a subscription, what its first answer does. "
        "Null where it was registered before documents were priced.",
    )
    rest_method: Mapped[RestMethod | None] = column(
        set_by=SERVER, doc="The method by which it is called over REST; null where it is not."
    )
    rest_path: Mapped[str | None] = column(
        max_length=300, set_by=SERVER, doc="The path at which it is called over REST, as `/flows/{flow_id}`."
    )
