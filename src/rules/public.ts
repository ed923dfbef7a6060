export { headsNear } from './actions/people.ts';
export type { TaskEvidence, TaskTexts } from './actions/task.ts';
export { adoptTasks } from './adopt-tasks.ts';
export { automaticDaysRoutes } from './automatic-days-routes.ts';
export {
  DAY_STEPS,
  type DayContext,
  type DayCounts,
  type DayOptions,
  type DayResult,
  type DayStep,
  type RangeOptions,
  runBusinessDay,
  runBusinessDays,
} from './business-day.ts';
export { checkModel, definitionKinds, usage } from './definition-kinds.ts';
export { definitionRoutes } from './definition-routes.ts';
export { watchDefinitions } from './definition-watch.ts';
export { renew as renewDefinitions } from './definitions.ts';
export type { FactBatch, IngestResult } from './fact-batch.ts';
export { firingStatement as ruleStatement } from './firings.ts';
export { handRunRoutes } from './hand-runs.ts';
export {
  checkTag,
  dropTag,
  type MovedTag,
  moveHandTags,
  mustReach,
  putTag,
  returnHandTags,
  showHandTags,
} from './hand-tags.ts';
export { ingestFacts, ingestIn } from './ingest.ts';
export { jobHandlers, schedules } from './jobs.ts';
export { tagListFields } from './list-fields.ts';
export { membershipRoutes } from './membership-routes.ts';
export { migrations } from './migrations.ts';
export type { RefreshOptions } from './noted.ts';
export { refresh } from './refresh.ts';
export { type Refresher, startRefresher } from './refresher.ts';
export { rehearsalRoutes } from './rehearsal-routes.ts';
export { routes } from './routes.ts';
export { type RuleDescription, ruleDescriptions, rules } from './rule-definition.ts';
export { heartbeat, ruleGauges } from './rule-health.ts';
export { membershipVocabulary, segmentDescriptions, updateSegments } from './segments.ts';
export { dayStatements } from './statements.ts';
export { tagDescriptions, updateTags } from './tags.ts';
export { tierDescriptions, updateTiers } from './tiers.ts';
export { waitingRoutes } from './waiting-routes.ts';
export { whyRuleRoutes } from './why-rule-routes.ts';
export { SCRIPT_NAMES } from './wording.ts';
