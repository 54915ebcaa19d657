"""How Hypothesis draws: the same examples on every run, and no test fails for being slow."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "rectified", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("rectified")
