export { customerLabels, seenDetail } from './audit-detail.ts';
export { writeBulk } from './bulk.ts';
export type { BulkResult, BulkRow, BulkTarget, Correction } from './bulk-layout.ts';
export {
  byDate,
  CHANGE_CHANNEL,
  type CustomerChange,
  holdWatermark,
  noteChanges,
  noteHouseholds,
  notePosted,
  noteSql,
  type Posted,
  RECORDS_WRITTEN,
  raiseWatermark,
  takePosted,
  tellChanges,
} from './changes.ts';
export {
  listFieldRights,
  outputColumns,
  outputValue,
  selectList,
  textIn,
  titleOf,
  type VisibleField,
  visibleFields,
} from './columns.ts';
export { recordCorrections } from './correction-events.ts';
export { deriveExisting } from './derived.ts';
export { countForExport, exportableFields, exportStatement, namesClearly } from './export.ts';
export { type FactsLook, FEW_FACTS_MAX, insertFew, lookForFacts } from './few-facts.ts';
export { type Filter, likePrefix, parseFilters, tailSearch } from './filters.ts';
export { jobHandlers, recordRotation, schedules } from './jobs.ts';
export { countRows, idsOf, isSortable, type ListQuery, listRows, sortableFields } from './list.ts';
export { migrations } from './migrations.ts';
export { ensurePartitions } from './partitions.ts';
export { type Compiled, compiled, planned } from './planned.ts';
export { ensureFieldKeys, type ResealOptions, resealRetired, sealExisting } from './reseal.ts';
export { recordRoutes } from './routes.ts';
export { createRow, createRowIn, getRow, insertValues, updateRow, updateValues } from './rows.ts';
export { auditValuesOf, columnValues, indexesOf, readSealedFields } from './sealing.ts';
export { recordSearch } from './search-event.ts';
export { changedSince, deleteFacts, type KeptRow, type Restored, restoreRecords, UNDO_DAYS } from './undo.ts';
export { accept as acceptValue } from './values.ts';
