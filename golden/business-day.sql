-- AUM: the rows of the ledger

  with rate as (
  select currency, since, coalesce(lead(since) over past, 'infinity') as until, rate, lag(rate) over past as rate_before, currency = 'CNY' as own
    from (select currency, business_date as since, rate from aum_rate where currency <> 'CNY'
          union all select 'CNY', '-infinity', 1) known
  window past as (partition by currency order by since)),
  
  posting as (
    select d.customer_id, t.account_id, d.from_day, t.business_date, t.sequence, t.id, t.balance_after,
           case when t.kind in ('interest', 'fee') then case when t.direction = 'out' then -t.amount else t.amount end end as earned,
           case when t.kind = 'redemption' then case when t.direction = 'out' then -t.amount else t.amount end end as redeemed
      from aum_todo d cross join lateral (select * from transaction t where t.customer_id = d.customer_id and t.business_date >= d.from_day and t.business_date <= '2026-01-30' and t.business_date >= '2026-01-30' offset 0) t
     where t.balance_after is not null
    union all
    select d.customer_id, b.account_id, d.from_day, d.from_day - 1, null, null,
           case when b.balance_on < d.from_day then b.balance else (
             select t.balance_after from transaction t
              where t.customer_id = b.customer_id and t.account_id = b.account_id and t.business_date < d.from_day and t.balance_after is not null
              order by t.business_date desc, t.sequence desc nulls last, t.id desc limit 1) end,
           null, null
      from aum_todo d join account_balance b on b.customer_id = d.customer_id where d.from_day > '-infinity'),
  asset_account as materialized (
    select a.customer_id, a.id, coalesce(p.class, 'deposit') as class, coalesce(a.currency, 'CNY') as currency, a.opened_on, a.closed_on
      from aum_todo d join account a on a.customer_id = d.customer_id left join product p on p.id = a.product_id
     where coalesce(p.class, 'deposit') not in ('loan', 'card')),
  closing as (
    select distinct on (t.customer_id, t.account_id, s.day)
           t.customer_id, t.account_id, t.from_day, a.class, a.currency, a.closed_on, s.day, t.balance_after as value
      from posting t
      join asset_account a on a.customer_id = t.customer_id and a.id = t.account_id
     cross join lateral (select greatest(t.business_date, a.opened_on, '2026-01-29'::date) as day) s
     where t.balance_after is not null and s.day <= '2026-01-30' and coalesce(s.day < a.closed_on, true)
     order by t.customer_id, t.account_id, s.day, t.business_date desc, t.sequence desc nulls last, t.id desc),
  own_postings as (
    select customer_id, account_id, business_date as day, sum(earned) as earned, sum(redeemed) as redeemed
      from posting where earned is not null or redeemed is not null group by customer_id, account_id, business_date),
  account_level as (
    select customer_id, account_id as position_id, from_day, class, currency, day, value, lag(value, 1, 0::numeric) over past as before,
           lead(day, 1, 'infinity') over past as next_day, coalesce(earned, 0) as earned, coalesce(redeemed, 0) as redeemed
      from (select c.customer_id, c.account_id, c.from_day, c.class, c.currency, c.day, c.value, u.earned, u.redeemed
              from closing c left join own_postings u on u.customer_id = c.customer_id and u.account_id = c.account_id and u.day = c.day
            union all
            select distinct customer_id, account_id, from_day, class, currency, closed_on, 0::numeric, null::numeric, null::numeric
              from closing where closed_on <= '2026-01-30') point
    window past as (partition by customer_id, account_id order by day)),
  
  span as (
    select d.customer_id, d.from_day, h.id, p.class, coalesce(h.currency, 'CNY') as currency, h.bought_on,
           greatest(h.bought_on, '2026-01-29'::date) as first_day, coalesce(h.redeemed_on, h.maturity_date, 'infinity') as end_day
      from aum_todo d join holding h on h.customer_id = d.customer_id join product p on p.id = h.product_id
     where p.class not in ('loan', 'card') and greatest(h.bought_on, '2026-01-29'::date) <= '2026-01-30'
       and coalesce(h.redeemed_on, h.maturity_date, 'infinity') > greatest(h.bought_on, '2026-01-29'::date, d.from_day - 1)),
  valuation as (
    select s.*, v.business_date, v.market_value as value, v.quantity, v.principal,
           row_number() over (partition by s.customer_id, s.id order by v.business_date) as number
      from span s join holding_value v on v.customer_id = s.customer_id and v.holding_id = s.id
     where s.from_day = '-infinity' or v.business_date >= coalesce((
       select max(b.business_date) from holding_value b
        where b.customer_id = s.customer_id and b.holding_id = s.id and b.business_date < s.from_day), '-infinity')),
  value_point as (
    select distinct on (customer_id, id, day) v.*, s.day
      from valuation v
     cross join lateral (select case when number = 1 then first_day else greatest(business_date, first_day) end as day) s
     where s.day <= '2026-01-30' and s.day < end_day
     order by customer_id, id, day, business_date desc),
  holding_level as (
    select customer_id, id as position_id, from_day, class, currency, day, value, coalesce(before, 0) as before, next_day,
           case when value is null then -before
             when before is null then case when bought_on >= '2026-01-29' then coalesce(nullif(principal, 0), value) else value end
             when quantity is not null and quantity_before is not null then
               case when quantity = quantity_before then 0 when quantity = 0 then -before
                 else round((quantity - quantity_before) * value / quantity, 2) end
             when principal is not null and principal_before is not null then principal - principal_before
             else 0 end as moved
      from (
        select point.*, lag(value) over past as before, lag(quantity) over past as quantity_before,
               lag(principal) over past as principal_before, lead(day, 1, 'infinity') over past as next_day
          from (select customer_id, id, from_day, class, currency, bought_on, day, value, quantity, principal from value_point
                union all
                select customer_id, id, from_day, class, currency, bought_on, end_day, null, null, null from (
                  select distinct on (customer_id, id) * from value_point) last where end_day <= '2026-01-30') point
        window past as (partition by customer_id, id order by day)) follow),
  
  level as (
    select customer_id, from_day, class, currency, day, value, before, next_day, null::numeric as moved, earned, redeemed from account_level
    union all
    select customer_id, from_day, class, currency, day, coalesce(value, 0), before, next_day, moved, 0, 0 from holding_level),
  valued as (
    select l.customer_id, l.class, greatest(l.day, r.since) as day, v.*
      from level l
      join rate r on r.currency = l.currency and r.since < l.next_day and r.until > l.day
     cross join lateral (select
       case when r.own then coalesce(l.value, 0) else coalesce(round(l.value * r.rate, 2), 0) end - case
         when r.since < l.day then case when r.own then coalesce(l.before, 0) else coalesce(round(l.before * r.rate, 2), 0) end
         when r.since = l.day then case when r.own then coalesce(l.before, 0) else coalesce(round(l.before * r.rate_before, 2), 0) end
         else case when r.own then coalesce(l.value, 0) else coalesce(round(l.value * r.rate_before, 2), 0) end end as change,
       case when r.since > l.day then 0
         when l.moved is not null then case when r.own then coalesce(l.moved, 0) else coalesce(round(l.moved * r.rate, 2), 0) end
         else case when r.own then coalesce(l.value, 0) else coalesce(round(l.value * r.rate, 2), 0) end - case when r.own then coalesce(l.before, 0) else coalesce(round(l.before * r.rate, 2), 0) end - case when r.own then coalesce(l.earned, 0) else coalesce(round(l.earned * r.rate, 2), 0) end end as flow,
       case when r.since <= l.day and l.moved < 0 then case when r.own then coalesce(l.moved, 0) else coalesce(round(l.moved * r.rate, 2), 0) end else 0 end as taken,
       case when r.since <= l.day then case when r.own then coalesce(l.redeemed, 0) else coalesce(round(l.redeemed * r.rate, 2), 0) end else 0 end as redeemed) v
     where greatest(l.day, r.since) >= l.from_day and greatest(l.day, r.since) <= '2026-01-30'),
  day_sum as (
    select customer_id, day, sum(taken) as taken, sum(redeemed) as redeemed,
           coalesce(sum(change) filter (where class = 'deposit'), 0) as "change_deposit", coalesce(sum(flow) filter (where class = 'deposit'), 0) as "flow_deposit", sum(taken) filter (where class = 'deposit') as "taken_deposit", coalesce(sum(change) filter (where class = 'wealth'), 0) as "change_wealth", coalesce(sum(flow) filter (where class = 'wealth'), 0) as "flow_wealth", sum(taken) filter (where class = 'wealth') as "taken_wealth", coalesce(sum(change) filter (where class = 'fund'), 0) as "change_fund", coalesce(sum(flow) filter (where class = 'fund'), 0) as "flow_fund", sum(taken) filter (where class = 'fund') as "taken_fund", coalesce(sum(change) filter (where class = 'insurance'), 0) as "change_insurance", coalesce(sum(flow) filter (where class = 'insurance'), 0) as "flow_insurance", sum(taken) filter (where class = 'insurance') as "taken_insurance", coalesce(sum(change) filter (where class = 'bond'), 0) as "change_bond", coalesce(sum(flow) filter (where class = 'bond'), 0) as "flow_bond", sum(taken) filter (where class = 'bond') as "taken_bond"
      from valued group by customer_id, day),
  day_change as (
    select customer_id, day, "change_deposit", "flow_deposit" - case when earning = 'deposit' then taken + redeemed else 0 end as "flow_deposit", "change_wealth", "flow_wealth" - case when earning = 'wealth' then taken + redeemed else 0 end as "flow_wealth", "change_fund", "flow_fund" - case when earning = 'fund' then taken + redeemed else 0 end as "flow_fund", "change_insurance", "flow_insurance" - case when earning = 'insurance' then taken + redeemed else 0 end as "flow_insurance", "change_bond", "flow_bond" - case when earning = 'bond' then taken + redeemed else 0 end as "flow_bond"
      from day_sum
     cross join lateral (select case when taken <> 0 and redeemed <> 0 then case least("taken_deposit", "taken_wealth", "taken_fund", "taken_insurance", "taken_bond") when "taken_deposit" then 'deposit' when "taken_wealth" then 'wealth' when "taken_fund" then 'fund' when "taken_insurance" then 'insurance' when "taken_bond" then 'bond' end end as earning) e
    union all
    select d.customer_id, null, coalesce((a.parts ->> 'deposit')::numeric, 0), 0, coalesce((a.parts ->> 'wealth')::numeric, 0), 0, coalesce((a.parts ->> 'fund')::numeric, 0), 0, coalesce((a.parts ->> 'insurance')::numeric, 0), 0, coalesce((a.parts ->> 'bond')::numeric, 0), 0
      from aum_todo d
     cross join lateral (select parts from aum_daily a where a.customer_id = d.customer_id and a.business_date < d.from_day
                          order by a.business_date desc limit 1) a
     where d.from_day > '-infinity'),
  standing as (
    select customer_id, day, sum("change_deposit") over past as "amount_deposit", "change_deposit", "flow_deposit", sum("change_wealth") over past as "amount_wealth", "change_wealth", "flow_wealth", sum("change_fund") over past as "amount_fund", "change_fund", "flow_fund", sum("change_insurance") over past as "amount_insurance", "change_insurance", "flow_insurance", sum("change_bond") over past as "amount_bond", "change_bond", "flow_bond"
      from day_change
    window past as (partition by customer_id order by day nulls first))
  insert into "aum_step_d2081479" (customer_id, business_date, parts, flows, "amount_all", "change_all", "flow_all",
    "amount_deposit", "change_deposit", "flow_deposit", "amount_wealth", "change_wealth", "flow_wealth", "amount_fund", "change_fund", "flow_fund", "amount_insurance", "change_insurance", "flow_insurance", "amount_bond", "change_bond", "flow_bond")
  select customer_id, day, ('{' || concat_ws(',', case when "amount_deposit" <> 0 then '"deposit":"' || "amount_deposit"::numeric(20,2) || '"' end, case when "amount_wealth" <> 0 then '"wealth":"' || "amount_wealth"::numeric(20,2) || '"' end, case when "amount_fund" <> 0 then '"fund":"' || "amount_fund"::numeric(20,2) || '"' end, case when "amount_insurance" <> 0 then '"insurance":"' || "amount_insurance"::numeric(20,2) || '"' end, case when "amount_bond" <> 0 then '"bond":"' || "amount_bond"::numeric(20,2) || '"' end) || '}')::jsonb,
         case when true and "flow_wealth" = 0 and "flow_fund" = 0 and "flow_insurance" = 0 and "flow_bond" = 0 then null else ('{' || concat_ws(',', case when "flow_deposit" <> 0 then '"deposit":"' || "flow_deposit"::numeric(20,2) || '"' end, case when "flow_wealth" <> 0 then '"wealth":"' || "flow_wealth"::numeric(20,2) || '"' end, case when "flow_fund" <> 0 then '"fund":"' || "flow_fund"::numeric(20,2) || '"' end, case when "flow_insurance" <> 0 then '"insurance":"' || "flow_insurance"::numeric(20,2) || '"' end, case when "flow_bond" <> 0 then '"bond":"' || "flow_bond"::numeric(20,2) || '"' end) || '}')::jsonb end,
         "amount_deposit" + "amount_wealth" + "amount_fund" + "amount_insurance" + "amount_bond", "change_deposit" + "change_wealth" + "change_fund" + "change_insurance" + "change_bond", "flow_deposit" + "flow_wealth" + "flow_fund" + "flow_insurance" + "flow_bond",
         "amount_deposit", "change_deposit", "flow_deposit", "amount_wealth", "change_wealth", "flow_wealth", "amount_fund", "change_fund", "flow_fund", "amount_insurance", "change_insurance", "flow_insurance", "amount_bond", "change_bond", "flow_bond"
    from standing
   where day is not null and ("change_deposit" <> 0 or "flow_deposit" <> 0 or "change_wealth" <> 0 or "flow_wealth" <> 0 or "change_fund" <> 0 or "flow_fund" <> 0 or "change_insurance" <> 0 or "flow_insurance" <> 0 or "change_bond" <> 0 or "flow_bond" <> 0);

-- Metrics: one scan per entity, one write
with "account_scan" as (
  select t.customer_id, sum(case when coalesce(t."currency", 'CNY') = 'CNY' then t."balance"
    else round(t."balance" * ('{"USD":"7.10","EUR":"8.20","HKD":"0.91","GBP":"9.50","JPY":"0.048"}'::jsonb ->> t."currency")::numeric, 2) end) filter (where ((t."kind" IS DISTINCT FROM 'term'::text) AND (t."closed_on" IS NULL))) as "demand_deposits",
    count(*) filter (where (((t."opened_on" IS NULL) OR (t."opened_on" <= '2026-01-30'::date)) AND ((t."closed_on" IS NULL) OR (t."closed_on" > '2026-01-30'::date)))) as "accounts_held"
  from "account" t
  group by t.customer_id),
"transaction_scan" as (
  select t.customer_id, sum(case when coalesce(t."currency", 'CNY') = 'CNY' then t."amount"
    else round(t."amount" * ('{"USD":"7.10","EUR":"8.20","HKD":"0.91","GBP":"9.50","JPY":"0.048"}'::jsonb ->> t."currency")::numeric, 2) end) filter (where t."business_date" >= '2026-01-30'::date and ((t."direction" = 'in'::text) AND (t."kind" IS DISTINCT FROM 'purchase'::text) AND (t."kind" IS DISTINCT FROM 'redemption'::text))) as "inflow_1d",
    sum(case when coalesce(t."currency", 'CNY') = 'CNY' then t."amount"
    else round(t."amount" * ('{"USD":"7.10","EUR":"8.20","HKD":"0.91","GBP":"9.50","JPY":"0.048"}'::jsonb ->> t."currency")::numeric, 2) end) filter (where t."business_date" >= '2026-01-30'::date and ((t."direction" = 'out'::text) AND (t."kind" IS DISTINCT FROM 'purchase'::text) AND (t."kind" IS DISTINCT FROM 'redemption'::text))) as "outflow_1d",
    sum(case when coalesce(t."currency", 'CNY') = 'CNY' then t."amount"
    else round(t."amount" * ('{"USD":"7.10","EUR":"8.20","HKD":"0.91","GBP":"9.50","JPY":"0.048"}'::jsonb ->> t."currency")::numeric, 2) end) filter (where t."business_date" >= '2026-01-01'::date and ((t."direction" = 'in'::text) AND (t."kind" IS DISTINCT FROM 'purchase'::text) AND (t."kind" IS DISTINCT FROM 'redemption'::text))) as "inflow_30d",
    sum(case when coalesce(t."currency", 'CNY') = 'CNY' then t."amount"
    else round(t."amount" * ('{"USD":"7.10","EUR":"8.20","HKD":"0.91","GBP":"9.50","JPY":"0.048"}'::jsonb ->> t."currency")::numeric, 2) end) filter (where t."business_date" >= '2026-01-01'::date and ((t."direction" = 'out'::text) AND (t."kind" IS DISTINCT FROM 'purchase'::text) AND (t."kind" IS DISTINCT FROM 'redemption'::text))) as "outflow_30d",
    sum(case when coalesce(t."currency", 'CNY') = 'CNY' then t."amount"
    else round(t."amount" * ('{"USD":"7.10","EUR":"8.20","HKD":"0.91","GBP":"9.50","JPY":"0.048"}'::jsonb ->> t."currency")::numeric, 2) end) filter (where t."business_date" >= '2025-11-02'::date and ((t."direction" = 'in'::text) AND (t."kind" IS DISTINCT FROM 'purchase'::text) AND (t."kind" IS DISTINCT FROM 'redemption'::text))) as "inflow_90d",
    sum(case when coalesce(t."currency", 'CNY') = 'CNY' then t."amount"
    else round(t."amount" * ('{"USD":"7.10","EUR":"8.20","HKD":"0.91","GBP":"9.50","JPY":"0.048"}'::jsonb ->> t."currency")::numeric, 2) end) filter (where t."business_date" >= '2025-11-02'::date and ((t."direction" = 'in'::text) AND (t."kind" = ANY('{salary,pension}'::text[])))) as "salary_90d",
    max(case when coalesce(t."currency", 'CNY') = 'CNY' then t."amount"
    else round(t."amount" * ('{"USD":"7.10","EUR":"8.20","HKD":"0.91","GBP":"9.50","JPY":"0.048"}'::jsonb ->> t."currency")::numeric, 2) end) filter (where t."business_date" >= '2026-01-01'::date and ((t."direction" = 'out'::text) AND (t."kind" IS DISTINCT FROM 'purchase'::text) AND (t."kind" IS DISTINCT FROM 'redemption'::text))) as "largest_outflow_30d",
    count(*) filter (where t."business_date" >= '2026-01-01'::date and ((t."kind" IS DISTINCT FROM 'interest'::text) AND (t."kind" IS DISTINCT FROM 'fee'::text))) as "transactions_30d",
    max(t."business_date") filter (where ((t."kind" IS DISTINCT FROM 'interest'::text) AND (t."kind" IS DISTINCT FROM 'fee'::text))) as "last_transaction_date",
    count(*) filter (where t."business_date" >= '2025-11-02'::date and ((t."kind" IS DISTINCT FROM 'interest'::text) AND (t."kind" IS DISTINCT FROM 'fee'::text))) as "transactions_90d"
  from "transaction" t where t.business_date <= '2026-01-30'::date
  group by t.customer_id),
"login_scan" as (
  select t.customer_id, count(*) filter (where t."business_date" >= '2026-01-01'::date) as "logins_30d",
    max(t."business_date") as "last_login_date"
  from "login" t where t.business_date <= '2026-01-30'::date
  group by t.customer_id),
"interaction_scan" as (
  select t.customer_id, max((t."at" at time zone 'Asia/Shanghai')::date) filter (where (NOT (t."result" IS NOT DISTINCT FROM 'no_answer'::text))) as "last_contact_date"
  from "interaction" t
  group by t.customer_id),
"holding_scan" as (
  select t.customer_id, count(*) filter (where (((t."bought_on" IS NULL) OR (t."bought_on" <= '2026-01-30'::date)) AND ((t."redeemed_on" IS NULL) OR (t."redeemed_on" > '2026-01-30'::date)) AND ((t."maturity_date" IS NULL) OR (t."maturity_date" > '2026-01-30'::date)))) as "holdings_held",
    min(t."maturity_date") filter (where ((t."redeemed_on" IS NULL) AND (t."maturity_date" >= '2026-01-30'::date))) as "next_maturity_date",
    sum(case when coalesce(t."currency", 'CNY') = 'CNY' then t."market_value"
    else round(t."market_value" * ('{"USD":"7.10","EUR":"8.20","HKD":"0.91","GBP":"9.50","JPY":"0.048"}'::jsonb ->> t."currency")::numeric, 2) end) filter (where (((t."bought_on" IS NULL) OR (t."bought_on" <= '2026-01-30'::date)) AND ((t."redeemed_on" IS NULL) OR (t."redeemed_on" > '2026-01-30'::date)) AND ((t."maturity_date" IS NULL) OR (t."maturity_date" > '2026-01-30'::date)))) as "holdings_value",
    sum(case when coalesce(t."currency", 'CNY') = 'CNY' then t."market_value"
    else round(t."market_value" * ('{"USD":"7.10","EUR":"8.20","HKD":"0.91","GBP":"9.50","JPY":"0.048"}'::jsonb ->> t."currency")::numeric, 2) end) filter (where ((t_product."sector" = 'technology'::text) AND ((t."bought_on" IS NULL) OR (t."bought_on" <= '2026-01-30'::date)) AND ((t."redeemed_on" IS NULL) OR (t."redeemed_on" > '2026-01-30'::date)) AND ((t."maturity_date" IS NULL) OR (t."maturity_date" > '2026-01-30'::date)))) as "tech_holdings",
    count(*) filter (where t."bought_on" >= '2025-01-31'::date and (t_product."asset_type" = 'fixed_income'::text)) as "fixed_income_purchases_365d"
  from "holding" t left join "product" t_product on t_product.id = t."product_id"
  group by t.customer_id),
"loan_scan" as (
  select t.customer_id, count(*) filter (where ((t."status" IS DISTINCT FROM 'repaid'::text) AND ((t."granted_on" IS NULL) OR (t."granted_on" <= '2026-01-30'::date)) AND ((t."maturity_date" IS NULL) OR (t."maturity_date" > '2026-01-30'::date)))) as "loans_held",
    count(*) filter (where ((t."status" = ANY('{overdue,defaulted}'::text[])) AND ((t."granted_on" IS NULL) OR (t."granted_on" <= '2026-01-30'::date)))) as "loans_overdue"
  from "loan" t
  group by t.customer_id),
"complaint_scan" as (
  select t.customer_id, count(*) filter (where t."business_date" >= '2025-01-31'::date) as "complaints_365d"
  from "complaint" t where t.business_date >= '2025-01-31'::date and t.business_date <= '2026-01-30'::date
  group by t.customer_id),
"page_view_scan" as (
  select t.customer_id, count(*) filter (where t."business_date" >= '2026-01-24'::date and (t."topic" = 'fund'::text)) as "fund_views_7d",
    count(*) filter (where t."business_date" >= '2025-11-02'::date and (t."topic" = 'fund'::text)) as "fund_views_90d"
  from "page_view" t where t.business_date >= '2025-11-02'::date and t.business_date <= '2026-01-30'::date
  group by t.customer_id),
"survey_scan" as (
  select t.customer_id, (array_agg(t."score" order by t."business_date" desc, t.id desc) filter (where t."business_date" >= '2025-01-31'::date))[1] as "last_score"
  from "survey" t where t.business_date >= '2025-01-31'::date and t.business_date <= '2026-01-30'::date
  group by t.customer_id),
written as (insert into "customer_metric" (customer_id, as_of, "aum", "aum_previous", "deposits", "wealth_products", "funds", "demand_deposits", "inflow_1d", "outflow_1d", "inflow_30d", "outflow_30d", "inflow_90d", "salary_90d", "largest_outflow_30d", "transactions_30d", "last_transaction_date", "logins_30d", "last_login_date", "last_contact_date", "accounts_held", "holdings_held", "loans_held", "loans_overdue", "next_maturity_date", "aum_90d_ago", "aum_180d_ago", "transactions_90d", "holdings_value", "tech_holdings", "fixed_income_purchases_365d", "complaints_365d", "fund_views_7d", "fund_views_90d", "last_score")
  select c.id, '2026-01-30', n."aum", n."aum_previous", n."deposits", n."wealth_products", n."funds", n."demand_deposits", n."inflow_1d", n."outflow_1d", n."inflow_30d", n."outflow_30d", n."inflow_90d", n."salary_90d", n."largest_outflow_30d", n."transactions_30d", n."last_transaction_date", n."logins_30d", n."last_login_date", n."last_contact_date", n."accounts_held", n."holdings_held", n."loans_held", n."loans_overdue", n."next_maturity_date", n."aum_90d_ago", n."aum_180d_ago", n."transactions_90d", n."holdings_value", n."tech_holdings", n."fixed_income_purchases_365d", n."complaints_365d", n."fund_views_7d", n."fund_views_90d", n."last_score"
  from customer c
  left join "customer_metric" m on m.customer_id = c.id
  left join "customer_aum" a on a.customer_id = c.id
  left join "account_scan" on "account_scan".customer_id = c.id
  left join "transaction_scan" on "transaction_scan".customer_id = c.id
  left join "login_scan" on "login_scan".customer_id = c.id
  left join "interaction_scan" on "interaction_scan".customer_id = c.id
  left join "holding_scan" on "holding_scan".customer_id = c.id
  left join "loan_scan" on "loan_scan".customer_id = c.id
  left join "complaint_scan" on "complaint_scan".customer_id = c.id
  left join "page_view_scan" on "page_view_scan".customer_id = c.id
  left join "survey_scan" on "survey_scan".customer_id = c.id
  cross join lateral (select
    coalesce(a.total, 0) as "aum",
    coalesce(case when a.changed_on = '2026-01-30' then a.previous_total else a.total end, 0) as "aum_previous",
    coalesce((a.parts ->> 'deposit')::numeric, 0) as "deposits",
    coalesce((a.parts ->> 'wealth')::numeric, 0) as "wealth_products",
    coalesce((a.parts ->> 'fund')::numeric, 0) as "funds",
    coalesce("account_scan"."demand_deposits", 0) as "demand_deposits",
    coalesce("transaction_scan"."inflow_1d", 0) as "inflow_1d",
    coalesce("transaction_scan"."outflow_1d", 0) as "outflow_1d",
    coalesce("transaction_scan"."inflow_30d", 0) as "inflow_30d",
    coalesce("transaction_scan"."outflow_30d", 0) as "outflow_30d",
    coalesce("transaction_scan"."inflow_90d", 0) as "inflow_90d",
    coalesce("transaction_scan"."salary_90d", 0) as "salary_90d",
    "transaction_scan"."largest_outflow_30d" as "largest_outflow_30d",
    coalesce("transaction_scan"."transactions_30d", 0) as "transactions_30d",
    "transaction_scan"."last_transaction_date" as "last_transaction_date",
    coalesce("login_scan"."logins_30d", 0) as "logins_30d",
    "login_scan"."last_login_date" as "last_login_date",
    "interaction_scan"."last_contact_date" as "last_contact_date",
    coalesce("account_scan"."accounts_held", 0) as "accounts_held",
    coalesce("holding_scan"."holdings_held", 0) as "holdings_held",
    coalesce("loan_scan"."loans_held", 0) as "loans_held",
    coalesce("loan_scan"."loans_overdue", 0) as "loans_overdue",
    "holding_scan"."next_maturity_date" as "next_maturity_date",
    coalesce((select l.total from aum_daily l where l.customer_id = c.id and l.business_date <= '2025-11-01'::date
      order by l.business_date desc limit 1), 0) as "aum_90d_ago",
    coalesce((select l.total from aum_daily l where l.customer_id = c.id and l.business_date <= '2025-08-03'::date
      order by l.business_date desc limit 1), 0) as "aum_180d_ago",
    coalesce("transaction_scan"."transactions_90d", 0) as "transactions_90d",
    coalesce("holding_scan"."holdings_value", 0) as "holdings_value",
    coalesce("holding_scan"."tech_holdings", 0) as "tech_holdings",
    coalesce("holding_scan"."fixed_income_purchases_365d", 0) as "fixed_income_purchases_365d",
    coalesce("complaint_scan"."complaints_365d", 0) as "complaints_365d",
    coalesce("page_view_scan"."fund_views_7d", 0) as "fund_views_7d",
    coalesce("page_view_scan"."fund_views_90d", 0) as "fund_views_90d",
    "survey_scan"."last_score" as "last_score") n
  where (m.customer_id is null
    or (n."aum", n."aum_previous", n."deposits", n."wealth_products", n."funds", n."demand_deposits", n."inflow_1d", n."outflow_1d", n."inflow_30d", n."outflow_30d", n."inflow_90d", n."salary_90d", n."largest_outflow_30d", n."transactions_30d", n."last_transaction_date", n."logins_30d", n."last_login_date", n."last_contact_date", n."accounts_held", n."holdings_held", n."loans_held", n."loans_overdue", n."next_maturity_date", n."aum_90d_ago", n."aum_180d_ago", n."transactions_90d", n."holdings_value", n."tech_holdings", n."fixed_income_purchases_365d", n."complaints_365d", n."fund_views_7d", n."fund_views_90d", n."last_score") is distinct from (m."aum", m."aum_previous", m."deposits", m."wealth_products", m."funds", m."demand_deposits", m."inflow_1d", m."outflow_1d", m."inflow_30d", m."outflow_30d", m."inflow_90d", m."salary_90d", m."largest_outflow_30d", m."transactions_30d", m."last_transaction_date", m."logins_30d", m."last_login_date", m."last_contact_date", m."accounts_held", m."holdings_held", m."loans_held", m."loans_overdue", m."next_maturity_date", m."aum_90d_ago", m."aum_180d_ago", m."transactions_90d", m."holdings_value", m."tech_holdings", m."fixed_income_purchases_365d", m."complaints_365d", m."fund_views_7d", m."fund_views_90d", m."last_score"))
  on conflict (customer_id) do update set as_of = excluded.as_of,
    "aum" = excluded."aum", "aum_previous" = excluded."aum_previous", "deposits" = excluded."deposits", "wealth_products" = excluded."wealth_products", "funds" = excluded."funds", "demand_deposits" = excluded."demand_deposits", "inflow_1d" = excluded."inflow_1d", "outflow_1d" = excluded."outflow_1d", "inflow_30d" = excluded."inflow_30d", "outflow_30d" = excluded."outflow_30d", "inflow_90d" = excluded."inflow_90d", "salary_90d" = excluded."salary_90d", "largest_outflow_30d" = excluded."largest_outflow_30d", "transactions_30d" = excluded."transactions_30d", "last_transaction_date" = excluded."last_transaction_date", "logins_30d" = excluded."logins_30d", "last_login_date" = excluded."last_login_date", "last_contact_date" = excluded."last_contact_date", "accounts_held" = excluded."accounts_held", "holdings_held" = excluded."holdings_held", "loans_held" = excluded."loans_held", "loans_overdue" = excluded."loans_overdue", "next_maturity_date" = excluded."next_maturity_date", "aum_90d_ago" = excluded."aum_90d_ago", "aum_180d_ago" = excluded."aum_180d_ago", "transactions_90d" = excluded."transactions_90d", "holdings_value" = excluded."holdings_value", "tech_holdings" = excluded."tech_holdings", "fixed_income_purchases_365d" = excluded."fixed_income_purchases_365d", "complaints_365d" = excluded."complaints_365d", "fund_views_7d" = excluded."fund_views_7d", "fund_views_90d" = excluded."fund_views_90d", "last_score" = excluded."last_score"
  returning (xmax = 0) as first)
select count(*) as changed, count(*) filter (where first) as first from written;

-- Tiers: who is not in the tier of the day
with moved as materialized (select c.id, c.tier as previous, v.tier, (select to_jsonb(v) from (select (m."aum")::text as "aum", (c."kind")::text as "kind", (m."inflow_90d")::text as "inflow_90d", (m."loans_overdue")::text as "loans_overdue") v) as values
from customer c
join "customer_metric" m on m.customer_id = c.id
cross join lateral (select case when (m."aum" > '5000000'::bigint) then 'high_net_worth'
  when (m."aum" > '1000000'::bigint) then 'wealth'
  when ((c."kind" = 'person'::text) AND (m."inflow_90d" >= '150000'::bigint) AND (m."loans_overdue" = '0'::bigint)) then 'potential'
  else 'mass' end as tier) v
where c.tier is distinct from v.tier)
select * from moved limit 20000;

-- Tags: whose tags are not those of the day
with retagged as materialized (select c.id, m.tags as before, v.tags as now, (select to_jsonb(v) from (select (m."transactions_30d")::text as "transactions_30d", (k2."days_silent")::text as "days_silent", (m."accounts_held")::text as "accounts_held", (k1."days_since_opened")::text as "days_since_opened", (m."demand_deposits")::text as "demand_deposits", (k1."days_to_maturity")::text as "days_to_maturity", (k1."days_since_login")::text as "days_since_login", (m."salary_90d")::text as "salary_90d", (m."loans_overdue")::text as "loans_overdue", (m."holdings_held")::text as "holdings_held", (c."risk_assessed_on")::text as "risk_assessed_on", (m."holdings_value")::text as "holdings_value", (m."tech_holdings")::text as "tech_holdings", (m."aum_180d_ago")::text as "aum_180d_ago", (m."aum_90d_ago")::text as "aum_90d_ago", (m."aum")::text as "aum", (m."transactions_90d")::text as "transactions_90d", (m."complaints_365d")::text as "complaints_365d", (k1."age")::text as "age", (m."fixed_income_purchases_365d")::text as "fixed_income_purchases_365d", (m."deposits")::text as "deposits", (m."fund_views_7d")::text as "fund_views_7d", (m."fund_views_90d")::text as "fund_views_90d") v) as values
from customer c
join "customer_metric" m on m.customer_id = c.id
cross join lateral (select (coalesce(m."last_transaction_date", c."since"))::date as "last_activity_date",
  round(('2026-01-30'::date - m."last_login_date")::numeric, 0) as "days_since_login",
  round((m."next_maturity_date" - '2026-01-30'::date)::numeric, 0) as "days_to_maturity",
  round(trunc((extract(year FROM age('2026-01-30'::date::timestamp, c."birth_date"::timestamp)) * 12 + extract(month FROM age('2026-01-30'::date::timestamp, c."birth_date"::timestamp))) / 12), 0) as "age",
  round(('2026-01-30'::date - c."since")::numeric, 0) as "days_since_opened") k1
cross join lateral (select round(('2026-01-30'::date - k1."last_activity_date")::numeric, 0) as "days_silent") k2
cross join lateral (select array_remove(array[case when (m."transactions_30d" > '10'::bigint) then 'frequent_trader' end,
  case when ((k2."days_silent" >= '30'::bigint) AND (m."accounts_held" > '0'::bigint)) then 'silence_warning' end,
  case when ((k2."days_silent" >= '90'::bigint) AND (m."accounts_held" > '0'::bigint)) then 'silent' end,
  case when ((k1."days_since_opened" >= '0'::bigint) AND (k1."days_since_opened" <= '30'::bigint)) then 'new_customer' end,
  case when (m."demand_deposits" > '300000'::bigint) then 'large_demand_deposits' end,
  case when ((k1."days_to_maturity" >= '0'::bigint) AND (k1."days_to_maturity" <= '15'::bigint)) then 'maturing_soon' end,
  case when (k1."days_since_login" >= '30'::bigint) then 'digital_lapsed' end,
  case when (m."salary_90d" > '0'::bigint) then 'salary_account' end,
  case when (m."loans_overdue" > '0'::bigint) then 'credit_risk' end,
  case when ((m."holdings_held" > '0'::bigint) AND (c."risk_assessed_on" < '2025-01-30'::date)) then 'risk_assessment_expired' end,
  case when ((m."holdings_value" > '0'::bigint) AND ((m."tech_holdings"::numeric * '100'::numeric) > (m."holdings_value"::numeric * '60'::numeric))) then 'tech_lover' end,
  case when ((k1."days_since_opened" > '1826'::bigint) AND (m."aum_180d_ago" > '0'::bigint) AND ((m."aum_90d_ago"::numeric * '100'::numeric) >= (m."aum_180d_ago"::numeric * '102'::numeric)) AND ((m."aum"::numeric * '100'::numeric) >= (m."aum_90d_ago"::numeric * '102'::numeric))) then 'loyal' end,
  case when ((m."aum" > '500000'::bigint) AND (m."transactions_90d" < '3'::bigint)) then 'activation_target' end,
  case when ((m."loans_overdue" >= '2'::bigint) OR (m."complaints_365d" >= '3'::bigint)) then 'high_risk' end,
  case when (k1."age" < '35'::bigint) then 'age_young' end,
  case when ((k1."age" >= '35'::bigint) AND (k1."age" < '60'::bigint)) and ((k1."age" < '35'::bigint)) is not true then 'age_middle' end,
  case when (k1."age" >= '60'::bigint) and ((k1."age" < '35'::bigint)) is not true and (((k1."age" >= '35'::bigint) AND (k1."age" < '60'::bigint))) is not true then 'age_senior' end,
  case when (m."fixed_income_purchases_365d" >= '3'::bigint) then 'steady_income' end,
  case when ((m."aum" > '0'::bigint) AND ((m."deposits"::numeric * '100'::numeric) >= (m."aum"::numeric * '80'::numeric)) AND (m."fund_views_7d" >= '5'::bigint) AND ((m."fund_views_90d"::numeric - m."fund_views_7d"::numeric) <= '2'::numeric)) then 'preference_shift' end,
  case when ('watched' = any(m.tags) and not exists (select from customer_tag g
      where g.customer_id = c.id and g.tag = 'watched' and g.until is null and g.expires_on <= '2026-01-30'::date)) then 'watched' end]::text[], null) as tags) v
where m.tags is distinct from v.tags)
select * from retagged limit 20000;

-- Rule large_outflow: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, null as subject_id, null as event_id,
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true, true, ((m."aum_previous" > '5000000'::bigint)) is true, ((m."aum_previous" > '5000000'::bigint)) is true, ((m."aum_previous" > '5000000'::bigint)) is true] as holds, array[case when (m."aum_previous" > '5000000'::bigint) then 'highest' else 'high' end, null, null, null, null]::text[] as levels, (select to_jsonb(v) from (select (m."outflow_1d")::text as "outflow_1d", (m."aum_previous")::text as "aum_previous", (m."aum")::text as "aum", ((round(div(m."outflow_1d"::numeric * 1000000000000000000000, nullif(m."aum_previous"::numeric, 0)) * 0.000000000000000000001, 20) * '100'::numeric))::text as "outflow_share") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id


cross join lateral (select ('2026-01-30'::date)::text as occasion, 'then' as branch) o
where exists (select from "transaction" f where f.customer_id = c.id and f.business_date = '2026-01-30'::date)
  and ((m."outflow_1d" >= '10000'::bigint) AND (m."aum_previous" > '0'::bigint) AND (m."outflow_1d" > round(div((m."aum_previous"::numeric * '30'::numeric) * 1000000000000000000000, nullif('100'::numeric, 0)) * 0.000000000000000000001, 20)))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'large_outflow' and k.occasion = o.occasion))
select * from fired limit 10000;

-- Rule silence: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, null as subject_id, null as event_id,
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true] as holds, array[case when (m."aum" > '5000000'::bigint) then 'high' when (m."aum" > '1000000'::bigint) then 'normal' else 'low' end]::text[] as levels, (select to_jsonb(v) from (select (k2."days_silent")::text as "days_silent", (m."accounts_held")::text as "accounts_held", (k1."last_activity_date")::text as "last_activity_date", (m."aum")::text as "aum") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id
cross join lateral (select (coalesce(m."last_transaction_date", c."since"))::date as "last_activity_date") k1
cross join lateral (select round(('2026-01-30'::date - k1."last_activity_date")::numeric, 0) as "days_silent") k2


cross join lateral (select (k1."last_activity_date")::text as occasion, 'then' as branch) o
where ((k2."days_silent" >= '30'::bigint) AND (m."accounts_held" > '0'::bigint))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'silence' and k.occasion = o.occasion))
select * from fired limit 10000;

-- Rule holding_maturity: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, s.id as subject_id, null as event_id,
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true] as holds, array[case when (s."market_value" > '1000000'::bigint) then 'high' else 'normal' end]::text[] as levels, (select to_jsonb(v) from (select (s."maturity_date")::text as "holding_maturity_date", (s."redeemed_on")::text as "holding_redeemed_on", (s."bought_on")::text as "holding_bought_on", (s_product."name")::text as "holding_product", (s."market_value")::text as "holding_market_value", (m."aum")::text as "aum", ((s."maturity_date" - '2026-01-30'::date)::numeric)::text as "days_left") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id
join "holding" s on s.customer_id = c.id
left join "product" s_product on s_product.id = s."product_id"

cross join lateral (select s.id || '/' || (s."maturity_date")::text as occasion, 'then' as branch) o
where ((s."maturity_date" >= '2026-01-30'::date) AND (s."maturity_date" <= '2026-02-14'::date) AND (s."redeemed_on" IS NULL) AND ((s."bought_on" IS NULL) OR (s."bought_on" <= '2026-01-30'::date)))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'holding_maturity' and k.occasion = o.occasion))
select * from fired limit 10000;

-- Rule loan_maturity: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, s.id as subject_id, null as event_id,
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true] as holds, array[case when (m."loans_overdue" > '0'::bigint) then 'high' else 'normal' end]::text[] as levels, (select to_jsonb(v) from (select (s."status")::text as "loan_status", (s."maturity_date")::text as "loan_maturity_date", (s."granted_on")::text as "loan_granted_on", (s."amount")::text as "loan_amount", (m."deposits")::text as "deposits", (s_product."name")::text as "loan_product", ((s."maturity_date" - '2026-01-30'::date)::numeric)::text as "days_left") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id
join "loan" s on s.customer_id = c.id
left join "product" s_product on s_product.id = s."product_id"

cross join lateral (select s.id || '/' || (s."maturity_date")::text as occasion, 'then' as branch) o
where ((s."maturity_date" >= '2026-01-30'::date) AND (s."maturity_date" <= '2026-02-14'::date) AND ((s."granted_on" IS NULL) OR (s."granted_on" <= '2026-01-30'::date)) AND (s."status" IS DISTINCT FROM 'repaid'::text))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'loan_maturity' and k.occasion = o.occasion))
select * from fired limit 10000;

-- Rule term_deposit_maturity: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, s.id as subject_id, null as event_id,
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true] as holds, array[case when (s."balance" > '1000000'::bigint) then 'high' else 'normal' end]::text[] as levels, (select to_jsonb(v) from (select (s."kind")::text as "account_kind", (s."closed_on")::text as "account_closed_on", (s."maturity_date")::text as "account_maturity_date", (s."balance")::text as "account_balance", (m."aum")::text as "aum", (s_product."name")::text as "account_product", ((s."maturity_date" - '2026-01-30'::date)::numeric)::text as "days_left") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id
join "account" s on s.customer_id = c.id
left join "product" s_product on s_product.id = s."product_id"
left join "org_unit" s_branch on s_branch.id = s."branch_id"

cross join lateral (select s.id || '/' || (s."maturity_date")::text as occasion, 'then' as branch) o
where ((s."kind" = 'term'::text) AND (s."closed_on" IS NULL) AND (s."maturity_date" >= '2026-01-30'::date) AND (s."maturity_date" <= '2026-02-14'::date))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'term_deposit_maturity' and k.occasion = o.occasion))
select * from fired limit 10000;

-- Rule digital_lapse: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, null as subject_id, null as event_id,
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true, true] as holds, array['low', null]::text[] as levels, (select to_jsonb(v) from (select (k1."days_since_login")::text as "days_since_login", (m."last_login_date")::text as "last_login_date") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id
cross join lateral (select round(('2026-01-30'::date - m."last_login_date")::numeric, 0) as "days_since_login") k1


cross join lateral (select (m."last_login_date")::text as occasion, 'then' as branch) o
where (k1."days_since_login" >= '30'::bigint)
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'digital_lapse' and k.occasion = o.occasion))
select * from fired limit 10000;

-- Rule idle_salary: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, null as subject_id, null as event_id,
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true] as holds, array['normal']::text[] as levels, (select to_jsonb(v) from (select (c."kind")::text as "kind", (m."salary_90d")::text as "salary_90d", (m."demand_deposits")::text as "demand_deposits", (m."aum")::text as "aum", ((CASE WHEN (m."aum" > '0'::bigint) THEN (round(div(m."demand_deposits"::numeric * 1000000000000000000000, nullif(m."aum"::numeric, 0)) * 0.000000000000000000001, 20) * '100'::numeric) ELSE NULL::numeric END))::text as "demand_share") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id


cross join lateral (select ('2026-01-30'::date)::text as occasion, 'then' as branch) o
where ((c."kind" = 'person'::text) AND (m."salary_90d" >= '45000'::bigint) AND (m."demand_deposits" > '300000'::bigint) AND ((m."demand_deposits"::numeric * '100'::numeric) > (m."aum"::numeric * '80'::numeric)))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'idle_salary' and k.occasion = o.occasion)
  and not exists (select from alert q where q.customer_id = c.id and q.rule = 'idle_salary' and q.outcome in ('acted', 'held_out') and q.branch = o.branch
    and abs(q.business_date - '2026-01-30'::date) < '90'))
select * from fired limit 10000;

-- Rule birthday: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, null as subject_id, null as event_id,
  o.occasion, t.occurs as business_date, o.branch, array[true, true] as holds, array[null, case when (m."aum" > '5000000'::bigint) then 'high' when (m."aum" > '1000000'::bigint) then 'normal' else 'low' end]::text[] as levels, (select to_jsonb(v) from (select (c."kind")::text as "kind", (c."birthday_calendar")::text as "birthday_calendar", (c."status")::text as "status", (c."birth_date")::text as "birth_date", (k1."age")::text as "age", (m."aum")::text as "aum") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id
cross join lateral (select round(trunc((extract(year FROM age('2026-01-30'::date::timestamp, c."birth_date"::timestamp)) * 12 + extract(month FROM age('2026-01-30'::date::timestamp, c."birth_date"::timestamp))) / 12), 0) as "age") k1

join unnest('{2025-01-30,2024-01-30,2023-01-30,2022-01-30,2021-01-30,2020-01-30,2019-01-30,2018-01-30,2017-01-30,2016-01-30,2015-01-30,2014-01-30,2013-01-30,2012-01-30,2011-01-30,2010-01-30,2009-01-30,2008-01-30,2007-01-30,2006-01-30,2005-01-30,2004-01-30,2003-01-30,2002-01-30,2001-01-30,2000-01-30,1999-01-30,1998-01-30,1997-01-30,1996-01-30,1995-01-30,1994-01-30,1993-01-30,1992-01-30,1991-01-30,1990-01-30,1989-01-30,1988-01-30,1987-01-30,1986-01-30,1985-01-30,1984-01-30,1983-01-30,1982-01-30,1981-01-30,1980-01-30,1979-01-30,1978-01-30,1977-01-30,1976-01-30,1975-01-30,1974-01-30,1973-01-30,1972-01-30,1971-01-30,1970-01-30,1969-01-30,1968-01-30,1967-01-30,1966-01-30,1965-01-30,1964-01-30,1963-01-30,1962-01-30,1961-01-30,1960-01-30,1959-01-30,1958-01-30,1957-01-30,1956-01-30,1955-01-30,1954-01-30,1953-01-30,1952-01-30,1951-01-30,1950-01-30,1949-01-30,1948-01-30,1947-01-30,1946-01-30,1945-01-30,1944-01-30,1943-01-30,1942-01-30,1941-01-30,1940-01-30,1939-01-30,1938-01-30,1937-01-30,1936-01-30,1935-01-30,1934-01-30,1933-01-30,1932-01-30,1931-01-30,1930-01-30,1929-01-30,1928-01-30,1927-01-30,1926-01-30,1925-01-30,1924-01-30,1923-01-30,1922-01-30,1921-01-30,1920-01-30,1919-01-30,1918-01-30,1917-01-30,1916-01-30,1915-01-30,1914-01-30,1913-01-30,1912-01-30,1911-01-30,1910-01-30,1909-01-30,1908-01-30,1907-01-30,1906-01-30,1905-01-30,1904-01-30,1903-01-30,1902-01-30,1901-01-30,1900-01-30,1899-01-30,1898-01-30,1897-01-30,1896-01-30,1895-01-30,1894-01-30,1893-01-30,1892-01-30,1891-01-30,1890-01-30,1889-01-30,1888-01-30,1887-01-30,1886-01-30,1885-01-30,1884-01-30,1883-01-30,1882-01-30,1881-01-30,1880-01-30,1879-01-30,1878-01-30,1877-01-30,1876-01-30,2025-01-29,2024-01-29,2023-01-29,2022-01-29,2021-01-29,2020-01-29,2019-01-29,2018-01-29,2017-01-29,2016-01-29,2015-01-29,2014-01-29,2013-01-29,2012-01-29,2011-01-29,2010-01-29,2009-01-29,2008-01-29,2007-01-29,2006-01-29,2005-01-29,2004-01-29,2003-01-29,2002-01-29,2001-01-29,2000-01-29,1999-01-29,1998-01-29,1997-01-29,1996-01-29,1995-01-29,1994-01-29,1993-01-29,1992-01-29,1991-01-29,1990-01-29,1989-01-29,1988-01-29,1987-01-29,1986-01-29,1985-01-29,1984-01-29,1983-01-29,1982-01-29,1981-01-29,1980-01-29,1979-01-29,1978-01-29,1977-01-29,1976-01-29,1975-01-29,1974-01-29,1973-01-29,1972-01-29,1971-01-29,1970-01-29,1969-01-29,1968-01-29,1967-01-29,1966-01-29,1965-01-29,1964-01-29,1963-01-29,1962-01-29,1961-01-29,1960-01-29,1959-01-29,1958-01-29,1957-01-29,1956-01-29,1955-01-29,1954-01-29,1953-01-29,1952-01-29,1951-01-29,1950-01-29,1949-01-29,1948-01-29,1947-01-29,1946-01-29,1945-01-29,1944-01-29,1943-01-29,1942-01-29,1941-01-29,1940-01-29,1939-01-29,1938-01-29,1937-01-29,1936-01-29,1935-01-29,1934-01-29,1933-01-29,1932-01-29,1931-01-29,1930-01-29,1929-01-29,1928-01-29,1927-01-29,1926-01-29,1925-01-29,1924-01-29,1923-01-29,1922-01-29,1921-01-29,1920-01-29,1919-01-29,1918-01-29,1917-01-29,1916-01-29,1915-01-29,1914-01-29,1913-01-29,1912-01-29,1911-01-29,1910-01-29,1909-01-29,1908-01-29,1907-01-29,1906-01-29,1905-01-29,1904-01-29,1903-01-29,1902-01-29,1901-01-29,1900-01-29,1899-01-29,1898-01-29,1897-01-29,1896-01-29,1895-01-29,1894-01-29,1893-01-29,1892-01-29,1891-01-29,1890-01-29,1889-01-29,1888-01-29,1887-01-29,1886-01-29,1885-01-29,1884-01-29,1883-01-29,1882-01-29,1881-01-29,1880-01-29,1879-01-29,1878-01-29,1877-01-29,1876-01-29,2025-01-28,2024-01-28,2023-01-28,2022-01-28,2021-01-28,2020-01-28,2019-01-28,2018-01-28,2017-01-28,2016-01-28,2015-01-28,2014-01-28,2013-01-28,2012-01-28,2011-01-28,2010-01-28,2009-01-28,2008-01-28,2007-01-28,2006-01-28,2005-01-28,2004-01-28,2003-01-28,2002-01-28,2001-01-28,2000-01-28,1999-01-28,1998-01-28,1997-01-28,1996-01-28,1995-01-28,1994-01-28,1993-01-28,1992-01-28,1991-01-28,1990-01-28,1989-01-28,1988-01-28,1987-01-28,1986-01-28,1985-01-28,1984-01-28,1983-01-28,1982-01-28,1981-01-28,1980-01-28,1979-01-28,1978-01-28,1977-01-28,1976-01-28,1975-01-28,1974-01-28,1973-01-28,1972-01-28,1971-01-28,1970-01-28,1969-01-28,1968-01-28,1967-01-28,1966-01-28,1965-01-28,1964-01-28,1963-01-28,1962-01-28,1961-01-28,1960-01-28,1959-01-28,1958-01-28,1957-01-28,1956-01-28,1955-01-28,1954-01-28,1953-01-28,1952-01-28,1951-01-28,1950-01-28,1949-01-28,1948-01-28,1947-01-28,1946-01-28,1945-01-28,1944-01-28,1943-01-28,1942-01-28,1941-01-28,1940-01-28,1939-01-28,1938-01-28,1937-01-28,1936-01-28,1935-01-28,1934-01-28,1933-01-28,1932-01-28,1931-01-28,1930-01-28,1929-01-28,1928-01-28,1927-01-28,1926-01-28,1925-01-28,1924-01-28,1923-01-28,1922-01-28,1921-01-28,1920-01-28,1919-01-28,1918-01-28,1917-01-28,1916-01-28,1915-01-28,1914-01-28,1913-01-28,1912-01-28,1911-01-28,1910-01-28,1909-01-28,1908-01-28,1907-01-28,1906-01-28,1905-01-28,1904-01-28,1903-01-28,1902-01-28,1901-01-28,1900-01-28,1899-01-28,1898-01-28,1897-01-28,1896-01-28,1895-01-28,1894-01-28,1893-01-28,1892-01-28,1891-01-28,1890-01-28,1889-01-28,1888-01-28,1887-01-28,1886-01-28,1885-01-28,1884-01-28,1883-01-28,1882-01-28,1881-01-28,1880-01-28,1879-01-28,1878-01-28,1877-01-28,1876-01-28,2025-01-27,2024-01-27,2023-01-27,2022-01-27,2021-01-27,2020-01-27,2019-01-27,2018-01-27,2017-01-27,2016-01-27,2015-01-27,2014-01-27,2013-01-27,2012-01-27,2011-01-27,2010-01-27,2009-01-27,2008-01-27,2007-01-27,2006-01-27,2005-01-27,2004-01-27,2003-01-27,2002-01-27,2001-01-27,2000-01-27,1999-01-27,1998-01-27,1997-01-27,1996-01-27,1995-01-27,1994-01-27,1993-01-27,1992-01-27,1991-01-27,1990-01-27,1989-01-27,1988-01-27,1987-01-27,1986-01-27,1985-01-27,1984-01-27,1983-01-27,1982-01-27,1981-01-27,1980-01-27,1979-01-27,1978-01-27,1977-01-27,1976-01-27,1975-01-27,1974-01-27,1973-01-27,1972-01-27,1971-01-27,1970-01-27,1969-01-27,1968-01-27,1967-01-27,1966-01-27,1965-01-27,1964-01-27,1963-01-27,1962-01-27,1961-01-27,1960-01-27,1959-01-27,1958-01-27,1957-01-27,1956-01-27,1955-01-27,1954-01-27,1953-01-27,1952-01-27,1951-01-27,1950-01-27,1949-01-27,1948-01-27,1947-01-27,1946-01-27,1945-01-27,1944-01-27,1943-01-27,1942-01-27,1941-01-27,1940-01-27,1939-01-27,1938-01-27,1937-01-27,1936-01-27,1935-01-27,1934-01-27,1933-01-27,1932-01-27,1931-01-27,1930-01-27,1929-01-27,1928-01-27,1927-01-27,1926-01-27,1925-01-27,1924-01-27,1923-01-27,1922-01-27,1921-01-27,1920-01-27,1919-01-27,1918-01-27,1917-01-27,1916-01-27,1915-01-27,1914-01-27,1913-01-27,1912-01-27,1911-01-27,1910-01-27,1909-01-27,1908-01-27,1907-01-27,1906-01-27,1905-01-27,1904-01-27,1903-01-27,1902-01-27,1901-01-27,1900-01-27,1899-01-27,1898-01-27,1897-01-27,1896-01-27,1895-01-27,1894-01-27,1893-01-27,1892-01-27,1891-01-27,1890-01-27,1889-01-27,1888-01-27,1887-01-27,1886-01-27,1885-01-27,1884-01-27,1883-01-27,1882-01-27,1881-01-27,1880-01-27,1879-01-27,1878-01-27,1877-01-27,1876-01-27}'::date[], '{2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27}'::date[], '{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}'::integer[],
  '{2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27}'::date[]) t(stored, on_date, days, occurs) on t.stored = c."birth_date"
cross join lateral (select (t.on_date || '/' || t.days)::text as occasion, 'then' as branch) o
where (t.occurs = '2026-01-30'::date or (t.occurs >= (select min(d.date) from business_day d where d.status = 'done')
    and not exists (select from business_day d where d.status = 'done' and d.date between t.occurs and '2026-01-30'::date
      and coalesce(d.seen_at, 'infinity') >= c.updated_at)))
  and ((c."kind" = 'person'::text) AND ((c."birthday_calendar" IS NULL) OR (c."birthday_calendar" = 'solar'::text)) AND (c."status" IS DISTINCT FROM 'closed'::text))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'birthday' and k.occasion = o.occasion)
order by c.id, t.occurs, t.on_date, t.days)
select * from fired limit 10000;

-- Rule birthday_lunar: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, null as subject_id, null as event_id,
  o.occasion, t.occurs as business_date, o.branch, array[true, true] as holds, array[null, case when (m."aum" > '5000000'::bigint) then 'high' when (m."aum" > '1000000'::bigint) then 'normal' else 'low' end]::text[] as levels, (select to_jsonb(v) from (select (c."kind")::text as "kind", (c."birthday_calendar")::text as "birthday_calendar", (c."status")::text as "status", (c."birth_date")::text as "birth_date", (k1."age")::text as "age", (m."aum")::text as "aum") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id
cross join lateral (select round(trunc((extract(year FROM age('2026-01-30'::date::timestamp, c."birth_date"::timestamp)) * 12 + extract(month FROM age('2026-01-30'::date::timestamp, c."birth_date"::timestamp))) / 12), 0) as "age") k1

join unnest('{1901-01-31,1902-01-21,1903-01-10,1904-01-28,1905-01-17,1906-01-06,1907-01-25,1908-01-15,1909-01-03,1910-01-22,1911-01-12,1912-01-30,1913-01-18,1914-01-07,1915-01-26,1916-01-16,1917-01-05,1918-01-24,1919-01-13,1920-02-01,1921-01-20,1922-01-09,1923-01-28,1924-01-17,1925-01-06,1926-01-25,1927-01-15,1928-01-04,1929-01-22,1930-01-11,1931-01-30,1932-01-19,1933-01-07,1934-01-26,1935-01-16,1936-01-06,1937-01-24,1938-01-13,1939-01-31,1940-01-20,1941-01-09,1942-01-28,1943-01-17,1944-01-07,1945-01-25,1946-01-14,1947-01-03,1948-01-22,1949-01-10,1950-01-29,1951-01-19,1952-01-08,1953-01-26,1954-01-16,1955-01-05,1956-01-24,1957-01-12,1958-01-31,1959-01-20,1960-01-10,1961-01-28,1962-01-17,1963-01-07,1964-01-26,1965-01-14,1966-01-03,1967-01-22,1968-01-11,1969-01-29,1970-01-19,1971-01-08,1972-01-27,1973-01-15,1974-01-04,1975-01-23,1976-01-12,1977-01-30,1978-01-20,1979-01-10,1980-01-29,1981-01-17,1982-01-06,1983-01-25,1984-01-14,1985-02-01,1986-01-21,1987-01-11,1988-01-30,1989-01-19,1990-01-08,1991-01-27,1992-01-16,1993-01-04,1994-01-23,1995-01-12,1996-01-31,1997-01-20,1998-01-10,1999-01-28,2000-01-18,2001-01-06,2002-01-24,2003-01-14,2004-01-03,2005-01-21,2006-01-11,2007-01-30,2008-01-19,2009-01-07,2010-01-26,2011-01-15,2012-01-05,2013-01-23,2014-01-12,2015-01-31,2016-01-21,2017-01-09,2018-01-28,2019-01-17,2020-01-06,2021-01-24,2022-01-14,2023-01-03,2024-01-22,2025-01-11,1901-01-30,1902-01-20,1903-01-09,1904-01-27,1905-01-16,1906-01-05,1907-01-24,1908-01-14,1909-01-02,1910-01-21,1911-01-11,1912-01-29,1913-01-17,1914-01-06,1915-01-25,1916-01-15,1917-01-04,1918-01-23,1919-01-12,1920-01-31,1921-01-19,1922-01-08,1923-01-27,1924-01-16,1925-01-05,1926-01-24,1927-01-14,1928-01-03,1929-01-21,1930-01-10,1931-01-29,1932-01-18,1933-01-06,1934-01-25,1935-01-15,1936-01-05,1937-01-23,1938-01-12,1939-01-30,1940-01-19,1941-01-08,1942-01-27,1943-01-16,1944-01-06,1945-01-24,1946-01-13,1947-01-02,1948-01-21,1949-01-09,1950-01-28,1951-01-18,1952-01-07,1953-01-25,1954-01-15,1955-01-04,1956-01-23,1957-01-11,1958-01-30,1959-01-19,1960-01-09,1961-01-27,1962-01-16,1963-01-06,1964-01-25,1965-01-13,1966-01-02,1967-01-21,1968-01-10,1969-01-28,1970-01-18,1971-01-07,1972-01-26,1973-01-14,1974-01-03,1975-01-22,1976-01-11,1977-01-29,1978-01-19,1979-01-09,1980-01-28,1981-01-16,1982-01-05,1983-01-24,1984-01-13,1985-01-31,1986-01-20,1987-01-10,1988-01-29,1989-01-18,1990-01-07,1991-01-26,1992-01-15,1993-01-03,1994-01-22,1995-01-11,1996-01-30,1997-01-19,1998-01-09,1999-01-27,2000-01-17,2001-01-05,2002-01-23,2003-01-13,2004-01-02,2005-01-20,2006-01-10,2007-01-29,2008-01-18,2009-01-06,2010-01-25,2011-01-14,2012-01-04,2013-01-22,2014-01-11,2015-01-30,2016-01-20,2017-01-08,2018-01-27,2019-01-16,2020-01-05,2021-01-23,2022-01-13,2023-01-02,2024-01-21,2025-01-10,1901-01-29,1902-01-19,1903-01-08,1904-01-26,1905-01-15,1906-01-04,1907-01-23,1908-01-13,1909-01-01,1910-01-20,1911-01-10,1912-01-28,1913-01-16,1914-01-05,1915-01-24,1916-01-14,1917-01-03,1918-01-22,1919-01-11,1920-01-30,1921-01-18,1922-01-07,1923-01-26,1924-01-15,1925-01-04,1926-01-23,1927-01-13,1928-01-02,1929-01-20,1930-01-09,1931-01-28,1932-01-17,1933-01-05,1934-01-24,1935-01-14,1936-01-04,1937-01-22,1938-01-11,1939-01-29,1940-01-18,1941-01-07,1942-01-26,1943-01-15,1944-01-05,1945-01-23,1946-01-12,1947-01-01,1948-01-20,1949-01-08,1950-01-27,1951-01-17,1952-01-06,1953-01-24,1954-01-14,1955-01-03,1956-01-22,1957-01-10,1958-01-29,1959-01-18,1960-01-08,1961-01-26,1962-01-15,1963-01-05,1964-01-24,1965-01-12,1966-01-01,1967-01-20,1968-01-09,1969-01-27,1970-01-17,1971-01-06,1972-01-25,1973-01-13,1974-01-02,1975-01-21,1976-01-10,1977-01-28,1978-01-18,1979-01-08,1980-01-27,1981-01-15,1982-01-04,1983-01-23,1984-01-12,1985-01-30,1986-01-19,1987-01-09,1988-01-28,1989-01-17,1990-01-06,1991-01-25,1992-01-14,1993-01-02,1994-01-21,1995-01-10,1996-01-29,1997-01-18,1998-01-08,1999-01-26,2000-01-16,2001-01-04,2002-01-22,2003-01-12,2004-01-01,2005-01-19,2006-01-09,2007-01-28,2008-01-17,2009-01-05,2010-01-24,2011-01-13,2012-01-03,2013-01-21,2014-01-10,2015-01-29,2016-01-19,2017-01-07,2018-01-26,2019-01-15,2020-01-04,2021-01-22,2022-01-12,2023-01-01,2024-01-20,2025-01-09,1901-01-28,1902-01-18,1903-01-07,1904-01-25,1905-01-14,1906-01-03,1907-01-22,1908-01-12,1908-12-31,1910-01-19,1911-01-09,1912-01-27,1913-01-15,1914-01-04,1915-01-23,1916-01-13,1917-01-02,1918-01-21,1919-01-10,1920-01-29,1921-01-17,1922-01-06,1923-01-25,1924-01-14,1925-01-03,1926-01-22,1927-01-12,1928-01-01,1929-01-19,1930-01-08,1931-01-27,1932-01-16,1933-01-04,1934-01-23,1935-01-13,1936-01-03,1937-01-21,1938-01-10,1939-01-28,1940-01-17,1941-01-06,1942-01-25,1943-01-14,1944-01-04,1945-01-22,1946-01-11,1946-12-31,1948-01-19,1949-01-07,1950-01-26,1951-01-16,1952-01-05,1953-01-23,1954-01-13,1955-01-02,1956-01-21,1957-01-09,1958-01-28,1959-01-17,1960-01-07,1961-01-25,1962-01-14,1963-01-04,1964-01-23,1965-01-11,1965-12-31,1967-01-19,1968-01-08,1969-01-26,1970-01-16,1971-01-05,1972-01-24,1973-01-12,1974-01-01,1975-01-20,1976-01-09,1977-01-27,1978-01-17,1979-01-07,1980-01-26,1981-01-14,1982-01-03,1983-01-22,1984-01-11,1985-01-29,1986-01-18,1987-01-08,1988-01-27,1989-01-16,1990-01-05,1991-01-24,1992-01-13,1993-01-01,1994-01-20,1995-01-09,1996-01-28,1997-01-17,1998-01-07,1999-01-25,2000-01-15,2001-01-03,2002-01-21,2003-01-11,2003-12-31,2005-01-18,2006-01-08,2007-01-27,2008-01-16,2009-01-04,2010-01-23,2011-01-12,2012-01-02,2013-01-20,2014-01-09,2015-01-28,2016-01-18,2017-01-06,2018-01-25,2019-01-14,2020-01-03,2021-01-21,2022-01-11,2022-12-31,2024-01-19,2025-01-08}'::date[], '{2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27}'::date[], '{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}'::integer[],
  '{2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27}'::date[]) t(stored, on_date, days, occurs) on t.stored = c."birth_date"
cross join lateral (select (t.on_date || '/' || t.days)::text as occasion, 'then' as branch) o
where (t.occurs = '2026-01-30'::date or (t.occurs >= (select min(d.date) from business_day d where d.status = 'done')
    and not exists (select from business_day d where d.status = 'done' and d.date between t.occurs and '2026-01-30'::date
      and coalesce(d.seen_at, 'infinity') >= c.updated_at)))
  and ((c."kind" = 'person'::text) AND (c."birthday_calendar" = 'lunar'::text) AND (c."status" IS DISTINCT FROM 'closed'::text))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'birthday_lunar' and k.occasion = o.occasion)
order by c.id, t.occurs, t.on_date, t.days)
select * from fired limit 10000;

-- Rule account_anniversary: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, null as subject_id, null as event_id,
  o.occasion, t.occurs as business_date, o.branch, array[true] as holds, array[case when (m."aum" > '5000000'::bigint) then 'normal' else 'low' end]::text[] as levels, (select to_jsonb(v) from (select (k1."days_since_opened")::text as "days_since_opened", (m."accounts_held")::text as "accounts_held", (c."status")::text as "status", (c."since")::text as "since", (m."aum")::text as "aum", (trunc((extract(year FROM age('2026-01-30'::date::timestamp, c."since"::timestamp)) * 12 + extract(month FROM age('2026-01-30'::date::timestamp, c."since"::timestamp))) / 12))::text as "years") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id
cross join lateral (select round(('2026-01-30'::date - c."since")::numeric, 0) as "days_since_opened") k1

join unnest('{2025-01-30,2024-01-30,2023-01-30,2022-01-30,2021-01-30,2020-01-30,2019-01-30,2018-01-30,2017-01-30,2016-01-30,2015-01-30,2014-01-30,2013-01-30,2012-01-30,2011-01-30,2010-01-30,2009-01-30,2008-01-30,2007-01-30,2006-01-30,2005-01-30,2004-01-30,2003-01-30,2002-01-30,2001-01-30,2000-01-30,1999-01-30,1998-01-30,1997-01-30,1996-01-30,1995-01-30,1994-01-30,1993-01-30,1992-01-30,1991-01-30,1990-01-30,1989-01-30,1988-01-30,1987-01-30,1986-01-30,1985-01-30,1984-01-30,1983-01-30,1982-01-30,1981-01-30,1980-01-30,1979-01-30,1978-01-30,1977-01-30,1976-01-30,1975-01-30,1974-01-30,1973-01-30,1972-01-30,1971-01-30,1970-01-30,1969-01-30,1968-01-30,1967-01-30,1966-01-30,1965-01-30,1964-01-30,1963-01-30,1962-01-30,1961-01-30,1960-01-30,1959-01-30,1958-01-30,1957-01-30,1956-01-30,1955-01-30,1954-01-30,1953-01-30,1952-01-30,1951-01-30,1950-01-30,1949-01-30,1948-01-30,1947-01-30,1946-01-30,1945-01-30,1944-01-30,1943-01-30,1942-01-30,1941-01-30,1940-01-30,1939-01-30,1938-01-30,1937-01-30,1936-01-30,1935-01-30,1934-01-30,1933-01-30,1932-01-30,1931-01-30,1930-01-30,1929-01-30,1928-01-30,1927-01-30,1926-01-30,1925-01-30,1924-01-30,1923-01-30,1922-01-30,1921-01-30,1920-01-30,1919-01-30,1918-01-30,1917-01-30,1916-01-30,1915-01-30,1914-01-30,1913-01-30,1912-01-30,1911-01-30,1910-01-30,1909-01-30,1908-01-30,1907-01-30,1906-01-30,1905-01-30,1904-01-30,1903-01-30,1902-01-30,1901-01-30,1900-01-30,1899-01-30,1898-01-30,1897-01-30,1896-01-30,1895-01-30,1894-01-30,1893-01-30,1892-01-30,1891-01-30,1890-01-30,1889-01-30,1888-01-30,1887-01-30,1886-01-30,1885-01-30,1884-01-30,1883-01-30,1882-01-30,1881-01-30,1880-01-30,1879-01-30,1878-01-30,1877-01-30,1876-01-30,2025-01-29,2024-01-29,2023-01-29,2022-01-29,2021-01-29,2020-01-29,2019-01-29,2018-01-29,2017-01-29,2016-01-29,2015-01-29,2014-01-29,2013-01-29,2012-01-29,2011-01-29,2010-01-29,2009-01-29,2008-01-29,2007-01-29,2006-01-29,2005-01-29,2004-01-29,2003-01-29,2002-01-29,2001-01-29,2000-01-29,1999-01-29,1998-01-29,1997-01-29,1996-01-29,1995-01-29,1994-01-29,1993-01-29,1992-01-29,1991-01-29,1990-01-29,1989-01-29,1988-01-29,1987-01-29,1986-01-29,1985-01-29,1984-01-29,1983-01-29,1982-01-29,1981-01-29,1980-01-29,1979-01-29,1978-01-29,1977-01-29,1976-01-29,1975-01-29,1974-01-29,1973-01-29,1972-01-29,1971-01-29,1970-01-29,1969-01-29,1968-01-29,1967-01-29,1966-01-29,1965-01-29,1964-01-29,1963-01-29,1962-01-29,1961-01-29,1960-01-29,1959-01-29,1958-01-29,1957-01-29,1956-01-29,1955-01-29,1954-01-29,1953-01-29,1952-01-29,1951-01-29,1950-01-29,1949-01-29,1948-01-29,1947-01-29,1946-01-29,1945-01-29,1944-01-29,1943-01-29,1942-01-29,1941-01-29,1940-01-29,1939-01-29,1938-01-29,1937-01-29,1936-01-29,1935-01-29,1934-01-29,1933-01-29,1932-01-29,1931-01-29,1930-01-29,1929-01-29,1928-01-29,1927-01-29,1926-01-29,1925-01-29,1924-01-29,1923-01-29,1922-01-29,1921-01-29,1920-01-29,1919-01-29,1918-01-29,1917-01-29,1916-01-29,1915-01-29,1914-01-29,1913-01-29,1912-01-29,1911-01-29,1910-01-29,1909-01-29,1908-01-29,1907-01-29,1906-01-29,1905-01-29,1904-01-29,1903-01-29,1902-01-29,1901-01-29,1900-01-29,1899-01-29,1898-01-29,1897-01-29,1896-01-29,1895-01-29,1894-01-29,1893-01-29,1892-01-29,1891-01-29,1890-01-29,1889-01-29,1888-01-29,1887-01-29,1886-01-29,1885-01-29,1884-01-29,1883-01-29,1882-01-29,1881-01-29,1880-01-29,1879-01-29,1878-01-29,1877-01-29,1876-01-29,2025-01-28,2024-01-28,2023-01-28,2022-01-28,2021-01-28,2020-01-28,2019-01-28,2018-01-28,2017-01-28,2016-01-28,2015-01-28,2014-01-28,2013-01-28,2012-01-28,2011-01-28,2010-01-28,2009-01-28,2008-01-28,2007-01-28,2006-01-28,2005-01-28,2004-01-28,2003-01-28,2002-01-28,2001-01-28,2000-01-28,1999-01-28,1998-01-28,1997-01-28,1996-01-28,1995-01-28,1994-01-28,1993-01-28,1992-01-28,1991-01-28,1990-01-28,1989-01-28,1988-01-28,1987-01-28,1986-01-28,1985-01-28,1984-01-28,1983-01-28,1982-01-28,1981-01-28,1980-01-28,1979-01-28,1978-01-28,1977-01-28,1976-01-28,1975-01-28,1974-01-28,1973-01-28,1972-01-28,1971-01-28,1970-01-28,1969-01-28,1968-01-28,1967-01-28,1966-01-28,1965-01-28,1964-01-28,1963-01-28,1962-01-28,1961-01-28,1960-01-28,1959-01-28,1958-01-28,1957-01-28,1956-01-28,1955-01-28,1954-01-28,1953-01-28,1952-01-28,1951-01-28,1950-01-28,1949-01-28,1948-01-28,1947-01-28,1946-01-28,1945-01-28,1944-01-28,1943-01-28,1942-01-28,1941-01-28,1940-01-28,1939-01-28,1938-01-28,1937-01-28,1936-01-28,1935-01-28,1934-01-28,1933-01-28,1932-01-28,1931-01-28,1930-01-28,1929-01-28,1928-01-28,1927-01-28,1926-01-28,1925-01-28,1924-01-28,1923-01-28,1922-01-28,1921-01-28,1920-01-28,1919-01-28,1918-01-28,1917-01-28,1916-01-28,1915-01-28,1914-01-28,1913-01-28,1912-01-28,1911-01-28,1910-01-28,1909-01-28,1908-01-28,1907-01-28,1906-01-28,1905-01-28,1904-01-28,1903-01-28,1902-01-28,1901-01-28,1900-01-28,1899-01-28,1898-01-28,1897-01-28,1896-01-28,1895-01-28,1894-01-28,1893-01-28,1892-01-28,1891-01-28,1890-01-28,1889-01-28,1888-01-28,1887-01-28,1886-01-28,1885-01-28,1884-01-28,1883-01-28,1882-01-28,1881-01-28,1880-01-28,1879-01-28,1878-01-28,1877-01-28,1876-01-28,2025-01-27,2024-01-27,2023-01-27,2022-01-27,2021-01-27,2020-01-27,2019-01-27,2018-01-27,2017-01-27,2016-01-27,2015-01-27,2014-01-27,2013-01-27,2012-01-27,2011-01-27,2010-01-27,2009-01-27,2008-01-27,2007-01-27,2006-01-27,2005-01-27,2004-01-27,2003-01-27,2002-01-27,2001-01-27,2000-01-27,1999-01-27,1998-01-27,1997-01-27,1996-01-27,1995-01-27,1994-01-27,1993-01-27,1992-01-27,1991-01-27,1990-01-27,1989-01-27,1988-01-27,1987-01-27,1986-01-27,1985-01-27,1984-01-27,1983-01-27,1982-01-27,1981-01-27,1980-01-27,1979-01-27,1978-01-27,1977-01-27,1976-01-27,1975-01-27,1974-01-27,1973-01-27,1972-01-27,1971-01-27,1970-01-27,1969-01-27,1968-01-27,1967-01-27,1966-01-27,1965-01-27,1964-01-27,1963-01-27,1962-01-27,1961-01-27,1960-01-27,1959-01-27,1958-01-27,1957-01-27,1956-01-27,1955-01-27,1954-01-27,1953-01-27,1952-01-27,1951-01-27,1950-01-27,1949-01-27,1948-01-27,1947-01-27,1946-01-27,1945-01-27,1944-01-27,1943-01-27,1942-01-27,1941-01-27,1940-01-27,1939-01-27,1938-01-27,1937-01-27,1936-01-27,1935-01-27,1934-01-27,1933-01-27,1932-01-27,1931-01-27,1930-01-27,1929-01-27,1928-01-27,1927-01-27,1926-01-27,1925-01-27,1924-01-27,1923-01-27,1922-01-27,1921-01-27,1920-01-27,1919-01-27,1918-01-27,1917-01-27,1916-01-27,1915-01-27,1914-01-27,1913-01-27,1912-01-27,1911-01-27,1910-01-27,1909-01-27,1908-01-27,1907-01-27,1906-01-27,1905-01-27,1904-01-27,1903-01-27,1902-01-27,1901-01-27,1900-01-27,1899-01-27,1898-01-27,1897-01-27,1896-01-27,1895-01-27,1894-01-27,1893-01-27,1892-01-27,1891-01-27,1890-01-27,1889-01-27,1888-01-27,1887-01-27,1886-01-27,1885-01-27,1884-01-27,1883-01-27,1882-01-27,1881-01-27,1880-01-27,1879-01-27,1878-01-27,1877-01-27,1876-01-27}'::date[], '{2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27}'::date[], '{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}'::integer[],
  '{2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-30,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-29,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-28,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27,2026-01-27}'::date[]) t(stored, on_date, days, occurs) on t.stored = c."since"
cross join lateral (select (t.on_date || '/' || t.days)::text as occasion, 'then' as branch) o
where (t.occurs = '2026-01-30'::date or (t.occurs >= (select min(d.date) from business_day d where d.status = 'done')
    and not exists (select from business_day d where d.status = 'done' and d.date between t.occurs and '2026-01-30'::date
      and coalesce(d.seen_at, 'infinity') >= c.updated_at)))
  and ((k1."days_since_opened" >= '365'::bigint) AND (m."accounts_held" > '0'::bigint) AND (c."status" IS DISTINCT FROM 'closed'::text))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'account_anniversary' and k.occasion = o.occasion)
order by c.id, t.occurs, t.on_date, t.days)
select * from fired limit 10000;

-- Rule churn_risk: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, null as subject_id, null as event_id,
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true, ((m."aum" > '1000000'::bigint)) is true] as holds, array[case when (m."aum" > '1000000'::bigint) then 'high' else 'normal' end, 'high']::text[] as levels, (select to_jsonb(v) from (select (k2."days_silent")::text as "days_silent", (m."accounts_held")::text as "accounts_held", (m."last_score")::text as "last_score", (m."aum")::text as "aum") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id
cross join lateral (select (coalesce(m."last_transaction_date", c."since"))::date as "last_activity_date") k1
cross join lateral (select round(('2026-01-30'::date - k1."last_activity_date")::numeric, 0) as "days_silent") k2

left join rule_watch k on k.customer_id = c.id and k.rule = 'churn_risk' and k.subject_id = 0
cross join lateral (select (coalesce((((k2."days_silent" >= '90'::bigint) AND (m."accounts_held" > '0'::bigint)) OR (m."last_score" < '4'::bigint)), false))::boolean as value_now, k.value::boolean as value_before) w
cross join lateral (select ('2026-01-30'::date)::text as occasion, 'then' as branch) o
where (k.as_of is null or k.as_of <= '2026-01-30'::date)
  and w.value_now
  and k.value is distinct from 'true'
  and (m."aum" > '0'::bigint)
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'churn_risk' and k.occasion = o.occasion)
  and not exists (select from alert q where q.customer_id = c.id and q.rule = 'churn_risk' and q.outcome in ('acted', 'held_out') and q.branch = o.branch
    and abs(q.business_date - '2026-01-30'::date) < '90'))
select * from fired limit 10000;

-- Rule asset_upgrade: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, null as subject_id, null as event_id,
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true, true, true] as holds, array[null, null, 'high']::text[] as levels, (select to_jsonb(v) from (select (m."aum")::text as "aum") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id

left join rule_watch k on k.customer_id = c.id and k.rule = 'asset_upgrade' and k.subject_id = 0
cross join lateral (select (coalesce((m."aum" > '5000000'::bigint), false))::boolean as value_now, k.value::boolean as value_before) w
cross join lateral (select ('2026-01-30'::date)::text as occasion, 'then' as branch) o
where (k.as_of is null or k.as_of <= '2026-01-30'::date)
  and w.value_now
  and k.value is distinct from 'true'
  and (m."aum" > '5000000'::bigint)
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'asset_upgrade' and k.occasion = o.occasion)
  and not exists (select from alert q where q.customer_id = c.id and q.rule = 'asset_upgrade' and q.outcome in ('acted', 'held_out') and q.branch = o.branch
    and abs(q.business_date - '2026-01-30'::date) < '180'))
select * from fired limit 10000;

-- Rule high_net_worth_contact: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, null as subject_id, null as event_id,
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true] as holds, array['normal']::text[] as levels, (select to_jsonb(v) from (select (c."tier")::text as "tier", (k1."days_since_contact")::text as "days_since_contact", (k1."days_since_opened")::text as "days_since_opened", (m."last_contact_date")::text as "last_contact_date", (m."aum")::text as "aum") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id
cross join lateral (select round(('2026-01-30'::date - m."last_contact_date")::numeric, 0) as "days_since_contact",
  round(('2026-01-30'::date - c."since")::numeric, 0) as "days_since_opened") k1


cross join lateral (select (coalesce(m."last_contact_date", c."since"))::text as occasion, 'then' as branch) o
where ((c."tier" = 'high_net_worth'::text) AND (coalesce(k1."days_since_contact"::numeric, k1."days_since_opened"::numeric) >= '31'::numeric))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'high_net_worth_contact' and k.occasion = o.occasion)
  and not exists (select from alert q where q.customer_id = c.id and q.rule = 'high_net_worth_contact' and q.outcome in ('acted', 'held_out') and q.branch = o.branch
    and abs(q.business_date - '2026-01-30'::date) < '30'))
select * from fired limit 10000;

-- Rule opportunity_silent: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, s.id as subject_id, null as event_id,
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true, true] as holds, array[null, 'high']::text[] as levels, (select to_jsonb(v) from (select (s."stage")::text as "opportunity_stage", (s."last_contact")::text as "opportunity_last_contact", (s."opened_on")::text as "opportunity_opened_on", (s."title")::text as "opportunity_title", (s."amount")::text as "opportunity_amount", (s_product."name")::text as "opportunity_product", (('2026-01-30'::date - coalesce(s."last_contact", s."opened_on"))::numeric)::text as "silent") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id
join "opportunity" s on s.customer_id = c.id
left join "product" s_product on s_product.id = s."product_id"
left join "user" s_assignee on s_assignee.id = s."assignee_id"

cross join lateral (select s.id || '/' || (coalesce(s."last_contact", s."opened_on"))::text as occasion, 'then' as branch) o
where ((NOT coalesce(s."stage" = ANY('{won,lost}'::text[]), false)) AND (coalesce(s."last_contact", s."opened_on") <= '2026-01-27'::date))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'opportunity_silent' and k.occasion = o.occasion))
select * from fired limit 10000;

-- Rule dissatisfied: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, null as subject_id, e.id as event_id,
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true, true] as holds, array[null, null]::text[] as levels, (select to_jsonb(v) from (select (e."score")::text as "event_score", (e."topic")::text as "event_topic") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id

join "survey" e on e.customer_id = c.id and e.business_date = '2026-01-30'::date

cross join lateral (select (e.id)::text as occasion, 'then' as branch) o
where (e."score" <= '2'::bigint)
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'dissatisfied' and k.occasion = o.occasion)
order by c.id, e.id)
select * from fired limit 10000;

-- Rule investment_intent: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, null as subject_id, e.id as event_id,
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true, true] as holds, array[null, 'normal']::text[] as levels, (select to_jsonb(v) from (select (m."fund_views_7d")::text as "fund_views_7d", (e."topic")::text as "event_topic", (m."aum")::text as "aum", (c."risk_level")::text as "risk_level") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id

join "page_view" e on e.customer_id = c.id and e.business_date = '2026-01-30'::date

cross join lateral (select ('2026-01-30'::date)::text as occasion, 'then' as branch) o
where ((e."topic" = ANY('{fund,wealth}'::text[])) AND (m."fund_views_7d" >= '3'::bigint))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'investment_intent' and k.occasion = o.occasion)
  and not exists (select from alert q where q.customer_id = c.id and q.rule = 'investment_intent' and q.outcome in ('acted', 'held_out') and q.branch = o.branch
    and abs(q.business_date - '2026-01-30'::date) < '30')
order by c.id, e.id)
select * from fired limit 10000;

-- Rule large_maturity: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, s.id as subject_id, null as event_id,
  o.occasion, t.occurs as business_date, o.branch, array[true] as holds, array['high']::text[] as levels, (select to_jsonb(v) from (select (s_product."class")::text as "holding_product_class", (s."market_value")::text as "holding_market_value", (s."redeemed_on")::text as "holding_redeemed_on", (s_product."name")::text as "holding_product", (s."maturity_date")::text as "holding_maturity_date", (m."aum")::text as "aum") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id
join "holding" s on s.customer_id = c.id
left join "product" s_product on s_product.id = s."product_id"
join unnest('{2026-03-01,2026-02-28,2026-02-27,2026-02-26,2026-02-25,2026-02-24,2026-02-23,2026-02-22,2026-02-21,2026-02-20,2026-02-19,2026-02-18,2026-02-17,2026-02-16,2026-02-15}'::date[], '{2026-03-01,2026-02-28,2026-02-27,2026-02-26,2026-02-25,2026-02-24,2026-02-23,2026-02-22,2026-02-21,2026-02-20,2026-02-19,2026-02-18,2026-02-17,2026-02-16,2026-02-15}'::date[], '{-30,-30,-30,-30,-30,-30,-30,-30,-30,-30,-30,-30,-30,-30,-30}'::integer[],
  '{2026-01-30,2026-01-29,2026-01-28,2026-01-27,2026-01-26,2026-01-25,2026-01-24,2026-01-23,2026-01-22,2026-01-21,2026-01-20,2026-01-19,2026-01-18,2026-01-17,2026-01-16}'::date[]) t(stored, on_date, days, occurs) on t.stored = s."maturity_date"
cross join lateral (select s.id || '/' || (t.on_date || '/' || t.days)::text as occasion, 'then' as branch) o
where (t.occurs = '2026-01-30'::date or (t.occurs >= (select min(d.date) from business_day d where d.status = 'done')
    and not exists (select from business_day d where d.status = 'done' and d.date between t.occurs and '2026-01-30'::date
      and coalesce(d.seen_at, 'infinity') >= s.updated_at)))
  and ((s_product."class" IS DISTINCT FROM 'insurance'::text) AND (s."redeemed_on" IS NULL) AND (s."market_value" >= '500000'::bigint))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'large_maturity' and k.occasion = o.occasion)
order by c.id, t.occurs, t.on_date, t.days)
select * from fired limit 10000;

-- Rule maturity_talk: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, s.id as subject_id, null as event_id,
  o.occasion, t.occurs as business_date, o.branch, array[true] as holds, array[case when (s."market_value" > '1000000'::bigint) then 'high' else 'normal' end]::text[] as levels, (select to_jsonb(v) from (select (s."redeemed_on")::text as "holding_redeemed_on", (s_product."name")::text as "holding_product", (s."maturity_date")::text as "holding_maturity_date", (s."market_value")::text as "holding_market_value") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id
join "holding" s on s.customer_id = c.id
left join "product" s_product on s_product.id = s."product_id"
join unnest('{2026-02-06,2026-02-05,2026-02-04,2026-02-03,2026-02-02,2026-02-01,2026-01-31}'::date[], '{2026-02-06,2026-02-05,2026-02-04,2026-02-03,2026-02-02,2026-02-01,2026-01-31}'::date[], '{-7,-7,-7,-7,-7,-7,-7}'::integer[],
  '{2026-01-30,2026-01-29,2026-01-28,2026-01-27,2026-01-26,2026-01-25,2026-01-24}'::date[]) t(stored, on_date, days, occurs) on t.stored = s."maturity_date"
cross join lateral (select s.id || '/' || (t.on_date || '/' || t.days)::text as occasion, 'then' as branch) o
where (t.occurs = '2026-01-30'::date or (t.occurs >= (select min(d.date) from business_day d where d.status = 'done')
    and not exists (select from business_day d where d.status = 'done' and d.date between t.occurs and '2026-01-30'::date
      and coalesce(d.seen_at, 'infinity') >= s.updated_at)))
  and (s."redeemed_on" IS NULL)
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'maturity_talk' and k.occasion = o.occasion)
order by c.id, t.occurs, t.on_date, t.days)
select * from fired limit 10000;

-- Rule policy_renewal: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, s.id as subject_id, null as event_id,
  o.occasion, t.occurs as business_date, o.branch, array[true, true, ((s."maturity_date" > '2026-02-06'::date)) is true] as holds, array['high', null, null]::text[] as levels, (select to_jsonb(v) from (select (s_product."class")::text as "holding_product_class", (s."redeemed_on")::text as "holding_redeemed_on", (s_product."name")::text as "holding_product", (s."maturity_date")::text as "holding_maturity_date", ((s."maturity_date" - '2026-01-30'::date)::numeric)::text as "days_left", (s."market_value"::numeric)::text as "2.amount") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id
join "holding" s on s.customer_id = c.id
left join "product" s_product on s_product.id = s."product_id"
join unnest('{2026-03-01,2026-02-06,2026-02-28,2026-02-05,2026-02-27,2026-02-04,2026-02-26,2026-02-03,2026-02-25,2026-02-02,2026-02-24,2026-02-01,2026-02-23,2026-01-31}'::date[], '{2026-03-01,2026-02-06,2026-02-28,2026-02-05,2026-02-27,2026-02-04,2026-02-26,2026-02-03,2026-02-25,2026-02-02,2026-02-24,2026-02-01,2026-02-23,2026-01-31}'::date[], '{-30,-7,-30,-7,-30,-7,-30,-7,-30,-7,-30,-7,-30,-7}'::integer[],
  '{2026-01-30,2026-01-30,2026-01-29,2026-01-29,2026-01-28,2026-01-28,2026-01-27,2026-01-27,2026-01-26,2026-01-26,2026-01-25,2026-01-25,2026-01-24,2026-01-24}'::date[]) t(stored, on_date, days, occurs) on t.stored = s."maturity_date"
cross join lateral (select s.id || '/' || (t.on_date || '/' || t.days)::text as occasion, 'then' as branch) o
where (t.occurs = '2026-01-30'::date or (t.occurs >= (select min(d.date) from business_day d where d.status = 'done')
    and not exists (select from business_day d where d.status = 'done' and d.date between t.occurs and '2026-01-30'::date
      and coalesce(d.seen_at, 'infinity') >= s.updated_at)))
  and ((s_product."class" = 'insurance'::text) AND (s."redeemed_on" IS NULL))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'policy_renewal' and k.occasion = o.occasion)
order by c.id, t.occurs, t.on_date, t.days)
select * from fired limit 10000;

-- Rule balance_jump: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, null as subject_id, null as event_id,
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true, true] as holds, array[null, 'high']::text[] as levels, (select to_jsonb(v) from (select (m."inflow_1d")::text as "inflow_1d", (m."aum_previous")::text as "aum_previous", (m."aum")::text as "aum", ((CASE WHEN (m."aum_previous" > '0'::bigint) THEN (round(div(m."inflow_1d"::numeric * 1000000000000000000000, nullif(m."aum_previous"::numeric, 0)) * 0.000000000000000000001, 20) * '100'::numeric) ELSE NULL::numeric END))::text as "jump_share", (m."inflow_1d"::numeric)::text as "0.amount") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id


cross join lateral (select ('2026-01-30'::date)::text as occasion, 'then' as branch) o
where exists (select from "transaction" f where f.customer_id = c.id and f.business_date = '2026-01-30'::date)
  and ((m."inflow_1d" >= '200000'::bigint) AND (m."inflow_1d" > round(div((coalesce(m."aum_previous"::numeric, '0'::numeric) * '50'::numeric) * 1000000000000000000000, nullif('100'::numeric, 0)) * 0.000000000000000000001, 20)))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'balance_jump' and k.occasion = o.occasion)
  and not exists (select from alert q where q.customer_id = c.id and q.rule = 'balance_jump' and q.outcome in ('acted', 'held_out') and q.branch = o.branch
    and abs(q.business_date - '2026-01-30'::date) < '30'))
select * from fired limit 10000;

-- Rule first_purchase: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, s.id as subject_id, null as event_id,
  o.occasion, t.occurs as business_date, o.branch, array[((s."bought_on" > '2026-01-23'::date)) is true, ((s."bought_on" <= '2026-01-23'::date)) is true] as holds, array[null, 'normal']::text[] as levels, (select to_jsonb(v) from (select (s_product."class")::text as "holding_product_class", (s."bought_on")::text as "holding_bought_on", ((select count(*) from "holding" r_holding left join "product" r_holding_product on r_holding_product.id = r_holding."product_id" where r_holding.customer_id = c.id))::text as "holdings", (s_product."name")::text as "holding_product", (('2026-01-30'::date - s."bought_on")::numeric)::text as "days_held") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id
join "holding" s on s.customer_id = c.id
left join "product" s_product on s_product.id = s."product_id"
join unnest('{2026-01-29,2026-01-23,2026-01-28,2026-01-22,2026-01-27,2026-01-21,2026-01-26,2026-01-20}'::date[], '{2026-01-29,2026-01-23,2026-01-28,2026-01-22,2026-01-27,2026-01-21,2026-01-26,2026-01-20}'::date[], '{1,7,1,7,1,7,1,7}'::integer[],
  '{2026-01-30,2026-01-30,2026-01-29,2026-01-29,2026-01-28,2026-01-28,2026-01-27,2026-01-27}'::date[]) t(stored, on_date, days, occurs) on t.stored = s."bought_on"
cross join lateral (select s.id || '/' || (t.on_date || '/' || t.days)::text as occasion, 'then' as branch) o
where (t.occurs = '2026-01-30'::date or (t.occurs >= (select min(d.date) from business_day d where d.status = 'done')
    and not exists (select from business_day d where d.status = 'done' and d.date between t.occurs and '2026-01-30'::date
      and coalesce(d.seen_at, 'infinity') >= s.updated_at)))
  and ((s_product."class" IS DISTINCT FROM 'deposit'::text) AND (s."bought_on" IS NOT DISTINCT FROM (SELECT CASE WHEN count(*) = count(r_holding."bought_on") THEN min(r_holding."bought_on") END FROM "holding" r_holding left join "product" r_holding_product on r_holding_product.id = r_holding."product_id" WHERE (r_holding.customer_id = c.id) AND (r_holding_product."class" IS DISTINCT FROM 'deposit'::text))))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'first_purchase' and k.occasion = o.occasion)
order by c.id, t.occurs, t.on_date, t.days)
select * from fired limit 10000;

-- Rule bad_news: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, s.id as subject_id, e.id as event_id,
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true, true] as holds, array['highest', null]::text[] as levels, (select to_jsonb(v) from (select (e."severity")::text as "event_severity", (m."holdings_value")::text as "holdings_value", (s."redeemed_on")::text as "holding_redeemed_on", (s."maturity_date")::text as "holding_maturity_date", (s."market_value")::text as "holding_market_value", (s_product."name")::text as "holding_product", (e."title")::text as "event_title", (e."link")::text as "event_link", ((round(div(s."market_value"::numeric * 1000000000000000000000, nullif(m."holdings_value"::numeric, 0)) * 0.000000000000000000001, 20) * '100'::numeric))::text as "share") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id
join "holding" s on s.customer_id = c.id
left join "product" s_product on s_product.id = s."product_id"
join "announcement" e on e."product_id" = s."product_id"
  and not exists (select from rule_record seen where seen.rule = 'bad_news' and seen.record_id = e.id)
left join "product" e_product on e_product.id = e."product_id"
cross join lateral (select s.id || '/' || (e.id)::text as occasion, 'then' as branch) o
where ((e."severity" = 'major_bad'::text) AND (s."redeemed_on" IS NULL) AND ((s."maturity_date" IS NULL) OR (s."maturity_date" > '2026-01-30'::date)) AND (m."holdings_value" > '0'::bigint) AND ((s."market_value"::numeric * '100'::numeric) >= (m."holdings_value"::numeric * '20'::numeric)))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'bad_news' and k.occasion = o.occasion)
order by c.id, e.id, s.id)
select * from fired limit 10000;

-- Rule market_shock: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, null as subject_id, e.id as event_id,
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true] as holds, array['high']::text[] as levels, (select to_jsonb(v) from (select (e."severity")::text as "event_severity", (m."holdings_value")::text as "holdings_value", (e_product."name")::text as "event_product", ((select count(*) from "holding" r_holding left join "product" r_holding_product on r_holding_product.id = r_holding."product_id" where r_holding.customer_id = c.id))::text as "holdings", (e."title")::text as "event_title", (e."link")::text as "event_link") v) as values
from "customer" c
join "customer_metric" m on m.customer_id = c.id

join "announcement" e on true
  and not exists (select from rule_record seen where seen.rule = 'market_shock' and seen.record_id = e.id)
left join "product" e_product on e_product.id = e."product_id"
cross join lateral (select (e.id)::text as occasion, 'then' as branch) o
where ((e_product."name" IS NULL) AND (e."severity" = 'major_bad'::text) AND (m."holdings_value" > '0'::bigint) AND (((SELECT CASE WHEN count(*) = count(r_holding."market_value"::numeric) THEN sum(r_holding."market_value"::numeric) END FROM "holding" r_holding left join "product" r_holding_product on r_holding_product.id = r_holding."product_id" WHERE (r_holding.customer_id = c.id) AND ((r_holding_product."asset_type" = ANY('{equity,mixed}'::text[])) AND (r_holding."redeemed_on" IS NULL))) * '100'::numeric) >= (m."holdings_value"::numeric * '30'::numeric)))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'market_shock' and k.occasion = o.occasion)
order by c.id, e.id)
select * from fired limit 10000;
