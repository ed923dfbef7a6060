export { workCalendar } from './calendars.ts';
export {
  type Books,
  exampleDay,
  type FactsDay,
  factsStatements,
  openFactsDay,
  rebuildAumHistory,
  refreshAum,
  takeSnapshot,
  updateMetrics,
} from './day.ts';
export { metricField, metricListFields } from './list-fields.ts';
export { customerVocabulary, metricJoins, metricValues } from './metric-calculation.ts';
export { type MetricDefinition, metricDescriptions, metrics } from './metric-definition.ts';
export { fieldNames, type Name, type Names, type Unit, type Vocabulary, vocabulary } from './metric-scope.ts';
export { planMetrics } from './metric-table.ts';
export { migrations } from './migrations.ts';
export { code, type Definition, expression, invalidDefinition, oncePerModel, readDefinitions, text } from './pack.ts';
export { compilePackText } from './pack-expression.ts';
export { dayStatement } from './statement.ts';
