import type { Words } from './words.ts';

export const identityZh = {
  search: {
    label: '搜索：姓名、拼音、手机、证件、账号、页面',
    short: '搜索',
    hint: '按 / 或 Ctrl-K 搜索',
    nothing: '没有找到“{{q}}”',
    customers: '客户',
    places: '页面',
    definitions: '标签、分层与客群',
    kinds: { tags: '标签', tiers: '分层', segments: '客群' },
    own: '本人名下',
    recentCustomers: '最近打开的客户',
    recentTexts: '最近的搜索',
    forget: '清除最近记录',
    otherNumber: '其他系统编号或原客户号',
    how: {
      whole: '{{field}}一致',
      beginning: '{{field}}开头',
      part: '{{field}}包含',
      end: '{{field}}尾号',
      similar: '{{field}}相近',
    },
  },
};

export const identityEn: Words<typeof identityZh> = {
  search: {
    label: 'Search: name, pinyin, phone, ID, account, page',
    short: 'Search',
    hint: 'Press / or Ctrl-K to search',
    nothing: 'Nothing found for “{{q}}”',
    customers: 'Customers',
    places: 'Pages',
    definitions: 'Tags, tiers and segments',
    kinds: { tags: 'Tag', tiers: 'Tier', segments: 'Segment' },
    own: 'Your own',
    recentCustomers: 'Opened lately',
    recentTexts: 'Searched lately',
    forget: 'Forget these',
    otherNumber: 'Number of another system, or former number',
    how: {
      whole: '{{field}} is the same',
      beginning: '{{field}} begins so',
      part: '{{field}} holds it',
      end: '{{field}} ends so',
      similar: '{{field}} is similar',
    },
  },
};
