"""Clients, as they are public: their versions, and the documents that are registered for these."""

from db.models.clients import ApiClient, ClientVersion, RegisteredDocument
from resolvers.clients.emitters import BESIDE
from resolvers.clients.publishing import publish_documents
from resolvers.clients.versions import ALSO_WHEN_WRITTEN, VERSION, activate_client_version, retire_client_version
from schema.derive.declare import Domain, entity

clients = Domain(
    module="company",
    entities=[
        entity(
            ApiClient,
            read="clients.read",
            write="clients.manage",
            created=ALSO_WHEN_WRITTEN,
            updated=ALSO_WHEN_WRITTEN,
        ),
        entity(ClientVersion, read="clients.read"),
        entity(RegisteredDocument, read="clients.read"),
    ],
    operations=[publish_documents, activate_client_version, retire_client_version],
    machines=[VERSION],
    emitters=BESIDE,
)
