export { type BulkResult, type BulkRow, type BulkTarget, writeBulk } from './bulk.ts';
