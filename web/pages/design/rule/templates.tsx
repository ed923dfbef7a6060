import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Definition } from '../../../api/definitions.ts';
import { ruleOf } from '../../../api/rules.ts';
import { Badge, Dialog, Empty, TextInput } from '../../../kit/kit.ts';
import { useTexts } from '../../../texts/texts.ts';
import './rule.css';

/** The rules of the packs, and the institution's own, as the beginning of another one. */
export function Templates({ rules, onClose }: { rules: readonly Definition[]; onClose: () => void }) {
  const { t, text } = useTexts();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const words = typed.trim().toLowerCase();
  const found = rules.filter(({ status, label, code, sentence, body }) => {
    if (status === 'draft') return false;
    const said = [label.zh, label.en, code, sentence?.zh ?? '', sentence?.en ?? '', ...(ruleOf(body).cases ?? [])].join(
      ' ',
    );
    return said.toLowerCase().includes(words);
  });
  return (
    <Dialog title={t('rules.templates.title')} onClose={onClose} width={720}>
      <div className="rule-templates">
        <TextInput
          type="search"
          autoFocus
          aria-label={t('design.find')}
          placeholder={t('rules.templates.find')}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        {found.length === 0 && <Empty icon="search" title={t('common.noMatch')} />}
        <ul>
          {found.map((rule) => (
            <li key={rule.code}>
              <button
                type="button"
                onClick={() =>
                  void navigate({
                    to: '/design/$kind/$code',
                    params: { kind: 'rules', code: 'new' },
                    search: { template: rule.code },
                  })
                }
              >
                <span className="design-label">
                  <strong>{text(rule.label)}</strong>
                  {(ruleOf(rule.body).cases ?? []).map((each) => (
                    <Badge key={each}>{each}</Badge>
                  ))}
                </span>
                <span className="faint">{text(rule.sentence) || text(rule.description)}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}
