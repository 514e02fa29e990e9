"""Did it work? The effect of an initiative, by the design that its assignment allows."""

from pipelines.measures.impact.cohorts import CohortSums, cohort_sums
from pipelines.measures.impact.compliance import complier_effect
from pipelines.measures.impact.doubly_robust import doubly_robust
from pipelines.measures.impact.effect import Effect
from pipelines.measures.impact.incident import Matched, incident_matched
from pipelines.measures.impact.judgement import NotIdentifiable, Verdict, suggested, verdict
from pipelines.measures.impact.ladder import Choice, Design, Reason, choose
from pipelines.measures.impact.money import Money, by_gesture, net, together
from pipelines.measures.impact.multiplicity import Adjusted, Judged, adjust, judge, look_level
from pipelines.measures.impact.nonresponse import Bounds, lee_bounds
from pipelines.measures.impact.org_wide import OrgWide, org_wide
from pipelines.measures.impact.permutation import permuted_clusters
from pipelines.measures.impact.randomised import fair_draw, randomised, smallest_detectable_effect
from pipelines.measures.impact.staggered import Staggered, staggered, staggered_from_sums
from pipelines.measures.impact.synthetic import Synthetic, synthetic_did

__all__ = [
    "Adjusted",
    "Bounds",
    "Choice",
    "CohortSums",
    "Design",
    "Effect",
    "Judged",
    "Matched",
    "Money",
    "NotIdentifiable",
    "OrgWide",
    "Reason",
    "Staggered",
    "Synthetic",
    "Verdict",
    "adjust",
    "by_gesture",
    "choose",
    "cohort_sums",
    "complier_effect",
    "doubly_robust",
    "fair_draw",
    "incident_matched",
    "judge",
    "lee_bounds",
    "look_level",
    "net",
    "org_wide",
    "permuted_clusters",
    "randomised",
    "smallest_detectable_effect",
    "staggered",
    "staggered_from_sums",
    "suggested",
    "synthetic_did",
    "together",
    "verdict",
]
