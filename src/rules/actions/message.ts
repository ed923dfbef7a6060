import { recordId } from '#metadata';
import { type NewOutgoing, notBefore, putOut } from '#outbox';
import { writeBulk } from '#records';
import { SOURCE } from '../source.ts';
import { type ActionRun, type Done, effectKey } from './action.ts';
import { findPeople } from './people.ts';
import { inBothLanguages, spoken } from './words.ts';

const COLUMNS = [
  'customer',
  'channel',
  'audience',
  'recipient',
  'subject',
  'text',
  'status',
  'not_before',
  'refusal',
  'business_date',
  'rule',
  'texts',
];

/** The column of the customer that a channel needs; others reach him by means of their own. */
const ADDRESSES: Record<string, string> = { sms: 'phone', email: 'email' };

/**
 * Writes messages and puts them into the outbox, where they wait for their channel, and for the end of the quiet hours. Names of people stay
 * marks: who sends them fills them in. A customer who wishes no contact, or lacks the address that the channel needs, gets none, and it says so.
 */
export async function writeMessages(run: ActionRun<'message'>): Promise<Map<string, Done>> {
  const { tx, model, rule, day, action, occurrences } = run;
  const { channel, to, text, subject } = action.act;
  const people = to === 'customer' ? undefined : await findPeople(run, [to]);
  const refused = to === 'customer' ? await refusals(run, channel) : new Map<string, string>();
  const quiet = {
    from: Number(day.parameters.get('quiet_from_hour')),
    until: Number(day.parameters.get('quiet_until_hour')),
  };
  const leaves = notBefore(channel, day.now, day.books.zone, quiet);
  const made = new Map<string, Done>();
  const out: NewOutgoing[] = [];
  const rows = occurrences.flatMap((each) => {
    const recipients = people && to !== 'customer' ? told(to, people(each, to)) : [null];
    const words = {
      subject: subject ? spoken(rule, day, each, subject) : null,
      text: spoken(rule, day, each, text),
    };
    return recipients.map((recipient) => {
      const key = recipient === null ? effectKey(each, action) : `${effectKey(each, action)}/${recipient}`;
      const id = recordId('message', SOURCE, key);
      if (!made.has(each.alertId)) made.set(each.alertId, { kind: 'message', entity: 'message', id });
      const refusal = refused.get(each.customerId) ?? null;
      if (refusal === null) {
        out.push({
          kind: 'message',
          id: recordId('outbox', SOURCE, key),
          target: channel,
          customerId: each.customerId,
          rule: rule.definition.code,
          notBefore: leaves,
          message: id,
        });
      }
      return [
        id,
        key,
        each.customerId,
        channel,
        recipient === null ? 'customer' : 'employee',
        recipient,
        words.subject?.zh ?? null,
        words.text.zh,
        refusal === null ? 'waiting' : 'refused',
        leaves.toISOString(),
        refusal,
        each.businessDate,
        rule.definition.code,
        inBothLanguages(words),
      ];
    });
  });
  const target = {
    entity: model.entity('message'),
    columns: COLUMNS,
    initial: COLUMNS,
    source: SOURCE,
    asOf: day.date,
  };
  await writeBulk(tx, target, [rows]);
  await putOut(tx, () => day.now, out);
  return made;
}

/** Of managers and heads one is written to; of a service team and of a role everybody. */
const told = (person: unknown, people: string[]) =>
  person === 'manager' || person === 'supervisor' ? people.slice(0, 1) : people;

/** Why customers get no message: they wish none, or have no address for the channel. Who may be written to is not among them. */
async function refusals({ tx, day, occurrences }: ActionRun<'message'>, channel: string): Promise<Map<string, string>> {
  const column = ADDRESSES[channel];
  const { rows } = await tx.query<{ id: string; refusal: string }>(
    `select id, refusal from (
       select c.id, case when c.contact_wish = 'none' and coalesce(c.contact_wish_until >= d.today, true) then 'do_not_disturb'
           ${column ? `when c.${column} is null then 'no_address'` : ''} end as refusal
         from customer c cross join (select ($2::timestamptz at time zone $3)::date as today) d where c.id = any($1::bigint[])) r
      where refusal is not null`,
    [occurrences.map(({ customerId }) => customerId), day.now.toISOString(), day.books.zone],
  );
  return new Map(rows.map(({ id, refusal }) => [id, refusal]));
}
