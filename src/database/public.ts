export { bigintArray, byteaArray, dateArray, integerArray, numericArray } from './arrays.ts';
export {
  allOf,
  type Database,
  type DatabaseOptions,
  openBeside,
  openDatabase,
  publicAddress,
  type Queryable,
  type Result,
  sqlState,
  type Transaction,
  type TransactionOptions,
} from './connection.ts';
export { copyIn, copyOut, copyText } from './copy.ts';
export { type Embedded, type EmbeddedOptions, startEmbedded } from './embedded.ts';
export { type Listening, listen } from './listen.ts';
export { applyMigrations, type Migration, type MigrationStatus, migrationStatus } from './migrations.ts';
export type { Prologue } from './prologue.ts';
export { empty, heldLock, ident, join, type Prepared, prepared, raw, type Sql, type Statement, sql } from './sql.ts';
export {
  type TemporaryDatabase,
  type TemporaryOptions,
  type TestTemplate,
  temporaryDatabase,
  testDatabase,
  testHome,
} from './testing.ts';
