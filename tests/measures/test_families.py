import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from pipelines.measures.families import family_errors

PUBLISHED = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
    0.7590, 1.0,
]  # fmt: skip
ORACLE = {"holm": "holm", "benjamini-hochberg": "fdr_bh"}


@pytest.mark.parametrize(("rule", "rejected"), [("holm", 3), ("benjamini-hochberg", 4)])
def test_as_many_are_rejected_as_benjamini_and_hochberg_published(rule, rejected):
    errors = family_errors(PUBLISHED, ["all"] * 15, rule, 0.05)
    assert (np.array(PUBLISHED) <= errors).sum() == rejected


@settings(max_examples=40)
@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=12), st.sampled_from(sorted(ORACLE)))
def test_what_the_ranges_leave_out_is_what_the_rule_rejects(errors, rule):
    rejected = multipletests(errors, 0.05, ORACLE[rule])[0]
    assert (np.array(errors) <= family_errors(errors, [0] * len(errors), rule, 0.05)).tolist() == (
        rejected.tolist()
    )


def test_each_family_has_a_budget_of_its_own():
    errors = family_errors([0.01, 0.01, 0.9, 0.9], ["a", "b", "b", "b"], "holm", 0.05)
    assert errors == pytest.approx([0.05, 0.05 / 3, 0.05 / 3, 0.05 / 3])
