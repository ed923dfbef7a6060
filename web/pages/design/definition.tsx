import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useBlocker, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Suspense, useState } from 'react';
import { isApiError } from '../../api/client.ts';
import {
  type Body,
  checkQuery,
  type DefinitionKind,
  definitionKinds,
  definitionQuery,
  definitionsQuery,
  discardDraft,
  isMemberKind,
  publishDraft,
  retireDefinition,
  saveDraft,
  type Vocabulary,
  vocabularyQuery,
  type WholeDefinition,
} from '../../api/definitions.ts';
import { useMay } from '../../app/permissions.ts';
import {
  Badge,
  Button,
  Confirm,
  Empty,
  ErrorState,
  Menu,
  Notice,
  PageHead,
  Skeleton,
  Tabs,
  toast,
  useErrorText,
} from '../../kit/kit.ts';
import { useDelayed } from '../../kit/use-delayed.ts';
import { useTexts } from '../../texts/texts.ts';
import { DefinitionForm } from './form.tsx';
import { blankBody, codeFor, isSame, tidy } from './kinds.ts';
import { Members } from './parts.ts';
import { PreviewPanel } from './preview.tsx';
import { Publication } from './publication.tsx';
import { PublishDialog } from './publish-dialog.tsx';
import { isShownInRule, mayRunByHand } from './rule/rule.ts';
import { RuleParameters } from './rule/rule-side.tsx';
import { RunDialog } from './rule/run-dialog.tsx';
import { ruleTabs } from './rule/tabs.ts';
import { WaitingAlerts } from './rule/waiting.tsx';
import { useWordsOf } from './rule/words.ts';
import { States } from './states.tsx';
import { Uses } from './uses.tsx';
import { Versions } from './versions.tsx';
import { WhyPanel } from './why.tsx';
import './design.css';

const NEW = 'new';

/** One definition: written as a draft with a look at what it does, published, followed, taken back. */
export function DefinitionPage() {
  const { t } = useTexts();
  const copied = useCopied();
  const params = useParams({ from: '/inside/design/$kind/$code' });
  const { above, template } = useSearch({ from: '/inside/design/$kind/$code' });
  const kind = definitionKinds.find((each) => each === params.kind);
  const isNew = params.code === NEW;
  const mayRead = useMay('definitions.read');
  const enabled = mayRead && kind !== undefined;
  const definition = useQuery({ ...definitionQuery(kind ?? 'metrics', params.code), enabled: enabled && !isNew });
  const all = useQuery({ ...definitionsQuery(kind ?? 'metrics'), enabled: enabled && isNew });
  const vocabulary = useQuery({ ...vocabularyQuery(kind ?? 'metrics'), enabled });
  if (!mayRead) return <Empty title={t('errors.forbidden')} hint={t('errors.forbiddenHint')} />;
  if (!kind) return <Empty icon="search" title={t('errors.notFound')} hint={t('errors.notFoundHint')} />;
  const error = definition.error ?? vocabulary.error ?? all.error;
  if (error && !definition.data) return <ErrorState error={error} onRetry={() => void definition.refetch()} />;
  if (!vocabulary.data || (isNew ? !all.data : !definition.data)) return <Skeleton lines={14} />;
  const taken = new Set((all.data ?? []).map(({ code }) => code));
  const model = template === undefined ? undefined : all.data?.find(({ code }) => code === template)?.body;
  const begun = { ...blankBody(kind, codeFor(kind, model?.label.en ?? '', taken)), ...(above && { above }) };
  const blank = model ? { ...model, code: begun.code, label: copied(model.label) } : begun;
  return (
    <Designer
      key={isNew ? `${NEW} ${template ?? ''}` : `${kind} ${params.code}`}
      kind={kind}
      whole={isNew ? undefined : definition.data}
      blank={blank}
      taken={taken}
      vocabulary={vocabulary.data}
    />
  );
}

/** The name of a copy, in both languages. */
function useCopied() {
  const { t } = useTexts();
  return (label: Body['label']): Body['label'] => ({
    zh: t('rules.copyOf', { name: label.zh, lng: 'zh' }),
    en: t('rules.copyOf', { name: label.en, lng: 'en' }),
  });
}

const SETTLED_MS = 350;

interface DesignerProps {
  kind: DefinitionKind;
  /** Nothing for one that is not saved yet. */
  whole: WholeDefinition | undefined;
  blank: Body;
  taken: ReadonlySet<string>;
  vocabulary: Vocabulary;
}

/** The publication that this person started, kept while a new definition moves to its own address. */
function useStartedJob(kind: DefinitionKind, code: string) {
  const queries = useQueryClient();
  const keyOf = (of: string) => ['publication', kind, of];
  const { data } = useQuery<string | null>({ queryKey: keyOf(code), queryFn: () => null, enabled: false });
  const set = (job: string | undefined, of = code) => queries.setQueryData(keyOf(of), job ?? null);
  return [data ?? undefined, set] as const;
}

/** `rule:` and a code: one of the tabs that only rules have. */
type Part = 'form' | 'members' | 'why' | 'versions' | 'uses' | `rule:${string}`;

function Designer({ kind, whole, blank, taken, vocabulary: ofKind }: DesignerProps) {
  const { t, text } = useTexts();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const errorText = useErrorText();
  const mayEdit = useMay('definitions.edit');
  const mayPublish = useMay('definitions.publish');
  const mayRun = useMay('rules.run');
  const stored = whole ? (whole.draft?.body ?? whole.body) : blank;
  const [body, setBody] = useState<Body>(stored);
  /** What the text of each condition is not yet: whole and right. */
  const [unready, setUnready] = useState<ReadonlySet<string>>(new Set());
  const [base, setBase] = useState(stored);
  const [part, setPart] = useState<Part>('form');
  const [dialog, setDialog] = useState<'publish' | 'discard' | 'retire' | 'run'>();
  const [started, setJob] = useStartedJob(kind, whole?.code ?? blank.code);
  const job = started ?? whole?.draft?.job ?? undefined;
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<{ field: string | undefined; message: string }>();

  // Somebody else saved, or a publication ended: what is not being changed here follows.
  if (!isSame(base, stored) && isSame(body, base)) {
    setBase(stored);
    setBody(stored);
  }
  const vocabulary = useWordsOf(kind, body, ofKind);
  const candidate = tidy(kind, body);
  const dirty = !isSame(candidate, tidy(kind, base));
  const named = candidate.label.zh !== '';
  const publishing = job !== undefined;
  const disabled = !mayEdit || publishing;
  const ready = unready.size === 0 && named && !isBlank(kind, candidate);
  const settled = useDelayed(candidate, SETTLED_MS);
  const check = useQuery({
    ...checkQuery(kind, settled),
    enabled: mayEdit && ready,
    placeholderData: keepPreviousData,
  });
  const answer = ready && isSame(settled, candidate) ? check.data : undefined;
  const leaving = useBlocker({
    shouldBlockFn: () => dirty && !busy,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });

  const change = (next: Body) => {
    setRefused(undefined);
    // Until it is saved, a new definition's code follows its English name.
    const renamed = !whole && next.label.en !== body.label.en && next.code === body.code;
    setBody(renamed ? { ...next, code: codeFor(kind, next.label.en, taken) } : next);
  };
  const setReady = (path: string, isReady: boolean) =>
    setUnready((before) => {
      if (before.has(path) === !isReady) return before;
      return new Set(isReady ? [...before].filter((each) => each !== path) : [...before, path]);
    });
  const refresh = async () => {
    await queries.invalidateQueries({ queryKey: ['definitions'] });
    void queries.invalidateQueries({ queryKey: ['vocabulary'] });
    void queries.invalidateQueries({ queryKey: ['metadata'] });
  };
  const attempt = async (act: () => Promise<void>) => {
    setBusy(true);
    setRefused(undefined);
    try {
      await act();
    } catch (error) {
      setRefused({ field: isApiError(error) ? error.field : undefined, message: errorText(error) });
    } finally {
      setBusy(false);
    }
  };
  const save = async (): Promise<WholeDefinition> => {
    const saved = await saveDraft(kind, candidate);
    setBase(saved.draft?.body ?? saved.body);
    setBody(saved.draft?.body ?? saved.body);
    queries.setQueryData(definitionQuery(kind, candidate.code).queryKey, saved);
    void queries.invalidateQueries({ queryKey: definitionsQuery(kind).queryKey, exact: true });
    return saved;
  };
  const saveOnly = () =>
    attempt(async () => {
      const saved = await save();
      toast(t('design.draftSaved'));
      if (!whole) await navigate({ to: '/design/$kind/$code', params: { kind, code: saved.code }, replace: true });
    });
  const publish = (note: string) =>
    attempt(async () => {
      setDialog(undefined);
      const saved = dirty || !whole?.draft ? await save() : whole;
      const done = await publishDraft(kind, saved.code, saved.draft!.version, note);
      if (done.waiting) toast(t('design.askedForApproval'));
      setJob(done.job, saved.code);
      await refresh();
      if (!whole) await navigate({ to: '/design/$kind/$code', params: { kind, code: saved.code }, replace: true });
    });
  const discard = () =>
    attempt(async () => {
      setDialog(undefined);
      if (whole?.draft) await discardDraft(kind, whole.code);
      toast(t('design.draftDiscarded'));
      if (whole && (whole.source !== 'own' || whole.version !== whole.draft?.version)) {
        setBody(whole.body);
        setBase(whole.body);
        await refresh();
      } else {
        setBody(stored);
        setBase(stored);
        await navigate({ to: `/design/${kind}` });
        await refresh();
      }
    });
  const retire = () =>
    attempt(async () => {
      setDialog(undefined);
      setJob((await retireDefinition(kind, whole!.code, '')).job);
      await refresh();
    });

  const issues = answer?.issues ?? [];
  const inForce = whole?.status === 'published' ? whole : undefined;
  const nothingNew = !dirty && !whole?.draft;
  const reason = !named
    ? t('design.nameNeeded')
    : !ready
      ? t('design.notReady')
      : issues.length > 0
        ? text(issues[0]!.message)
        : nothingNew
          ? t('design.nothingNew')
          : !dirty && whole?.draft?.requestedByMe
            ? t('design.approvedByAnother')
            : undefined;
  const tabs: { code: Part; label: string; count?: number }[] = [
    { code: 'form', label: t('design.parts.form') },
    ...(kind === 'rules'
      ? ruleTabs
          .filter(({ shows }) => shows({ whole, body: candidate }))
          .map(({ code, label }) => ({ code: `rule:${code}` as const, label: text(label) }))
      : []),
    ...(inForce && isMemberKind(kind)
      ? ([
          { code: 'members', label: t('design.parts.members') },
          { code: 'why', label: t('design.parts.why') },
        ] as const)
      : []),
    ...(whole
      ? ([
          { code: 'versions', label: t('design.parts.versions'), count: whole.versions.length },
          { code: 'uses', label: t('design.parts.uses'), count: whole.usedBy.length },
        ] as const)
      : []),
  ];
  return (
    <div className="design definition">
      <PageHead title={whole ? text(whole.label) : t(`design.kinds.${kind}.create`)} hint={text(whole?.description)}>
        <Link to={`/design/${kind}`} className="button button-quiet">
          {t(`design.kinds.${kind}.back`)}
        </Link>
        {mayEdit && whole && (whole.draft || inForce) && (
          <Menu
            label={t('common.more')}
            align="end"
            items={[
              ...(whole.draft
                ? [{ code: 'discard', label: t('design.discardDraft'), onSelect: () => setDialog('discard') }]
                : []),
              ...(inForce && mayRun && kind === 'rules' && mayRunByHand(inForce.body)
                ? [{ code: 'run', label: t('rules.runByHand'), onSelect: () => setDialog('run') }]
                : []),
              ...(inForce && mayPublish
                ? [{ code: 'retire', label: t('design.retire'), onSelect: () => setDialog('retire') }]
                : []),
            ]}
            trigger={(open) => <Button icon="more" aria-label={t('common.more')} title={t('common.more')} {...open} />}
          />
        )}
      </PageHead>
      <div className="definition-facts">
        {whole && <States definition={whole} />}
        <span className="mono faint">{body.code}</span>
        {whole && whole.version > 0 && <span className="quiet">{t('design.version', { version: whole.version })}</span>}
        {whole?.draft && (
          <span className="quiet">
            {t('design.draftBy', { name: whole.draft.by ?? '—', date: whole.draft.at.slice(0, 10) })}
          </span>
        )}
        {whole?.health.size !== undefined && (
          <Badge>
            {kind === 'rules'
              ? t('rules.alertsLately', { count: whole.health.size })
              : t('design.customers', { count: whole.health.size, figure: String(whole.health.size) })}
          </Badge>
        )}
      </div>
      {!mayEdit && <Notice kind="info">{t('design.readOnly')}</Notice>}
      {kind === 'rules' && whole && <WaitingAlerts code={whole.code} mayDecide={mayRun} />}
      {whole?.health.error && <Notice kind="danger">{text(whole.health.error)}</Notice>}
      {whole?.draft?.requestedBy && (
        <Notice kind="warn">{t('design.waitsFor', { name: whole.draft.requestedBy })}</Notice>
      )}
      {job && (
        <Publication
          job={job}
          kind={kind}
          code={body.code}
          onDone={() => {
            setJob(undefined);
            void refresh();
          }}
        />
      )}
      {refused && <Notice kind="danger">{refused.message}</Notice>}
      <Tabs label={t('design.parts.label')} tabs={tabs} value={part} onChange={setPart}>
        {part === 'form' && (
          <div className="definition-body">
            <div className="definition-form">
              <DefinitionForm
                kind={kind}
                body={body}
                whole={whole}
                vocabulary={vocabulary}
                disabled={disabled}
                issues={issues}
                onChange={change}
                onReady={setReady}
              />
              {issues
                .filter(({ path }) => !isShownInPlace(kind, path))
                .map((issue) => (
                  <Notice key={`${issue.path} ${issue.message.en}`} kind="danger">
                    {text(issue.message)}
                  </Notice>
                ))}
            </div>
            <div className="definition-side">
              {kind === 'rules' && <RuleParameters body={body} disabled={disabled} onChange={change} />}
              {mayEdit && (
                <PreviewPanel
                  kind={kind}
                  body={body}
                  vocabulary={vocabulary}
                  ready={ready}
                  answer={ready ? check.data : undefined}
                  error={ready ? check.error : null}
                  busy={ready && (check.isFetching || !isSame(settled, candidate))}
                />
              )}
            </div>
          </div>
        )}
        {part === 'members' && whole && (
          <Suspense fallback={<Skeleton lines={10} />}>
            <Members kind={kind} definition={whole} />
          </Suspense>
        )}
        {part === 'why' && whole && isMemberKind(kind) && <WhyPanel kind={kind} definition={whole} />}
        {ruleTabs
          .filter(({ code }) => part === `rule:${code}`)
          .map(({ code, Panel }) => (
            <Suspense key={code} fallback={<Skeleton lines={10} />}>
              <Panel whole={whole} body={candidate} />
            </Suspense>
          ))}
        {part === 'versions' && whole && (
          <Versions
            kind={kind}
            whole={whole}
            vocabulary={vocabulary}
            mayRevert={mayPublish && !publishing}
            onReverted={(publication) => {
              setJob(publication.job);
              void refresh();
            }}
          />
        )}
        {part === 'uses' && whole && <Uses uses={whole.usedBy} />}
      </Tabs>
      {mayEdit && part === 'form' && (
        <footer className="definition-foot">
          <span className="quiet ellipsis">{dirty ? t('design.unsaved') : (reason ?? '')}</span>
          <span className="definition-space" />
          {dirty && <Button onClick={() => change(base)}>{t('design.undoChanges')}</Button>}
          <Button
            reason={!named ? t('design.nameNeeded') : dirty ? undefined : t('design.nothingNew')}
            busy={busy}
            onClick={() => void saveOnly()}
          >
            {t('design.saveDraft')}
          </Button>
          {mayPublish && (
            <Button
              look="primary"
              reason={publishing ? t('design.publishing') : reason}
              busy={busy || (ready && reason === undefined && !answer)}
              onClick={() => setDialog('publish')}
            >
              {t(whole?.draft?.requestedBy && !dirty ? 'design.approve' : 'design.publish')}
            </Button>
          )}
        </footer>
      )}
      {dialog === 'publish' && (
        <Suspense>
          <PublishDialog
            kind={kind}
            before={inForce?.body}
            after={candidate}
            preview={answer?.preview}
            vocabulary={vocabulary}
            onPublish={(note) => void publish(note)}
            onClose={() => setDialog(undefined)}
          />
        </Suspense>
      )}
      {dialog === 'discard' && (
        <Confirm
          title={t('design.discardDraft')}
          text={t('design.discardText')}
          yes={t('design.discardDraft')}
          danger
          onYes={() => void discard()}
          onNo={() => setDialog(undefined)}
        />
      )}
      {dialog === 'run' && whole && <RunDialog code={whole.code} onClose={() => setDialog(undefined)} />}
      {dialog === 'retire' && (
        <Confirm
          title={t('design.retire')}
          text={t(kind === 'rules' ? 'rules.retireText' : 'design.retireText')}
          yes={t('design.retire')}
          danger
          onYes={() => void retire()}
          onNo={() => setDialog(undefined)}
        />
      )}
      {leaving.status === 'blocked' && (
        <Confirm
          title={t('record.discard')}
          text={t('record.discardText')}
          yes={t('record.discardYes')}
          no={t('record.keepEditing')}
          danger
          onYes={leaving.proceed}
          onNo={leaving.reset}
        />
      )}
    </div>
  );
}

/** Whether what a definition is about is missing altogether: nothing that the server could say more of. */
function isBlank(kind: DefinitionKind, body: Body): boolean {
  if (kind === 'tags') return !body.manual && !body.if;
  if (kind === 'segments') return !body.if;
  if (kind === 'parameters') return body.value === undefined || body.value === '';
  if (kind === 'rules') return !body.if;
  return false;
}

/** Conditions say what is wrong with them in their own place. */
const isShownInPlace = (kind: DefinitionKind, path: string): boolean =>
  kind === 'rules' ? isShownInRule(path) : ['if', 'keep_if', 'expression', 'measure/where'].includes(path);
