"""The migrations of the control plane, run once in each installation."""
