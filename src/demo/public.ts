export {
  type DemoData,
  type DemoFacts,
  type DemoOptions,
  type DemoPart,
  type DemoSlab,
  demoLimits,
  generateDemo,
} from './generate.ts';
export { bankName } from './institution.ts';
export {
  type DemoContext,
  type DemoLoadOptions,
  type DemoProgress,
  type DemoReport,
  demoPassword,
  loadDemo,
  type UnfinishedDemo,
  unfinishedDemo,
} from './load.ts';
export { type DemoEntity, tables } from './tables.ts';
