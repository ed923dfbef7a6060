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
      from aum_todo d join transaction t on t.customer_id = d.customer_id and t.business_date >= d.from_day
     where t.business_date <= '2026-01-30' and t.business_date >= '2026-01-30' and t.balance_after is not null
    union all
    select d.customer_id, b.account_id, d.from_day, d.from_day - 1, null, null,
           case when b.balance_on < d.from_day then b.balance else (
             select t.balance_after from transaction t
              where t.customer_id = b.customer_id and t.account_id = b.account_id and t.business_date < d.from_day and t.balance_after is not null
              order by t.business_date desc, t.sequence desc nulls last, t.id desc limit 1) end,
           null, null
      from aum_todo d join account_balance b on b.customer_id = d.customer_id where d.from_day > '-infinity'),
  closing as (
    select distinct on (t.customer_id, t.account_id, s.day)
           t.customer_id, t.account_id, t.from_day, coalesce(p.class, 'deposit') as class, coalesce(a.currency, 'CNY') as currency,
           a.closed_on, s.day, t.balance_after as value,
           sum(t.earned) filter (where t.business_date = s.day) over one as earned,
           sum(t.redeemed) filter (where t.business_date = s.day) over one as redeemed
      from posting t
      join account a on a.customer_id = t.customer_id and a.id = t.account_id
      left join product p on p.id = a.product_id
     cross join lateral (select greatest(t.business_date, a.opened_on, '2026-01-29'::date) as day) s
     where t.balance_after is not null and s.day <= '2026-01-30' and coalesce(s.day < a.closed_on, true)
       and coalesce(p.class, 'deposit') not in ('loan', 'card')
    window one as (partition by t.customer_id, t.account_id, s.day)
     order by t.customer_id, t.account_id, s.day, t.business_date desc, t.sequence desc nulls last, t.id desc),
  account_level as (
    select customer_id, account_id as position_id, from_day, class, currency, day, value, lag(value, 1, 0::numeric) over past as before,
           lead(day, 1, 'infinity') over past as next_day, coalesce(earned, 0) as earned, coalesce(redeemed, 0) as redeemed
      from (select customer_id, account_id, from_day, class, currency, day, value, earned, redeemed from closing
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
written as (insert into "customer_metric" (customer_id, as_of, "aum", "aum_previous", "deposits", "wealth_products", "funds", "demand_deposits", "inflow_1d", "outflow_1d", "inflow_30d", "outflow_30d", "inflow_90d", "salary_90d", "largest_outflow_30d", "transactions_30d", "last_transaction_date", "logins_30d", "last_login_date", "last_contact_date", "accounts_held", "holdings_held", "loans_held", "loans_overdue", "next_maturity_date", "aum_90d_ago", "aum_180d_ago", "transactions_90d", "holdings_value", "tech_holdings", "fixed_income_purchases_365d", "complaints_365d", "fund_views_7d", "fund_views_90d")
  select c.id, '2026-01-30', n."aum", n."aum_previous", n."deposits", n."wealth_products", n."funds", n."demand_deposits", n."inflow_1d", n."outflow_1d", n."inflow_30d", n."outflow_30d", n."inflow_90d", n."salary_90d", n."largest_outflow_30d", n."transactions_30d", n."last_transaction_date", n."logins_30d", n."last_login_date", n."last_contact_date", n."accounts_held", n."holdings_held", n."loans_held", n."loans_overdue", n."next_maturity_date", n."aum_90d_ago", n."aum_180d_ago", n."transactions_90d", n."holdings_value", n."tech_holdings", n."fixed_income_purchases_365d", n."complaints_365d", n."fund_views_7d", n."fund_views_90d"
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
    coalesce("page_view_scan"."fund_views_90d", 0) as "fund_views_90d") n
  where (m.customer_id is null
    or (n."aum", n."aum_previous", n."deposits", n."wealth_products", n."funds", n."demand_deposits", n."inflow_1d", n."outflow_1d", n."inflow_30d", n."outflow_30d", n."inflow_90d", n."salary_90d", n."largest_outflow_30d", n."transactions_30d", n."last_transaction_date", n."logins_30d", n."last_login_date", n."last_contact_date", n."accounts_held", n."holdings_held", n."loans_held", n."loans_overdue", n."next_maturity_date", n."aum_90d_ago", n."aum_180d_ago", n."transactions_90d", n."holdings_value", n."tech_holdings", n."fixed_income_purchases_365d", n."complaints_365d", n."fund_views_7d", n."fund_views_90d") is distinct from (m."aum", m."aum_previous", m."deposits", m."wealth_products", m."funds", m."demand_deposits", m."inflow_1d", m."outflow_1d", m."inflow_30d", m."outflow_30d", m."inflow_90d", m."salary_90d", m."largest_outflow_30d", m."transactions_30d", m."last_transaction_date", m."logins_30d", m."last_login_date", m."last_contact_date", m."accounts_held", m."holdings_held", m."loans_held", m."loans_overdue", m."next_maturity_date", m."aum_90d_ago", m."aum_180d_ago", m."transactions_90d", m."holdings_value", m."tech_holdings", m."fixed_income_purchases_365d", m."complaints_365d", m."fund_views_7d", m."fund_views_90d"))
  on conflict (customer_id) do update set as_of = excluded.as_of,
    "aum" = excluded."aum", "aum_previous" = excluded."aum_previous", "deposits" = excluded."deposits", "wealth_products" = excluded."wealth_products", "funds" = excluded."funds", "demand_deposits" = excluded."demand_deposits", "inflow_1d" = excluded."inflow_1d", "outflow_1d" = excluded."outflow_1d", "inflow_30d" = excluded."inflow_30d", "outflow_30d" = excluded."outflow_30d", "inflow_90d" = excluded."inflow_90d", "salary_90d" = excluded."salary_90d", "largest_outflow_30d" = excluded."largest_outflow_30d", "transactions_30d" = excluded."transactions_30d", "last_transaction_date" = excluded."last_transaction_date", "logins_30d" = excluded."logins_30d", "last_login_date" = excluded."last_login_date", "last_contact_date" = excluded."last_contact_date", "accounts_held" = excluded."accounts_held", "holdings_held" = excluded."holdings_held", "loans_held" = excluded."loans_held", "loans_overdue" = excluded."loans_overdue", "next_maturity_date" = excluded."next_maturity_date", "aum_90d_ago" = excluded."aum_90d_ago", "aum_180d_ago" = excluded."aum_180d_ago", "transactions_90d" = excluded."transactions_90d", "holdings_value" = excluded."holdings_value", "tech_holdings" = excluded."tech_holdings", "fixed_income_purchases_365d" = excluded."fixed_income_purchases_365d", "complaints_365d" = excluded."complaints_365d", "fund_views_7d" = excluded."fund_views_7d", "fund_views_90d" = excluded."fund_views_90d"
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
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true] as holds, array[case when (m."aum_previous" > '5000000'::bigint) then 'highest' else 'high' end]::text[] as levels, (select to_jsonb(v) from (select (m."outflow_1d")::text as "outflow_1d", (m."aum_previous")::text as "aum_previous", (m."aum")::text as "aum", ((round(div(m."outflow_1d"::numeric * 1000000000000000000000, nullif(m."aum_previous"::numeric, 0)) * 0.000000000000000000001, 20) * '100'::numeric))::text as "outflow_share") v) as values
from customer c
join "customer_metric" m on m.customer_id = c.id


cross join lateral (select ('2026-01-30'::date)::text as occasion, 'then' as branch) o
where ((m."outflow_1d" >= '10000'::bigint) AND (m."aum_previous" > '0'::bigint) AND (m."outflow_1d" > round(div((m."aum_previous"::numeric * '30'::numeric) * 1000000000000000000000, nullif('100'::numeric, 0)) * 0.000000000000000000001, 20)))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'large_outflow' and k.occasion = o.occasion))
select * from fired limit 10000;

-- Rule silence: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, null as subject_id, null as event_id,
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true] as holds, array[case when (m."aum" > '5000000'::bigint) then 'high' when (m."aum" > '1000000'::bigint) then 'normal' else 'low' end]::text[] as levels, (select to_jsonb(v) from (select (k2."days_silent")::text as "days_silent", (m."accounts_held")::text as "accounts_held", (k1."last_activity_date")::text as "last_activity_date", (m."aum")::text as "aum") v) as values
from customer c
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
from customer c
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
from customer c
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
from customer c
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
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true] as holds, array['low']::text[] as levels, (select to_jsonb(v) from (select (k1."days_since_login")::text as "days_since_login", (c."tier")::text as "tier", (m."last_login_date")::text as "last_login_date") v) as values
from customer c
join "customer_metric" m on m.customer_id = c.id
cross join lateral (select round(('2026-01-30'::date - m."last_login_date")::numeric, 0) as "days_since_login") k1


cross join lateral (select (m."last_login_date")::text as occasion, 'then' as branch) o
where ((k1."days_since_login" >= '30'::bigint) AND (c."tier" IS DISTINCT FROM 'mass'::text))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'digital_lapse' and k.occasion = o.occasion))
select * from fired limit 10000;

-- Rule idle_salary: for whom it fires
with fired as materialized (select c.id as customer_id, c.owner_id, c.branch_id, null as subject_id, null as event_id,
  o.occasion, '2026-01-30'::date as business_date, o.branch, array[true] as holds, array['normal']::text[] as levels, (select to_jsonb(v) from (select (c."kind")::text as "kind", (m."salary_90d")::text as "salary_90d", (m."demand_deposits")::text as "demand_deposits", (m."aum")::text as "aum", ((CASE WHEN (m."aum" > '0'::bigint) THEN (round(div(m."demand_deposits"::numeric * 1000000000000000000000, nullif(m."aum"::numeric, 0)) * 0.000000000000000000001, 20) * '100'::numeric) ELSE NULL::numeric END))::text as "demand_share") v) as values
from customer c
join "customer_metric" m on m.customer_id = c.id


cross join lateral (select ('2026-01-30'::date)::text as occasion, 'then' as branch) o
where ((c."kind" = 'person'::text) AND (m."salary_90d" >= '45000'::bigint) AND (m."demand_deposits" > '300000'::bigint) AND ((m."demand_deposits"::numeric * '100'::numeric) > (m."aum"::numeric * '80'::numeric)))
  and o.occasion is not null
  and not exists (select from alert k where k.customer_id = c.id and k.rule = 'idle_salary' and k.occasion = o.occasion)
  and not exists (select from alert q where q.customer_id = c.id and q.rule = 'idle_salary' and q.outcome in ('acted', 'held_out') and q.branch = o.branch
    and abs(q.business_date - '2026-01-30'::date) < '90'))
select * from fired limit 10000;
