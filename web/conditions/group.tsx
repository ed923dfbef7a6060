import { Button, Select } from '../kit/kit.ts';
import { useTexts } from '../texts/texts.ts';
import { BuildingContext, useBuilder } from './building.ts';
import { ChipRow, ComparisonRow, Not, RowMenu } from './row.tsx';
import { sayOperand } from './sentence.ts';
import { append, chip, emptyRow, type Group, group as groupOf, type Item, type Listed, replaceGroup } from './tree.ts';

/** The rows of a group, with the word between them that joins them all, and the ways to add one. */
export function GroupView({ group, list, root }: { group: Group; list?: string; root?: boolean }) {
  const { t } = useTexts();
  const building = useBuilder();
  const { disabled, change, gaps } = building;
  const flip = () => change((tree) => replaceGroup(tree, { ...group, join: group.join === 'and' ? 'or' : 'and' }));
  const word = t(group.join === 'and' ? 'design.conditions.and' : 'design.conditions.or');
  const view = (
    <fieldset
      className={root ? 'condition-group condition-root' : 'condition-group'}
      data-join={group.join}
      aria-label={t(group.join === 'and' ? 'design.conditions.all' : 'design.conditions.any')}
    >
      {group.not && !root && (
        <button
          type="button"
          className="condition-not"
          disabled={disabled}
          title={t('design.conditions.dropNot')}
          onClick={() => change((tree) => replaceGroup(tree, { ...group, not: false }))}
        >
          {t('design.conditions.not')}
        </button>
      )}
      <div className="condition-items">
        {group.items.map((item, index) => (
          <div key={item.id} className="condition-place">
            {index === 0 ? (
              <span className="condition-join condition-first">
                {group.items.length > 1
                  ? t(group.join === 'and' ? 'design.conditions.allOf' : 'design.conditions.anyOf')
                  : ''}
              </span>
            ) : (
              <button
                type="button"
                className="condition-join"
                disabled={disabled}
                aria-label={t('design.conditions.flip', { word })}
                title={t('design.conditions.flip', { word })}
                onClick={flip}
              >
                {word}
              </button>
            )}
            <ItemView item={item} />
          </div>
        ))}
      </div>
      {gaps.some(({ id, place }) => id === group.id && place === 'group') && (
        <p className="field-error">{t('design.conditions.emptyGroup')}</p>
      )}
      {!disabled && (
        <div className="condition-add">
          <Button
            look="quiet"
            icon="add"
            onClick={() => {
              const row = emptyRow();
              change((tree) => append(tree, group.id, row), row.id);
            }}
          >
            {t('design.conditions.add')}
          </Button>
          {list === undefined && (
            <>
              <Button
                look="quiet"
                icon="add"
                onClick={() => {
                  const row = emptyRow();
                  const inner = groupOf(group.join === 'and' ? 'or' : 'and', [row]);
                  change((tree) => append(tree, group.id, inner), row.id);
                }}
              >
                {t('design.conditions.addGroup')}
              </Button>
              {root && (
                <Button
                  look="quiet"
                  icon="edit"
                  onClick={() => {
                    const text = chip('');
                    change((tree) => append(tree, group.id, text), text.id);
                  }}
                >
                  {t('design.conditions.addText')}
                </Button>
              )}
            </>
          )}
        </div>
      )}
    </fieldset>
  );
  if (list === undefined) return view;
  const names = { ...building.names, list };
  return (
    <BuildingContext.Provider value={{ ...building, names, wording: { ...building.wording, names } }}>
      {view}
    </BuildingContext.Provider>
  );
}

/** One item of a group: its row, what can be done with it, and what is wrong with it. */
function ItemView({ item }: { item: Item }) {
  const { problems } = useBuilder();
  const problem = problems.get(item.id);
  return (
    <div className="condition" data-item={item.id} data-kind={item.kind} aria-invalid={problem ? true : undefined}>
      <div className="condition-line">
        <Body item={item} />
        <RowMenu item={item} />
      </div>
      {problem && (
        <p className="field-error" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

function Body({ item }: { item: Item }) {
  switch (item.kind) {
    case 'group':
      return <GroupView group={item} />;
    case 'comparison':
      return <ComparisonRow row={item} />;
    case 'some':
    case 'every':
      return <ListedRow row={item} />;
    case 'text':
      return <ChipRow chip={item} />;
  }
}

function ListedRow({ row }: { row: Listed }) {
  const { t } = useTexts();
  const building = useBuilder();
  const { wording, disabled, put } = building;
  const list = sayOperand({ kind: 'name', name: row.list, item: false }, wording);
  return (
    <div className="condition-listed">
      <div className="condition-row">
        <Not item={row} />
        <span className="word-fixed">{list}</span>
        <Select
          className="condition-operator"
          aria-label={t('design.conditions.operator')}
          value={row.kind}
          disabled={disabled}
          choices={(['some', 'every'] as const).map((kind) => ({
            value: kind,
            label: t(`design.conditions.${kind}Row`),
          }))}
          onChange={(kind) => put({ ...row, kind: kind as Listed['kind'] })}
        />
      </div>
      {row.filter && (
        <div className="condition-inner">
          <span className="quiet">{t('design.conditions.filtered')}</span>
          <GroupView group={row.filter} list={row.list} />
        </div>
      )}
      <GroupView group={row.group} list={row.list} />
    </div>
  );
}
