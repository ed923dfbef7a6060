export { blockStatements, profileStatement } from './profile.ts';
export { routes } from './routes.ts';
