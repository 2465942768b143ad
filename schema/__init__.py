"""What is public: the only folder that speaks GraphQL."""
