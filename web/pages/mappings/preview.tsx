import { useState } from 'react';
import { formatCount } from '#kernel';
import type { PreviewLoad, Target } from '../../api/gateway.ts';
import { Tabs } from '../../kit/kit.ts';
import { useTexts } from '../../texts/texts.ts';

/** The first rows of each step as they would be stored; wrong cells say why. */
export function Preview({ loads, targets }: { loads: PreviewLoad[]; targets: Target[] }) {
  const { t, text } = useTexts();
  const [chosen, setChosen] = useState(0);
  const load = loads[chosen] ?? loads[0];
  if (!load) return <p className="faint panel-empty">{t('gateway.design.previewEmpty')}</p>;
  const target = targets.find(({ code }) => code === load.entity);
  const label = (code: string) => {
    const field = target?.fields.find((each) => each.code === code);
    return field ? text(field.label) : code;
  };
  const table = (
    <>
      <p className="faint panel-empty">
        {t('gateway.design.previewRows', {
          rows: formatCount(load.rows.length),
          faulty: formatCount(load.faulty),
          skipped: formatCount(load.skipped),
        })}
        {' · '}
        {t('gateway.design.concealed')}
        {' · '}
        {t('gateway.design.refLater')}
      </p>
      <div className="preview-scroll">
        <table className="table preview-table" aria-label={t('gateway.design.preview')}>
          <thead>
            <tr>
              <th scope="col" className="number">
                {t('gateway.design.line')}
              </th>
              <th scope="col">{t('gateway.design.key')}</th>
              {load.fields.map((code) => (
                <th key={code} scope="col">
                  {label(code)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {load.rows.map((row) => (
              <tr key={row.line} className={row.error ? 'preview-bad' : ''}>
                <td className="number faint">{row.line}</td>
                {row.error !== undefined ? (
                  <td colSpan={load.fields.length + 1} className="negative-text">
                    {row.error}
                  </td>
                ) : (
                  [row.key, ...row.cells].map((cell, index) => (
                    <td
                      key={index === 0 ? 'key' : load.fields[index - 1]}
                      className={cell.error ? 'preview-cell-bad' : ''}
                      title={cell.error}
                    >
                      {cell.error ?? cell.value ?? <span className="faint">—</span>}
                    </td>
                  ))
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
  if (loads.length === 1) return table;
  return (
    <Tabs
      label={t('gateway.design.preview')}
      tabs={loads.map(({ entity, faulty }, index) => ({
        code: String(index),
        label: text(targets.find(({ code }) => code === entity)?.label ?? entity),
        count: faulty > 0 ? faulty : undefined,
      }))}
      value={String(Math.min(chosen, loads.length - 1))}
      onChange={(code) => setChosen(Number(code))}
    >
      {table}
    </Tabs>
  );
}
