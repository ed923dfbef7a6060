export { routes } from './assets-routes.ts';
export { customerCurve } from './aum-curve.ts';
export { backfillMetric, metricSelect } from './backfill.ts';
export { tradingCalendar, workCalendar } from './calendars.ts';
export {
  adoptMetrics,
  type Books,
  engineOfMetric,
  exampleDay,
  type FactsDay,
  factsStatements,
  foldedMetrics,
  foldFacts,
  foldRead,
  mendMetrics,
  openFactsDay,
  openStoredDay,
  rebuildAumHistory,
  refreshAum,
  takeSnapshot,
  updateMetrics,
} from './day.ts';
export { type Beside, customersUpTo, type FoldedRow, type NewFacts, readToFold } from './engine/fold.ts';
export { type FactNote, scanHistories } from './engine/store.ts';
export { metricField, metricListFields } from './list-fields.ts';
export {
  asksHouseholds,
  type CustomerReader,
  customerReader,
  customerVocabulary,
  leadTo,
  metricJoins,
  metricValues,
} from './metric-calculation.ts';
export {
  computedFrom,
  type MetricDefinition,
  metricDescriptions,
  metricSchema,
  metrics,
  storedMetrics,
  WINDOW_DAYS_MAX,
} from './metric-definition.ts';
export {
  fieldNames,
  measureWords,
  type Name,
  type Names,
  type Unit,
  type Vocabulary,
  vocabulary,
} from './metric-scope.ts';
export { checkMeasures } from './metric-sql.ts';
export { planMetrics } from './metric-table.ts';
export { migrations } from './migrations.ts';
export { code, type Definition, expression, invalidDefinition, oncePerModel, readDefinitions, text } from './pack.ts';
export { compilePackText } from './pack-expression.ts';
export {
  checkParameter,
  limitsOf,
  type ParameterValue,
  type ParameterValues,
  parameterSchema,
  parameters,
  parameterValues,
} from './parameters.ts';
export { listNameOf, relatedNames } from './related-names.ts';
export { openReplay, type Replay, type ReplayOptions } from './replay.ts';
export { followPublication, holdState, isOutdated, readState, shareState, sharingState } from './state.ts';
export { dayStatement } from './statement.ts';
