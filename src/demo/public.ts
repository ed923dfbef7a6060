export {
  type DemoData,
  type DemoFacts,
  type DemoOptions,
  type DemoPart,
  type DemoSlab,
  demoLimits,
  generateDemo,
} from './generate.ts';
export { bankName, type Employee, type Institution as DemoInstitution } from './institution.ts';
export { type DemoEntity, tables } from './tables.ts';
