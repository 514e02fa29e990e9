/* ---
about: >
  Sums of products of what may drive loyalty and of loyalty (the mean of the behaviours answered, in twelfths, so
  that sums are exact), in 200 groups of people; `people` is 1 for everybody. An item takes part on its usual scale.
  Items enter in the order of how many answered them, as long as at least four in five of the people with a loyalty
  answer have answered all: a rarely asked item leaves rather than the people who were not asked it. `tops` counts
  who gave both items their top box
grain: [bucket, first_item, second_item]
publish: none
--- */
with told as (
    select answer.response_id, last_survey.bucket, answer.item, answer.value, answer.scale_min, answer.scale_max,
        case
            when answer.scale_max - answer.scale_min in (4, 6, 10) then answer.value >= answer.scale_max - 1
            else answer.value >= answer.scale_max
        end as is_top
    from answer
    join last_survey on last_survey.response_id = answer.response_id
    where answer.item in (
        'success', 'effort', 'emotion', 'valued', 'understood', 'had_to_repeat', 'showed_they_cared', 'listened'
    )
), usual as (
    select item, scale_min, scale_max from told
    group by item, scale_min, scale_max
    qualify row_number() over (partition by item order by count(*) desc, scale_min, scale_max) = 1
), loyalty as (
    select answer.response_id, last_survey.bucket, cast(12 * sum(answer.value) / count(*) as double) as value
    from answer
    join last_survey on last_survey.response_id = answer.response_id
    where answer.item in ('purchase_more', 'recommend', 'forgive', 'trust')
        and answer.scale_min = 1 and answer.scale_max = 7
    group by answer.response_id, last_survey.bucket
), candidate as (
    select told.response_id, told.bucket, told.item, told.value, told.is_top
    from told
    join loyalty on loyalty.response_id = told.response_id
    join usual
        on usual.item = told.item and usual.scale_min = told.scale_min and usual.scale_max = told.scale_max
), place as (
    select item, row_number() over (order by count(*) desc, item) as place from candidate group by item
), placed as (
    select candidate.response_id, place.place,
        row_number() over (partition by candidate.response_id order by place.place) as nth
    from candidate join place on place.item = candidate.item
), reach as (
    select response_id, max(case when place = nth then place else 0 end) as place from placed group by response_id
), reaching as (
    select place, sum(count(*)) over (order by place desc rows between unbounded preceding and current row) as people
    from reach group by place
), kept as (
    select max(place) as place from reaching
    where place > 0 and 5 * people >= 4 * (select count(*) from loyalty)
), complete as (
    select reach.response_id from reach join kept on reach.place >= kept.place
), variable as (
    select candidate.response_id, candidate.bucket, candidate.item, candidate.value, candidate.is_top
    from candidate
    join place on place.item = candidate.item
    join kept on place.place <= kept.place
    join complete on complete.response_id = candidate.response_id
    union all
    select loyalty.response_id, loyalty.bucket, 'loyalty', loyalty.value, false
    from loyalty join complete on complete.response_id = loyalty.response_id
    union all
    select loyalty.response_id, loyalty.bucket, 'people', 1, false
    from loyalty join complete on complete.response_id = loyalty.response_id
)
select one.bucket, one.item as first_item, other.item as second_item, sum(one.value * other.value) as product,
    count(*) filter (where one.is_top and other.is_top) as tops
from variable as one
join variable as other on other.response_id = one.response_id and other.item >= one.item
group by one.bucket, one.item, other.item
