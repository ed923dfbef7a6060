export { type AccountInput, putAccount } from './accounts.ts';
export { type Caller, callerOf, forgetActors, type Identity, openIdentity } from './actors.ts';
export { asOwner, type OwnerContext } from './as-owner.ts';
export { actorOfUser } from './duties.ts';
export { migrations, planTriggers, triggers } from './migrations.ts';
export { hashPassword } from './password.ts';
export { setPassword } from './passwords.ts';
export { routes } from './routes.ts';
export { resealSecrets } from './seal.ts';
