"""In which order a plan reads its relations: a read that names its tenant by itself must do so before it scans any."""

from collections.abc import Mapping
from typing import Any


def scans_in_order(plan: Mapping[str, Any]) -> list[str]:
    """The relations of a plan in the order in which it reads them: a nested loop reads its outer side first."""
    assert plan["Node Type"] not in {"Gather", "Gather Merge"}
    inner = [child for child in plan.get("Plans", []) if child.get("Parent Relationship") != "InitPlan"]
    own = [plan[key] for key in ("CTE Name", "Relation Name") if key in plan]
    return own + [name for child in inner for name in scans_in_order(child)]
