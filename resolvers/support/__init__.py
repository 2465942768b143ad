"""Support: people of the platform look after companies, and act for their users, in sight of the company."""
