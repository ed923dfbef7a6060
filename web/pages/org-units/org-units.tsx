import { useQuery } from '@tanstack/react-query';
import { Outlet, useMatch, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useEntityByCode } from '../../api/hooks.ts';
import { Button, Empty, ErrorState, Icon, Notice, PageHead, Skeleton } from '../../kit/kit.ts';
import { Cell } from '../../records/cell.tsx';
import { NEW } from '../../records/new.ts';
import { useTexts } from '../../texts/texts.ts';
import { pathTo, treeOf, type UnitNode } from './tree.ts';
import { UNITS_MAX, unitsQuery } from './units.ts';
import './org-units.css';

const OPEN_LEVELS = 2;

/** The tree of the institution: head office, branches, sub-branches, teams. */
export function OrgUnits() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const entity = useEntityByCode('org_unit');
  const units = useQuery(unitsQuery);
  const openId = useMatch({ from: '/inside/admin/org-units/$id', shouldThrow: false })?.params.id;
  const tree = useMemo(() => treeOf(units.data?.rows ?? []), [units.data]);
  const above = useMemo(() => new Set(pathTo(units.data?.rows ?? [], openId)), [units.data, openId]);
  if (!entity?.access.read) return <Empty title={t('errors.forbidden')} hint={t('errors.forbiddenHint')} />;
  const open = (id: string) => void navigate({ to: '/admin/org-units/$id', params: { id } });
  const create = entity.access.create && (
    <Button look="primary" icon="add" onClick={() => open(NEW)}>
      {t('orgUnits.newUnit')}
    </Button>
  );
  return (
    <div className={`split ${openId ? 'split-open' : ''}`}>
      <div className="split-main">
        <PageHead title={t('orgUnits.title')} hint={t('orgUnits.subtitle')}>
          {create}
        </PageHead>
        {units.error && !units.data ? (
          <ErrorState error={units.error} onRetry={() => void units.refetch()} />
        ) : !units.data ? (
          <Skeleton lines={8} />
        ) : tree.length === 0 ? (
          <Empty icon="building" title={t('orgUnits.empty')} action={create} />
        ) : (
          <>
            {units.data.cut && <Notice kind="warn">{t('orgUnits.cut', { count: UNITS_MAX })}</Notice>}
            <ul className="units" aria-label={t('orgUnits.title')}>
              {tree.map((node) => (
                <Unit key={node.row.id} node={node} level={0} above={above} openId={openId} onOpen={open} />
              ))}
            </ul>
          </>
        )}
      </div>
      <Outlet />
    </div>
  );
}

interface UnitProps {
  node: UnitNode;
  level: number;
  /** Units on the way to the one that is open: these are unfolded. */
  above: Set<string>;
  openId: string | undefined;
  onOpen: (id: string) => void;
}

function Unit({ node, level, above, openId, onOpen }: UnitProps) {
  const { t } = useTexts();
  const entity = useEntityByCode('org_unit')!;
  const [unfolded, setUnfolded] = useState<boolean>();
  const { row, children } = node;
  const isUnfolded = unfolded ?? (level < OPEN_LEVELS || above.has(row.id));
  const name = String(row[entity.title] ?? row.id);
  const kind = entity.fields.find((field) => field.code === 'kind');
  return (
    <li>
      <div
        className="unit"
        aria-current={row.id === openId ? 'true' : undefined}
        style={{ paddingLeft: `calc(var(--gutter) + ${level * 20}px)` }}
      >
        {children.length > 0 ? (
          <button
            type="button"
            className="unit-fold"
            aria-expanded={isUnfolded}
            aria-label={isUnfolded ? t('orgUnits.collapse', { name }) : t('orgUnits.expand', { name })}
            onClick={() => setUnfolded(!isUnfolded)}
          >
            <Icon name={isUnfolded ? 'chevronDown' : 'chevronRight'} size={14} />
          </button>
        ) : (
          <span className="unit-fold" />
        )}
        <button type="button" className="unit-name" onClick={() => onOpen(row.id)}>
          <span className="ellipsis">{name}</span>
          {kind && <Cell field={kind} value={row.kind} />}
          <span className="mono faint">{typeof row.code === 'string' ? row.code : ''}</span>
        </button>
      </div>
      {children.length > 0 && isUnfolded && (
        <ul>
          {children.map((child) => (
            <Unit key={child.row.id} node={child} level={level + 1} above={above} openId={openId} onOpen={onOpen} />
          ))}
        </ul>
      )}
    </li>
  );
}
