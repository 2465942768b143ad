"""What the business does: operations, guards and computed fields, as plain functions over models."""
