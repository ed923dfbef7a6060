import type { z } from 'zod';
import type { Issue } from './definition-check.ts';

type ZodIssue = z.core.$ZodIssue;

/** What the shape of a definition says against it, in words for people, each with its place. */
export const shapeIssues = (issues: readonly ZodIssue[]): Issue[] => issues.flatMap((issue) => shapeIssue(issue, []));

function shapeIssue(issue: ZodIssue, above: readonly PropertyKey[]): Issue[] {
  const path = [...above, ...issue.path].map(String).join('/');
  const told = (zh: string, en: string): Issue[] => [{ path, message: { zh, en } }];
  switch (issue.code) {
    case 'unrecognized_keys':
      return told(
        `不认识的内容：${issue.keys.slice(0, 5).join('、').slice(0, 200)}`,
        `unknown parts: ${issue.keys.slice(0, 5).join(', ').slice(0, 200)}`,
      );
    case 'too_big':
      return told(`超出上限 ${issue.maximum}`, `beyond the limit of ${issue.maximum}`);
    case 'too_small':
      return told(
        issue.minimum === 1 ? '不能为空' : `低于下限 ${issue.minimum}`,
        issue.minimum === 1 ? 'must not be empty' : `below the limit of ${issue.minimum}`,
      );
    case 'invalid_type':
      return told('缺少此项，或类型不对', 'is missing or of the wrong type');
    case 'invalid_value':
      return told(
        `应为以下之一：${issue.values.map(String).join('、')}`,
        `must be one of: ${issue.values.map(String).join(', ')}`,
      );
    case 'invalid_format':
      return path.endsWith('code') || path === 'code'
        ? told(
            '代码以小写字母开头，只含小写字母、数字和下划线，最多 50 个字符',
            'a code begins with a lower-case letter and has lower-case letters, digits and _, at most 50',
          )
        : told('格式不正确', 'is not well formed');
    case 'invalid_union':
      return unionIssues(issue, above);
    case 'invalid_key':
      return told(
        '代码以小写字母开头，只含小写字母、数字和下划线，最多 50 个字符',
        'a code begins with a lower-case letter and has lower-case letters, digits and _, at most 50',
      );
    case 'custom':
      return told(customTexts[issue.message] ?? issue.message, issue.message);
    default:
      return told('内容不正确', issue.message);
  }
}

const customTexts: Record<string, string> = {
  'needs exactly one of measure, ledger, expression, ratio, household':
    '指标的算法要且只能有一种：统计、台账、计算、比率或家庭汇总',
  'a ratio is in percent': '比率的单位是百分数',
  'needs either a condition (if) or manual: true': '标签要么有条件，要么由人工设置',
  'a tag set by hand has no keep_if, hold_days or group': '人工标签没有保持条件、保持天数和互斥组',
  'rates are given by currency': '汇率按币种给出',
};

/** Of several shapes that would do, what the nearest one misses: the one that fits at its root and fails as deep as possible. */
function unionIssues(issue: Extract<ZodIssue, { code: 'invalid_union' }>, above: readonly PropertyKey[]): Issue[] {
  const here = [...above, ...issue.path];
  const near = issue.errors.filter(
    (errors) => !errors.some(({ path, code }) => path.length === 0 && code !== 'custom'),
  );
  const [nearest] = near.toSorted((a, b) => a.length - b.length);
  if (nearest) return nearest.flatMap((each) => shapeIssue(each, here));
  const values = issue.errors.flat().flatMap((each) => (each.code === 'invalid_value' ? each.values.map(String) : []));
  const keys = issue.errors.flat().flatMap((each) => (each.code === 'unrecognized_keys' ? each.keys : []));
  const unknown = [...new Set(keys)].slice(0, 5).join(', ').slice(0, 200);
  const path = here.map(String).join('/');
  if (unknown !== '') {
    return [
      {
        path,
        message: {
          zh: `不是任何一种可用的写法，请检查：${unknown}`,
          en: `is none of the ways in which it may be written; look at ${unknown}`,
        },
      },
    ];
  }
  const known = values.slice(0, 12).join('、');
  return [
    {
      path,
      message: {
        zh: known === '' ? '缺少此项，或类型不对' : `缺少此项，或写法不对；可用 ${known} 等`,
        en: known === '' ? 'is missing or of the wrong type' : `is missing or not well written; there are ${known}`,
      },
    },
  ];
}
