import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { Failure } from '#kernel';
import type { EntityDefinition, FieldDefinition, ListField } from './definition.ts';
import { entitySchema } from './definition-schema.ts';
import { encryptionFault, isSecretName } from './encrypted.ts';
import { packKinds } from './failures.ts';

/** Everything that the packs define, checked; read once at start. */
export interface Model {
  entities: EntityDefinition[];
  /** Throws a Failure when there is no such entity. */
  entity(code: string): EntityDefinition;
  byPlural(plural: string): EntityDefinition | undefined;
  /** Entries of `<name>.yaml` of every pack, in pack order, as plain data; the room that owns the kind checks them. */
  data(name: string): PackEntry[];
  /** What lists of an entity offer besides its fields; given by the rooms above that know such values. */
  listFields?(model: Model, entity: EntityDefinition): readonly ListField[];
}

export interface PackEntry {
  /** Where it stands, for messages. */
  file: string;
  value: Record<string, unknown>;
}

/** Reads packs from their folders, later packs after earlier ones. Throws a Failure naming file and place. */
export function loadModel(folders: readonly string[]): Model {
  const entities: EntityDefinition[] = [];
  const data = new Map<string, PackEntry[]>();
  for (const folder of folders) {
    for (const file of globSync('entities/*.yaml', { cwd: folder }).sort()) {
      entities.push(readEntity(join(folder, file)));
    }
    for (const file of globSync('*.yaml', { cwd: folder }).sort()) {
      const name = basename(file, '.yaml');
      const values = readYaml(join(folder, file));
      if (!Array.isArray(values)) throw invalid(join(folder, file), '/', 'the file must be a list of entries');
      const entries = values.map((value) => ({ file: join(folder, file), value: value as Record<string, unknown> }));
      data.set(name, [...(data.get(name) ?? []), ...entries]);
    }
  }
  fillOptions(entities, data);
  const byCode = new Map(entities.map((entity) => [entity.code, entity]));
  const byPlural = new Map(entities.map((entity) => [entity.plural, entity]));
  for (const entity of entities) checkEntity(entity, byCode);
  return {
    entities,
    entity(code) {
      const entity = byCode.get(code);
      if (!entity) throw new Failure(packKinds.unknown_entity, { entity: code });
      return entity;
    },
    byPlural: (plural) => byPlural.get(plural),
    data: (name) => data.get(name) ?? [],
  };
}

function readYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Failure(packKinds.unreadable, { file, reason: (error as Error).message });
  }
}

function invalid(file: string, path: string, reason: string): Failure {
  return new Failure(packKinds.invalid, { file, path, reason });
}

function readEntity(file: string): EntityDefinition {
  const result = entitySchema.safeParse(readYaml(file));
  if (!result.success) {
    const issue = result.error.issues[0]!;
    throw invalid(file, `/${issue.path.join('/')}`, issue.message);
  }
  if (result.data.code !== basename(file, '.yaml')) throw invalid(file, '/code', 'the code must equal the file name');
  return result.data;
}

/** A field's choices that other pack files define: tiers and roles. */
function fillOptions(entities: EntityDefinition[], data: Map<string, PackEntry[]>): void {
  const sources: Record<string, string> = { 'customer.tier': 'tiers', 'user.roles': 'roles', 'post.role': 'roles' };
  for (const entity of entities) {
    for (const field of entity.fields) {
      const source = sources[`${entity.code}.${field.code}`];
      if (source) {
        field.options = (data.get(source) ?? []).map(({ value }) => ({
          code: value.code as string,
          label: value.label as FieldDefinition['label'],
          color: value.color as never,
        }));
      }
    }
  }
}

function checkEntity(entity: EntityDefinition, byCode: Map<string, EntityDefinition>): void {
  const codes = new Set([...entity.fields.map((field) => field.code), ...SYSTEM_FIELDS]);
  const place = `entities/${entity.code}.yaml`;
  const must = (code: string, path: string) => {
    if (!codes.has(code.replace(/^-/, ''))) throw invalid(place, path, `there is no field ${code}`);
  };
  if (codes.size !== entity.fields.length + SYSTEM_FIELDS.length) {
    throw invalid(place, '/fields', 'two fields carry the same code');
  }
  must(entity.title, '/title');
  must(entity.list.sort, '/list/sort');
  for (const code of [...entity.list.columns, ...entity.list.filters]) must(code, '/list');
  for (const code of entity.indexes.flat()) must(code, '/indexes');
  if (entity.scope === 'customer' && entity.fields[0]!.code !== 'customer') {
    throw invalid(place, '/fields/0', 'a customer-scoped entity begins with the field customer');
  }
  if (entity.storage === 'fact' && (entity.scope !== 'customer' || entity.fields[1]?.code !== 'business_date')) {
    throw invalid(place, '/fields/1', 'a fact has the fields customer and business_date first');
  }
  for (const field of entity.fields) {
    if ((field.type === 'ref') !== (field.ref !== undefined))
      throw invalid(place, `/fields/${field.code}`, 'ref needs type ref');
    if (field.ref && !byCode.has(field.ref))
      throw invalid(place, `/fields/${field.code}`, `unknown entity ${field.ref}`);
    if (field.derive) must(field.derive.from, `/fields/${field.code}`);
    if (isSecretName(field.code) || isSecretName(field.label.zh)) {
      throw invalid(
        place,
        `/fields/${field.code}`,
        'PINs, passwords, card verification values and track data are never kept',
      );
    }
    const fault = field.encrypted ? encryptionFault(entity, field) : undefined;
    if (fault) throw invalid(place, `/fields/${field.code}`, fault);
  }
}

/** Columns that every record has besides its fields; they can be listed and sorted by. */
export const SYSTEM_FIELDS = ['created_at', 'updated_at'] as const;

/** The column of a field: references end in `_id`. */
export function columnOf(field: FieldDefinition): string {
  return field.type === 'ref' ? `${field.code}_id` : field.code;
}

export function fieldOf(entity: EntityDefinition, code: string): FieldDefinition | undefined {
  return entity.fields.find((field) => field.code === code);
}
