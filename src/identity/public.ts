export { type AccountInput, putAccount } from './accounts.ts';
export { actorOf, forgetActors, SESSION_COOKIE } from './actors.ts';
export { migrations } from './migrations.ts';
export { hashPassword } from './password.ts';
export { routes } from './routes.ts';
export { setPassword } from './sessions.ts';
