"""What a process tells of itself: counts and times of its operations, its pools, its backlogs, and what was slow."""

from schema.metrics.families import Sources
from schema.metrics.lag import Lag
from schema.metrics.meter import Meter
from schema.metrics.operations import Operations
from schema.metrics.page import MetricsPage
from schema.metrics.taken import SAFE_ID, Taken

__all__ = ["SAFE_ID", "Lag", "Meter", "MetricsPage", "Operations", "Sources", "Taken"]
