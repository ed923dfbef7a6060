export * from './definition.ts';
export {
  DEFINITION_KINDS,
  DEFINITIONS_CHANNEL,
  type DefinitionKind,
  type DefinitionRow,
  definitionFaults,
  definitionsInForce,
  modelInForce,
  originOf,
  PUBLICATIONS,
  placeOfDefinition,
  publicationsIn,
  renewDefinitions,
  withDefinitions,
} from './definitions.ts';
export { DERIVATIONS_VERSION, derivations, grams, initialsOf, pinyinOf, simplified, soundOf } from './derive.ts';
export { encryptedFields, indexColumn, indexFormOf, isSecretName, maskedColumn } from './encrypted.ts';
export { kinds as fieldKinds } from './failures.ts';
export { newId, recordId } from './ids.ts';
export { migrations } from './migrations.ts';
export { columnOf, fieldOf, loadModel, type Model, type PackEntry, SYSTEM_FIELDS } from './model.ts';
export { createStatements, planSchema } from './schema.ts';
export { type TableDefinition, tableOf } from './tables.ts';
export { fieldTypes } from './types/all.ts';
export { isCreditCode, isResidentId } from './types/identity.ts';
export { type FieldType, OPERATORS, type Operator } from './types/type.ts';
