export { type ExportOptions, exportLines } from './export.ts';
export { kinds as auditKinds, usageKinds } from './failures.ts';
export type { AuditFilter } from './filter.ts';
export { type Finding, findingText } from './finding.ts';
export { type RootKeeper, rootKeeper } from './keeper.ts';
export { migrations } from './migrations.ts';
export { type Pruned, pruneAudit } from './prune.ts';
export {
  AUDIT_INSERT,
  type AuditAction,
  type AuditEvent,
  auditActions,
  auditValues,
  record,
  recordAll,
} from './record.ts';
export { type Refusal, refusalRecorder } from './refusals.ts';
export { planRetention, type RetentionClass, readRetention } from './retention.ts';
export { makeRoot } from './root.ts';
export { type AuditReading, routes, type SeenChange, type SeenDetail } from './routes.ts';
export { publicPem, readPublicKeys, signingKey, trustedKeys } from './signing-key.ts';
export { type Verdict, verifyAudit, verifyIn } from './verify.ts';
export { verifyExport } from './verify-export.ts';
export { catchUp, look, witnessesOf } from './witness.ts';
