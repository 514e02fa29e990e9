/* ---
about: >
  The weeks in which a survey item got another scale or wording, as series_week tells; no window of several
  weeks reaches back over one. A wording is told by its version, a hash of the question as it was asked
grain: [kpi, iso_week, what]
--- */
select kpi, iso_week, what, form_before as before, form as after from series_week where is_break
