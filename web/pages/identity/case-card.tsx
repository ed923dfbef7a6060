import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useEntityByCode } from '../../api/hooks.ts';
import { checkCase, decideCase, type IdentityCase, type IdentitySide } from '../../api/identity.ts';
import { Badge, Button, DateText, Dialog, Field, Notice, TextInput, toast, useErrorText } from '../../kit/kit.ts';
import { Cell } from '../../records/cell.tsx';
import { useTexts } from '../../texts/texts.ts';

/** Two customers side by side with what speaks for and against one person, and what the reader may decide. */
export function CaseCard({ found }: { found: IdentityCase }) {
  const { t, text } = useTexts();
  const customer = useEntityByCode('customer');
  const queries = useQueryClient();
  const errorText = useErrorText();
  const [choosing, setChoosing] = useState(false);
  const [busy, setBusy] = useState(false);
  const act = async (work: () => Promise<unknown>, done: string) => {
    setBusy(true);
    try {
      await work();
      toast(done);
    } catch (error) {
      toast(errorText(error), 'problem');
    } finally {
      setBusy(false);
      await queries.invalidateQueries({ queryKey: ['identity'] });
    }
  };
  const [left, right] = found.sides;
  const isGiven = (value: unknown) => value !== null && value !== undefined;
  const fields = (customer?.fields ?? []).filter(({ code }) => isGiven(left.row[code]) || isGiven(right.row[code]));
  const survivor = found.sides.find(({ id }) => id === found.proposal?.survivor);
  const name = (side: IdentitySide) => String(side.row.name ?? side.row.number ?? side.id);
  const tone = { merge: 'green', apart: 'red', look: 'amber' } as const;
  return (
    <article className="identity-case" aria-label={`${name(left)} / ${name(right)}`}>
      <header className="identity-head">
        <strong>{text(found.rule.label)}</strong>
        <Badge colour={tone[found.suggestion]}>{t(`identity.suggestions.${found.suggestion}`)}</Badge>
        <Badge colour="grey">{t(`identity.states.${found.state}`)}</Badge>
        <span className="quiet">
          <DateText value={found.foundAt} />
        </span>
      </header>
      <table className="identity-sides">
        <thead>
          <tr>
            <th scope="col">
              <span className="identity-hidden">{t('identity.field')}</span>
            </th>
            {found.sides.map((side) => (
              <th key={side.id} scope="col">
                <Link to="/customers/$id" params={{ id: side.id }}>
                  {name(side)}
                </Link>
                {survivor?.id === side.id && <Badge colour="blue">{t('identity.stays')}</Badge>}
                <small className="quiet">{text(side.source)}</small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => {
            const agreement = found.evidence[field.code];
            return (
              <tr key={field.code} className={agreement ? `identity-${agreement}` : undefined}>
                <th scope="row">
                  {text(field.label)}
                  {agreement && agreement !== 'empty' && <small>{t(`identity.agreements.${agreement}`)}</small>}
                </th>
                <td>
                  <Cell field={field} value={left.row[field.code]} />
                </td>
                <td>
                  <Cell field={field} value={right.row[field.code]} />
                </td>
              </tr>
            );
          })}
          <tr>
            <th scope="row">{t('identity.accounts')}</th>
            <td>{left.accounts}</td>
            <td>{right.accounts}</td>
          </tr>
        </tbody>
      </table>
      {found.error && <Notice kind="danger">{text(found.error)}</Notice>}
      {found.maker && (
        <p className="quiet">
          {t('identity.by', { name: found.maker.label ?? '' })}
          {found.checker && ` · ${t('identity.checkedBy', { name: found.checker.label ?? '' })}`}
          {found.note && ` · ${found.note}`}
        </p>
      )}
      <footer className="identity-actions">
        {found.may.resolve && (
          <>
            <Button look="primary" busy={busy} onClick={() => setChoosing(true)}>
              {t('identity.propose')}
            </Button>
            <Button
              busy={busy}
              onClick={() => void act(() => decideCase(found.id, { decision: 'apart' }), t('identity.markedApart'))}
            >
              {t('identity.apart')}
            </Button>
            {found.state !== 'later' && (
              <Button
                busy={busy}
                onClick={() => void act(() => decideCase(found.id, { decision: 'later' }), t('identity.markedLater'))}
              >
                {t('identity.later')}
              </Button>
            )}
          </>
        )}
        {found.may.approve && (
          <>
            <Button
              look="primary"
              busy={busy}
              onClick={() => void act(() => checkCase(found.id, 'approve'), t('identity.approved'))}
            >
              {t('identity.approve')}
            </Button>
            <Button busy={busy} onClick={() => void act(() => checkCase(found.id, 'refuse'), t('identity.refused'))}>
              {t('identity.refuse')}
            </Button>
          </>
        )}
        {found.state === 'proposed' && !found.may.approve && <span className="quiet">{t('identity.waits')}</span>}
      </footer>
      {choosing && (
        <Propose
          sides={found.sides}
          name={name}
          onClose={() => setChoosing(false)}
          onPropose={(id, note) => {
            setChoosing(false);
            const decision = { decision: 'merge' as const, survivor: id, ...(note ? { note } : {}) };
            void act(() => decideCase(found.id, decision), t('identity.proposed'));
          }}
        />
      )}
    </article>
  );
}

interface ProposeProps {
  sides: IdentityCase['sides'];
  name(side: IdentitySide): string;
  onClose(): void;
  onPropose(survivor: string, note: string): void;
}

/** Who stays, and why they are one. */
function Propose({ sides, name, onClose, onPropose }: ProposeProps) {
  const { t, text } = useTexts();
  const [survivor, setSurvivor] = useState(sides[0].id);
  const [note, setNote] = useState('');
  return (
    <Dialog
      title={t('identity.propose')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" onClick={() => onPropose(survivor, note.trim())}>
            {t('identity.propose')}
          </Button>
        </>
      }
    >
      <p>{t('identity.proposeText')}</p>
      <fieldset className="identity-choice">
        <legend>{t('identity.whoStays')}</legend>
        {sides.map((side) => (
          <label key={side.id}>
            <input type="radio" name="survivor" checked={survivor === side.id} onChange={() => setSurvivor(side.id)} />{' '}
            {name(side)} {String(side.row.number ?? '')} <small className="quiet">{text(side.source)}</small>
          </label>
        ))}
      </fieldset>
      <Field label={t('identity.note')}>
        {(control) => (
          <TextInput {...control} value={note} onChange={(event) => setNote(event.target.value)} maxLength={500} />
        )}
      </Field>
    </Dialog>
  );
}
