export * from './definition.ts';
export { derivations, grams } from './derive.ts';
export { newId, recordId } from './ids.ts';
export { columnOf, fieldOf, loadModel, type Model, type PackEntry, SYSTEM_FIELDS } from './model.ts';
export { createStatements, planSchema } from './schema.ts';
export { type TableDefinition, tableOf } from './tables.ts';
export { fieldTypes } from './types/all.ts';
export { isCreditCode, isResidentId } from './types/identity.ts';
export { type FieldType, OPERATORS, type Operator } from './types/type.ts';
