export { type BulkResult, type BulkRow, type BulkTarget, writeBulk } from './bulk.ts';
export { outputValue, selectList, titleOf, type VisibleField, visibleFields } from './columns.ts';
export { countRows, type ListQuery, listRows, sortableFields } from './list.ts';
export { ensurePartitions } from './partitions.ts';
export { type Compiled, compiled, planned } from './planned.ts';
export { ensureFieldKeys, type ResealOptions, resealRetired, sealExisting } from './reseal.ts';
export { recordRoutes } from './routes.ts';
export { createRow, createRowIn, getRow, insertValues, updateRow, updateValues } from './rows.ts';
export { auditValuesOf, columnValues, indexesOf, readSealedFields } from './sealing.ts';
