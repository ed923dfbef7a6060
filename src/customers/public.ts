export { jobHandlers } from './bulk.ts';
export { migrations } from './migrations.ts';
export { blockStatements, EVER, profileStatement, readProfile } from './profile.ts';
export { routes } from './routes.ts';
