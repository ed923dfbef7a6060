export { migrations } from './migrations.ts';
export { watchRoles } from './role-watch.ts';
export { routes } from './routes.ts';
