"""The closed lists of objectives: what is measured and which way it should go, and how they fare."""

from db.choices import Choice


class MetricType(Choice):
    """What a key result is measured in."""

    NUMBER = "number", "A number of something."
    CURRENCY = "currency", "An amount of money."
    PERCENT = "percent", "A percentage."
    BOOLEAN = "boolean", "Whether it is done: 0 or 1."
    MILESTONE = "milestone", "How much of its milestones is done, by their weights."


class MetricDirection(Choice):
    """Which way a measure should go."""

    INCREASE = "increase", "Up, to the target."
    DECREASE = "decrease", "Down, to the target."
    MAINTAIN = "maintain", "Nowhere: it should stay within a band."


class OkrHealth(Choice):
    """How an objective fares, by how much of its time is over."""

    ON_TRACK = "on_track", "At least nine tenths of what could be expected, or hardly begun."
    AT_RISK = "at_risk", "At least seven tenths of it."
    OFF_TRACK = "off_track", "Less."
