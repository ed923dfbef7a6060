import { roles } from '#access';
import { invalidDefinition } from '#facts';
import { fieldOf, type Model } from '#metadata';
import type { CompiledAction } from '../rule-actions.ts';
import type { RuleDefinition } from '../rule-definition.ts';
import type { Person } from '../rule-schema.ts';

/** Refuses actions that name what there is not: roles, tags, kinds of case, service levels. The failure names rule and place. */
export function checkActions(model: Model, definition: RuleDefinition, actions: readonly CompiledAction[]): void {
  for (const action of actions) {
    const refuse = (place: string, zh: string, en: string) => {
      throw invalidDefinition(definition, `${action.path}/${place}`, { zh, en });
    };
    const knownPerson = (place: string, person: Person | 'customer') => {
      if (typeof person === 'object' && !roles(model).has(person.role)) {
        refuse(place, `没有角色“${person.role}”`, `there is no role "${person.role}"`);
      }
    };
    const knownOption = (place: string, entity: string, field: string, code: string) => {
      const options = fieldOf(model.entity(entity), field)!.options!;
      if (options.some((option) => option.code === code)) return;
      const known = (language: 'zh' | 'en') =>
        options.map((option) => `${option.code} ${option.label[language]}`).join(', ');
      refuse(place, `没有“${code}”，可选：${known('zh')}`, `there is no "${code}"; choose from: ${known('en')}`);
    };
    switch (action.kind) {
      case 'task':
      case 'opportunity':
        knownPerson('assignee', action.act.assignee);
        break;
      case 'case':
        knownPerson('assignee', action.act.assignee);
        knownOption('kind', 'service_case', 'kind', action.act.kind);
        break;
      case 'notify':
        for (const [index, person] of action.act.to.entries()) knownPerson(`to/${index}`, person);
        break;
      case 'message':
        knownPerson('to', action.act.to);
        break;
      case 'assign':
        knownPerson('among/role', action.act.among);
        break;
      case 'service_level':
        knownOption('level', 'customer', 'service_level', action.act.level);
        break;
      case 'tag': {
        const { code } = action.act;
        const tag = model
          .data('tags')
          .map(({ value }) => value as { code: string; manual?: boolean })
          .find((each) => each.code === code);
        if (!tag?.manual) {
          refuse(
            'code',
            `“${code}”不是人工标签；有条件的标签由系统自己维护`,
            `"${code}" is no manual tag; a tag with a condition is kept by the system itself`,
          );
        }
      }
    }
  }
}
