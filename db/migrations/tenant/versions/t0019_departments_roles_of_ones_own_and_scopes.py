"""Departments, roles of the company's own, and roles held within a scope; those that are there reach everything."""

from alembic import op
from sqlalchemy import (
    Column,
    Computed,
    DateTime,
    Enum,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from db.migrations.operations import lift_wall, raise_wall, restore_wall

revision: str = "t0019"
down_revision: str | None = "t0018"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "departments",
        Column("name", String(length=120), nullable=False),
        Column("parent_id", Uuid(), nullable=True),
        Column("head_id", Uuid(), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        Column(
            "name_sort",
            Text(collation="C"),
            Computed(
                "lower(regexp_replace(normalize(name, NFKD), '[\\u0300-\\u036f]', '', 'g') collate pg_unicode_fast) collate \"C\"",  # noqa: E501 - one text
                persisted=True,
            ),
            nullable=True,
        ),
        ForeignKeyConstraint(
            ["tenant_id", "head_id"],
            ["users.tenant_id", "users.id"],
            name="fk_departments_head_id",
            ondelete="SET NULL (head_id)",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "parent_id"],
            ["departments.tenant_id", "departments.id"],
            name="fk_departments_parent_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_departments")),
        UniqueConstraint("tenant_id", "name", name="uq_departments_name"),
    )
    raise_wall("departments")
    op.create_index("ix_departments_head_id", "departments", ["tenant_id", "head_id", "id"], unique=False)
    op.create_index("ix_departments_name_sort", "departments", ["tenant_id", "name_sort", "id"], unique=False)
    op.create_index("ix_departments_parent_id", "departments", ["tenant_id", "parent_id", "id"], unique=False)
    op.create_table(
        "role_permissions",
        Column("role_id", Uuid(), nullable=False),
        Column("permission", String(length=60), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "role_id"],
            ["roles.tenant_id", "roles.id"],
            name="fk_role_permissions_role_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_role_permissions")),
        UniqueConstraint("tenant_id", "role_id", "permission", name="uq_role_permissions_role_id"),
    )
    raise_wall("role_permissions")
    op.create_index("ix_role_permissions_role_id", "role_permissions", ["tenant_id", "role_id", "id"], unique=False)
    op.add_column(
        "user_roles",
        Column(
            "scope",
            Enum(
                "tenant",
                "department",
                "team",
                "reports",
                "self",
                name="grantscope",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            server_default="tenant",
            nullable=False,
        ),
    )
    op.alter_column("user_roles", "scope", server_default=None)
    op.add_column("user_roles", Column("department_id", Uuid(), nullable=True))
    op.add_column("user_roles", Column("team_id", Uuid(), nullable=True))
    op.drop_constraint(op.f("uq_user_roles_user_id"), "user_roles", type_="unique")
    op.create_unique_constraint(
        "uq_user_roles_user_id",
        "user_roles",
        ["tenant_id", "user_id", "role_id", "scope", "department_id", "team_id"],
        postgresql_nulls_not_distinct=True,
    )
    department_of_scope = "(scope = 'department') = (department_id is not null)"
    op.create_check_constraint("department_of_scope", "user_roles", department_of_scope)
    op.create_check_constraint("team_of_scope", "user_roles", "(scope = 'team') = (team_id is not null)")
    op.create_index("ix_user_roles_department_id", "user_roles", ["tenant_id", "department_id", "id"], unique=False)
    op.create_index("ix_user_roles_team_id", "user_roles", ["tenant_id", "team_id", "id"], unique=False)
    lift_wall("teams", "user_roles")
    op.create_foreign_key(
        "fk_user_roles_team_id",
        "user_roles",
        "teams",
        ["tenant_id", "team_id"],
        ["tenant_id", "id"],
        ondelete="RESTRICT",
    )
    restore_wall("teams", "user_roles")
    lift_wall("departments", "user_roles")
    op.create_foreign_key(
        "fk_user_roles_department_id",
        "user_roles",
        "departments",
        ["tenant_id", "department_id"],
        ["tenant_id", "id"],
        ondelete="RESTRICT",
    )
    restore_wall("departments", "user_roles")
    op.add_column("users", Column("home_department_id", Uuid(), nullable=True))
    op.create_index("ix_users_home_department_id", "users", ["tenant_id", "home_department_id", "id"], unique=False)
    lift_wall("departments", "users")
    op.create_foreign_key(
        "fk_users_home_department_id",
        "users",
        "departments",
        ["tenant_id", "home_department_id"],
        ["tenant_id", "id"],
        ondelete="RESTRICT",
    )
    restore_wall("departments", "users")
