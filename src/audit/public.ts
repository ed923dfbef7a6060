export { migrations } from './migrations.ts';
export { AUDIT_INSERT, type AuditAction, type AuditEvent, auditValues, record } from './record.ts';
