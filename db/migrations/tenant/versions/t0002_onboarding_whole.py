"""New hires, what they go through and answer; people's sessions and teams; files; mails.

A flow that was published before gets the frozen revision that publishing makes from now on.
"""

from alembic import op
from sqlalchemy import (
    VARCHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    Enum,
    ForeignKeyConstraint,
    Identity,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects import postgresql

from db.migrations.operations import lift_wall, raise_wall, restore_wall

revision: str = "t0002"
down_revision: str | None = "t0001"
branch_labels: str | None = None
depends_on: str | None = None


# A role was held once by whoever held it; nothing kept it from being written twice.
ONCE = """
delete from user_roles as later using user_roles as earlier
where later.tenant_id = earlier.tenant_id and later.user_id = earlier.user_id
  and later.role_id = earlier.role_id and later.id > earlier.id"""

BUILT_IN = (
    "array['header','description','divider','image','video','link','checklist','text_input','text_area','number',"
    "'date','time','select','multi_select','file_upload','signature','acknowledge_policy','quiz','org_chart',"
    "'meet_the_team','identity_form']"
)
SHOWN_ONLY = "array['header','description','divider','image','video','link','org_chart','meet_the_team']"
FREEZE = f"""
insert into onboarding_flow_revisions
  (tenant_id, id, created_at, updated_at, flow_id, number, name, language, published_at, content)
select flow.tenant_id, uuidv7(), now(), now(), flow.id, flow.revision, flow.name, flow.language,
  coalesce(flow.published_at, now()),
  jsonb_build_object('stages', coalesce((
    select jsonb_agg(jsonb_build_object(
      'id', stage.id, 'name', stage.name, 'description', stage.description, 'type', stage.type,
      'position', stage.position, 'available_offset_days', stage.available_offset_days,
      'due_offset_days', stage.due_offset_days, 'lock', stage.lock, 'visible_if', stage.visible_if,
      'blocks', coalesce((
        select jsonb_agg(jsonb_build_object(
          'id', block.id, 'type', block.type, 'position', block.position, 'content', block.content,
          'config', block.config, 'required', block.required, 'assignee', block.assignee,
          'estimated_minutes', block.estimated_minutes, 'condition', block.condition, 'maps_to', block.maps_to,
          'title', left(coalesce(nullif(block.content, ''), block.type), 200),
          'base', case when block.type = any({BUILT_IN}) then block.type else 'text_input' end,
          'display_only', block.type = any({SHOWN_ONLY}), 'value_schema', null
        ) order by block.position)
        from content_blocks as block where block.tenant_id = stage.tenant_id and block.stage_id = stage.id
      ), '[]'::jsonb)
    ) order by stage.position)
    from stages as stage where stage.tenant_id = flow.tenant_id and stage.flow_id = flow.id
  ), '[]'::jsonb))
from onboarding_flows as flow where flow.status = 'published'"""


def upgrade() -> None:
    op.create_table(
        "content_types",
        Column("name", String(length=60), nullable=False),
        Column("base", String(length=60), nullable=False),
        Column("display_name", String(length=120), nullable=False),
        Column("description", String(length=1000), nullable=True),
        Column("default_config", postgresql.JSONB(), nullable=False),
        Column("config_schema", postgresql.JSONB(), nullable=True),
        Column("value_schema", postgresql.JSONB(), nullable=True),
        Column("is_active", Boolean(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_content_types")),
        UniqueConstraint("tenant_id", "name", name="uq_content_types_name"),
    )
    raise_wall("content_types")
    op.create_table(
        "email_messages",
        Column(
            "template",
            Enum(
                "invitation",
                "reminder",
                "welcome",
                "completion",
                "password_reset",
                "user_invitation",
                name="mailtemplate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("recipient_email", String(length=254), nullable=False),
        Column("locale", String(length=35), nullable=False),
        Column(
            "status",
            Enum("queued", "sent", "failed", name="mailstatus", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        Column("subject_type", String(length=60), nullable=False),
        Column("subject", Uuid(), nullable=False),
        Column("facts", postgresql.JSONB(), nullable=False),
        Column("attempts", Integer(), nullable=False),
        Column("sent_at", DateTime(timezone=True), nullable=True),
        Column("error", String(length=500), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_email_messages")),
    )
    raise_wall("email_messages")
    op.create_table(
        "files",
        Column(
            "purpose",
            Enum(
                "onboarding_answer",
                "company_logo",
                name="filepurpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column(
            "status",
            Enum(
                "pending", "stored", "rejected", name="filestatus", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        Column("filename", String(length=255), nullable=False),
        Column("mime", String(length=127), nullable=False),
        Column("size", Integer(), nullable=False),
        Column("sha256", String(length=64), nullable=True),
        Column("width", Integer(), nullable=True),
        Column("height", Integer(), nullable=True),
        Column("key", String(length=300), nullable=False),
        Column("thumbnails", postgresql.JSONB(), nullable=False),
        Column("uploader_type", String(length=20), nullable=False),
        Column("uploader_id", Uuid(), nullable=True),
        Column("upload_until", DateTime(timezone=True), nullable=False),
        Column("attached_at", DateTime(timezone=True), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        CheckConstraint("size >= 0", name=op.f("ck_files_size_minimum")),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_files")),
    )
    raise_wall("files")
    op.create_index("ix_files_loose", "files", ["tenant_id", "attached_at", "created_at"], unique=False)
    op.create_table(
        "stage_templates",
        Column("name", String(length=120), nullable=False),
        Column("description", String(length=5000), nullable=True),
        Column(
            "category",
            Enum(
                "preboarding",
                "first_day",
                "paperwork",
                "learning",
                "people",
                "offboarding",
                "other",
                name="templatecategory",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column(
            "type",
            Enum(
                "text",
                "media",
                "form",
                "meeting",
                "task",
                name="stagetype",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("default_content", postgresql.JSONB(), nullable=False),
        Column("default_config", postgresql.JSONB(), nullable=False),
        Column("is_public", Boolean(), nullable=False),
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
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stage_templates")),
    )
    raise_wall("stage_templates")
    op.create_index("ix_stage_templates_name_sort", "stage_templates", ["tenant_id", "name_sort", "id"], unique=False)
    op.create_table(
        "password_resets",
        Column("user_id", Uuid(), nullable=False),
        Column(
            "purpose",
            Enum("reset", "invitation", name="proofpurpose", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        Column("token_hash", LargeBinary(), nullable=False),
        Column("expires_at", DateTime(timezone=True), nullable=False),
        Column("used_at", DateTime(timezone=True), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_password_resets_user_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_password_resets")),
    )
    raise_wall("password_resets")
    op.create_index("ix_password_resets_user_id", "password_resets", ["tenant_id", "user_id", "id"], unique=False)
    op.create_table(
        "refresh_tokens",
        Column("user_id", Uuid(), nullable=False),
        Column("family", Uuid(), nullable=False),
        Column("token_hash", LargeBinary(), nullable=False),
        Column("expires_at", DateTime(timezone=True), nullable=False),
        Column("used_at", DateTime(timezone=True), nullable=True),
        Column("revoked_at", DateTime(timezone=True), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_refresh_tokens_user_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_refresh_tokens")),
    )
    raise_wall("refresh_tokens")
    op.create_index("ix_refresh_tokens_expires_at", "refresh_tokens", ["tenant_id", "expires_at"], unique=False)
    op.create_index("ix_refresh_tokens_user_id", "refresh_tokens", ["tenant_id", "user_id", "id"], unique=False)
    op.create_table(
        "teams",
        Column("name", String(length=120), nullable=False),
        Column("description", String(length=5000), nullable=True),
        Column("department", String(length=120), nullable=True),
        Column("manager_id", Uuid(), nullable=True),
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
            ["tenant_id", "manager_id"],
            ["users.tenant_id", "users.id"],
            name="fk_teams_manager_id",
            ondelete="SET NULL (manager_id)",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_teams")),
        UniqueConstraint("tenant_id", "name", name="uq_teams_name"),
    )
    raise_wall("teams")
    op.create_index("ix_teams_manager_id", "teams", ["tenant_id", "manager_id", "id"], unique=False)
    op.create_index("ix_teams_name_sort", "teams", ["tenant_id", "name_sort", "id"], unique=False)
    op.create_table(
        "onboarding_flow_revisions",
        Column("flow_id", Uuid(), nullable=False),
        Column("number", Integer(), nullable=False),
        Column("name", String(length=120), nullable=False),
        Column("language", String(length=35), nullable=False),
        Column("published_at", DateTime(timezone=True), nullable=False),
        Column("content", postgresql.JSONB(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "flow_id"],
            ["onboarding_flows.tenant_id", "onboarding_flows.id"],
            name="fk_onboarding_flow_revisions_flow_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_onboarding_flow_revisions")),
        UniqueConstraint("tenant_id", "flow_id", "number", name="uq_onboarding_flow_revisions_flow_id"),
    )
    raise_wall("onboarding_flow_revisions")
    op.create_index(
        "ix_onboarding_flow_revisions_flow_id",
        "onboarding_flow_revisions",
        ["tenant_id", "flow_id", "id"],
        unique=False,
    )
    op.create_table(
        "team_members",
        Column("team_id", Uuid(), nullable=False),
        Column("user_id", Uuid(), nullable=False),
        Column(
            "role",
            Enum("lead", "member", name="teamrole", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "team_id"],
            ["teams.tenant_id", "teams.id"],
            name="fk_team_members_team_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_team_members_user_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_team_members")),
        UniqueConstraint("tenant_id", "team_id", "user_id", name="uq_team_members_team_id"),
    )
    raise_wall("team_members")
    op.create_index("ix_team_members_team_id", "team_members", ["tenant_id", "team_id", "id"], unique=False)
    op.create_index("ix_team_members_user_id", "team_members", ["tenant_id", "user_id", "id"], unique=False)
    op.create_table(
        "new_hires",
        Column("flow_id", Uuid(), nullable=False),
        Column("revision_id", Uuid(), nullable=False),
        Column("email", String(length=254), nullable=False),
        Column("first_name", String(length=120), nullable=False),
        Column("last_name", String(length=120), nullable=False),
        Column("personal_phone", LargeBinary(), nullable=True),
        Column(
            "status",
            Enum(
                "pending",
                "active",
                "completed",
                "cancelled",
                "expired",
                name="newhirestatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("start_date", Date(), nullable=True),
        Column("position", String(length=120), nullable=True),
        Column("department", String(length=120), nullable=True),
        Column("country", String(length=2), nullable=True),
        Column("timezone", String(length=64), nullable=False),
        Column("locale", String(length=35), nullable=False),
        Column("manager_id", Uuid(), nullable=True),
        Column("buddy_id", Uuid(), nullable=True),
        Column("hr_owner_id", Uuid(), nullable=True),
        Column("invited_at", DateTime(timezone=True), nullable=True),
        Column("invitation_count", Integer(), nullable=False),
        Column("started_at", DateTime(timezone=True), nullable=True),
        Column("completed_at", DateTime(timezone=True), nullable=True),
        Column("cancelled_at", DateTime(timezone=True), nullable=True),
        Column("cancel_reason", String(length=1000), nullable=True),
        Column("last_seen_at", DateTime(timezone=True), nullable=True),
        Column("reminders_sent", Integer(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        Column(
            "first_name_sort",
            Text(collation="C"),
            Computed(
                "lower(regexp_replace(normalize(first_name, NFKD), '[\\u0300-\\u036f]', '', 'g') collate pg_unicode_fast) collate \"C\"",  # noqa: E501 - one text
                persisted=True,
            ),
            nullable=True,
        ),
        Column(
            "last_name_sort",
            Text(collation="C"),
            Computed(
                "lower(regexp_replace(normalize(last_name, NFKD), '[\\u0300-\\u036f]', '', 'g') collate pg_unicode_fast) collate \"C\"",  # noqa: E501 - one text
                persisted=True,
            ),
            nullable=True,
        ),
        ForeignKeyConstraint(
            ["tenant_id", "buddy_id"],
            ["users.tenant_id", "users.id"],
            name="fk_new_hires_buddy_id",
            ondelete="SET NULL (buddy_id)",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "flow_id"],
            ["onboarding_flows.tenant_id", "onboarding_flows.id"],
            name="fk_new_hires_flow_id",
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "hr_owner_id"],
            ["users.tenant_id", "users.id"],
            name="fk_new_hires_hr_owner_id",
            ondelete="SET NULL (hr_owner_id)",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "manager_id"],
            ["users.tenant_id", "users.id"],
            name="fk_new_hires_manager_id",
            ondelete="SET NULL (manager_id)",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "revision_id"],
            ["onboarding_flow_revisions.tenant_id", "onboarding_flow_revisions.id"],
            name="fk_new_hires_revision_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_new_hires")),
    )
    raise_wall("new_hires")
    op.create_index("ix_new_hires_buddy_id", "new_hires", ["tenant_id", "buddy_id", "id"], unique=False)
    op.create_index("ix_new_hires_first_name_sort", "new_hires", ["tenant_id", "first_name_sort", "id"], unique=False)
    op.create_index("ix_new_hires_flow_id", "new_hires", ["tenant_id", "flow_id", "id"], unique=False)
    op.create_index("ix_new_hires_hr_owner_id", "new_hires", ["tenant_id", "hr_owner_id", "id"], unique=False)
    op.create_index("ix_new_hires_last_name_sort", "new_hires", ["tenant_id", "last_name_sort", "id"], unique=False)
    op.create_index("ix_new_hires_manager_id", "new_hires", ["tenant_id", "manager_id", "id"], unique=False)
    op.create_index("ix_new_hires_revision_id", "new_hires", ["tenant_id", "revision_id", "id"], unique=False)
    op.create_index("ix_new_hires_status", "new_hires", ["tenant_id", "status", "last_seen_at", "id"], unique=False)
    op.create_index(
        "uq_new_hires_email",
        "new_hires",
        ["tenant_id", "email"],
        unique=True,
        postgresql_where=text("status = 'pending' or status = 'active'"),
    )
    op.create_table(
        "onboarding_invitations",
        Column("new_hire_id", Uuid(), nullable=False),
        Column("number", Integer(), nullable=False),
        Column("token_hash", LargeBinary(), nullable=False),
        Column("sent_at", DateTime(timezone=True), nullable=False),
        Column("expires_at", DateTime(timezone=True), nullable=False),
        Column("voided_at", DateTime(timezone=True), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "new_hire_id"],
            ["new_hires.tenant_id", "new_hires.id"],
            name="fk_onboarding_invitations_new_hire_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_onboarding_invitations")),
    )
    raise_wall("onboarding_invitations")
    op.create_index(
        "ix_onboarding_invitations_new_hire_id",
        "onboarding_invitations",
        ["tenant_id", "new_hire_id", "id"],
        unique=False,
    )
    op.create_table(
        "progress",
        Column("new_hire_id", Uuid(), nullable=False),
        Column("stage_id", Uuid(), nullable=False),
        Column("content_block_id", Uuid(), nullable=False),
        Column("block_revision", Integer(), nullable=False),
        Column("stage_position", Integer(), nullable=False),
        Column("position", Integer(), nullable=False),
        Column("type", String(length=60), nullable=False),
        Column("title", String(length=200), nullable=False),
        Column(
            "assignee",
            Enum(
                "new_hire",
                "manager",
                "hr",
                "it",
                "buddy",
                name="assignee",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("required", Boolean(), nullable=False),
        Column("display_only", Boolean(), nullable=False),
        Column("live", Boolean(), nullable=False),
        Column("due_on", Date(), nullable=True),
        Column(
            "status",
            Enum(
                "pending",
                "in_progress",
                "completed",
                name="progressstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("started_at", DateTime(timezone=True), nullable=True),
        Column("completed_at", DateTime(timezone=True), nullable=True),
        Column("answer", LargeBinary(), nullable=True),
        Column("attempts", Integer(), nullable=False),
        Column("validation_errors", postgresql.JSONB(), nullable=True),
        Column(
            "review_status",
            Enum(
                "none",
                "accepted",
                "returned",
                name="reviewstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("review_comment", String(length=2000), nullable=True),
        Column("reviewed_by_id", Uuid(), nullable=True),
        Column("completed_by_id", Uuid(), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "completed_by_id"],
            ["users.tenant_id", "users.id"],
            name="fk_progress_completed_by_id",
            ondelete="SET NULL (completed_by_id)",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "new_hire_id"],
            ["new_hires.tenant_id", "new_hires.id"],
            name="fk_progress_new_hire_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "reviewed_by_id"],
            ["users.tenant_id", "users.id"],
            name="fk_progress_reviewed_by_id",
            ondelete="SET NULL (reviewed_by_id)",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_progress")),
        UniqueConstraint("tenant_id", "new_hire_id", "content_block_id", name="uq_progress_content_block_id"),
    )
    raise_wall("progress")
    op.create_index(
        "ix_progress_assignee", "progress", ["tenant_id", "assignee", "status", "due_on", "id"], unique=False
    )
    op.create_index("ix_progress_completed_by_id", "progress", ["tenant_id", "completed_by_id", "id"], unique=False)
    op.create_index("ix_progress_new_hire_id", "progress", ["tenant_id", "new_hire_id", "id"], unique=False)
    op.create_index("ix_progress_reviewed_by_id", "progress", ["tenant_id", "reviewed_by_id", "id"], unique=False)
    op.create_table(
        "stage_progress",
        Column("new_hire_id", Uuid(), nullable=False),
        Column("stage_id", Uuid(), nullable=False),
        Column("name", String(length=120), nullable=False),
        Column("position", Integer(), nullable=False),
        Column("visible", Boolean(), nullable=False),
        Column("due_on", Date(), nullable=True),
        Column("entered_at", DateTime(timezone=True), nullable=True),
        Column("acknowledged_at", DateTime(timezone=True), nullable=True),
        Column("completed_at", DateTime(timezone=True), nullable=True),
        Column("announced_at", DateTime(timezone=True), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "new_hire_id"],
            ["new_hires.tenant_id", "new_hires.id"],
            name="fk_stage_progress_new_hire_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stage_progress")),
        UniqueConstraint("tenant_id", "new_hire_id", "stage_id", name="uq_stage_progress_stage_id"),
    )
    raise_wall("stage_progress")
    op.create_index("ix_stage_progress_new_hire_id", "stage_progress", ["tenant_id", "new_hire_id", "id"], unique=False)
    op.create_table(
        "onboarding_uploads",
        Column("progress_id", Uuid(), nullable=False),
        Column("file_id", Uuid(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["files.tenant_id", "files.id"],
            name="fk_onboarding_uploads_file_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "progress_id"],
            ["progress.tenant_id", "progress.id"],
            name="fk_onboarding_uploads_progress_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_onboarding_uploads")),
    )
    raise_wall("onboarding_uploads")
    op.create_index("ix_onboarding_uploads_file_id", "onboarding_uploads", ["tenant_id", "file_id", "id"], unique=False)
    op.create_index(
        "ix_onboarding_uploads_progress_id", "onboarding_uploads", ["tenant_id", "progress_id", "id"], unique=False
    )
    op.add_column("companies", Column("logo_file_id", Uuid(), nullable=True))
    op.create_index("ix_companies_logo_file_id", "companies", ["tenant_id", "logo_file_id", "id"], unique=False)
    op.add_column("event_outbox", Column("sequence", BigInteger(), Identity(), nullable=False))
    op.drop_index("ix_event_outbox_unpublished", table_name="event_outbox")
    op.create_index("uq_event_outbox_position", "event_outbox", ["tenant_id", "position"], unique=True)
    op.create_index(
        "ix_event_outbox_waiting", "event_outbox", ["sequence"], unique=False, postgresql_where=text("position is null")
    )
    lift_wall("companies", "files")
    op.create_foreign_key(
        "fk_companies_logo_file_id",
        "companies",
        "files",
        ["tenant_id", "logo_file_id"],
        ["tenant_id", "id"],
        ondelete="SET NULL (logo_file_id)",
    )
    restore_wall("companies", "files")
    op.add_column("content_blocks", Column("condition", postgresql.JSONB(), nullable=True))
    op.add_column("content_blocks", Column("maps_to", String(length=120), nullable=True))
    op.add_column("onboarding_flows", Column("default_owner_id", Uuid(), nullable=True))
    op.create_index(
        "ix_onboarding_flows_default_owner_id",
        "onboarding_flows",
        ["tenant_id", "default_owner_id", "id"],
        unique=False,
    )
    lift_wall("onboarding_flows", "users")
    op.create_foreign_key(
        "fk_onboarding_flows_default_owner_id",
        "onboarding_flows",
        "users",
        ["tenant_id", "default_owner_id"],
        ["tenant_id", "id"],
        ondelete="SET NULL (default_owner_id)",
    )
    restore_wall("onboarding_flows", "users")
    op.add_column("stages", Column("visible_if", postgresql.JSONB(), nullable=True))
    lift_wall("user_roles")
    op.execute(ONCE)
    restore_wall("user_roles")
    op.create_unique_constraint("uq_user_roles_user_id", "user_roles", ["tenant_id", "user_id", "role_id"])
    op.add_column("users", Column("department", String(length=120), nullable=True))
    op.add_column("users", Column("locale", String(length=35), nullable=False, server_default=text("'en'")))
    op.alter_column("users", "locale", server_default=None)
    op.add_column("users", Column("timezone", String(length=64), nullable=False, server_default=text("'UTC'")))
    op.alter_column("users", "timezone", server_default=None)
    op.add_column("users", Column("email_verified_at", DateTime(timezone=True), nullable=True))
    op.add_column("users", Column("failed_logins", Integer(), nullable=False, server_default=text("0")))
    op.alter_column("users", "failed_logins", server_default=None)
    op.add_column("users", Column("locked_until", DateTime(timezone=True), nullable=True))
    op.alter_column("users", "password_hash", existing_type=VARCHAR(length=300), nullable=True)
    lift_wall("onboarding_flows", "stages", "content_blocks", "onboarding_flow_revisions")
    op.execute(FREEZE)
    restore_wall("onboarding_flows", "stages", "content_blocks", "onboarding_flow_revisions")
