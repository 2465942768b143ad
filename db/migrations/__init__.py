"""The two trees of migrations: `catalog` for the control plane, `tenant` for every schema of tenants' tables."""
