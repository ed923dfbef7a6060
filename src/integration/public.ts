export { runLoad } from './load/run.ts';
export { migrations } from './migrations.ts';
