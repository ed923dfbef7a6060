export { type Finding, findingText } from './finding.ts';
export { migrations } from './migrations.ts';
export { type Pruned, pruneAudit } from './prune.ts';
export { AUDIT_INSERT, type AuditAction, type AuditEvent, auditValues, record } from './record.ts';
export { planRetention, type RetentionClass, readRetention } from './retention.ts';
export { makeRoot, newestRoot } from './root.ts';
export { signingKey, trustedKeys } from './signing-key.ts';
export { type Verdict, verifyAudit, verifyIn } from './verify.ts';
export { catchUp, look, witnessesOf } from './witness.ts';
