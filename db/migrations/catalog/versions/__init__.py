"""The revisions of the control plane, in a line."""
