import type { Gender } from './names.ts';

/** What somebody does for a living, and how money reaches the account because of it. */
export interface Occupation {
  name: string;
  /** Ages at which it is held, both included. */
  from: number;
  to: number;
  gender?: Gender;
  /** Median monthly income in yuan. */
  pay: number;
  /** `wage`: an employer pays once a month. `trade`: takings arrive in several sums. `none`: somebody else provides. */
  income: 'wage' | 'trade' | 'pension' | 'none';
  employer?: 'company' | 'school' | 'hospital' | 'state';
  /** How common it is in four bands of wealth: below 40 %, 80 %, 97 % and above. */
  weights: readonly [number, number, number, number];
}

export const wealthBand = (rank: number): 0 | 1 | 2 | 3 => (rank < 0.4 ? 0 : rank < 0.8 ? 1 : rank < 0.97 ? 2 : 3);

export const occupations: readonly Occupation[] = [
  { name: '企业职员', from: 22, to: 59, pay: 8_500, income: 'wage', employer: 'company', weights: [22, 24, 14, 4] },
  { name: '工人', from: 20, to: 59, pay: 7_000, income: 'wage', employer: 'company', weights: [26, 12, 2, 0] },
  { name: '销售人员', from: 22, to: 55, pay: 9_200, income: 'wage', employer: 'company', weights: [9, 9, 5, 1] },
  { name: '教师', from: 24, to: 59, pay: 11_500, income: 'wage', employer: 'school', weights: [2, 8, 8, 1] },
  { name: '医生', from: 27, to: 62, pay: 17_000, income: 'wage', employer: 'hospital', weights: [0.5, 3, 7, 2] },
  {
    name: '护士',
    from: 22,
    to: 54,
    gender: 'female',
    pay: 9_800,
    income: 'wage',
    employer: 'hospital',
    weights: [3, 6, 3, 0],
  },
  { name: '公务员', from: 24, to: 59, pay: 12_500, income: 'wage', employer: 'state', weights: [1.5, 7, 8, 2] },
  { name: '工程师', from: 24, to: 57, pay: 17_500, income: 'wage', employer: 'company', weights: [2, 8, 10, 3] },
  { name: '程序员', from: 22, to: 42, pay: 21_000, income: 'wage', employer: 'company', weights: [1.5, 6, 7, 1] },
  { name: '财务人员', from: 23, to: 57, pay: 9_600, income: 'wage', employer: 'company', weights: [4, 7, 5, 1] },
  { name: '律师', from: 27, to: 66, pay: 28_000, income: 'wage', employer: 'company', weights: [0.2, 1, 3, 3] },
  { name: '餐饮服务员', from: 18, to: 55, pay: 5_600, income: 'wage', employer: 'company', weights: [8, 2, 0, 0] },
  { name: '网约车司机', from: 24, to: 58, gender: 'male', pay: 7_800, income: 'trade', weights: [6, 2, 0.2, 0] },
  { name: '个体工商户', from: 24, to: 68, pay: 14_000, income: 'trade', weights: [7, 10, 12, 6] },
  { name: '企业主', from: 30, to: 72, pay: 65_000, income: 'trade', weights: [0, 0.6, 9, 45] },
  { name: '企业高管', from: 35, to: 62, pay: 52_000, income: 'wage', employer: 'company', weights: [0, 0.5, 9, 22] },
  { name: '自由职业者', from: 20, to: 62, pay: 8_500, income: 'trade', weights: [9, 5, 3, 2] },
  { name: '农民', from: 30, to: 74, pay: 4_200, income: 'trade', weights: [6, 2, 0.3, 0] },
  { name: '全职家长', from: 26, to: 59, gender: 'female', pay: 0, income: 'none', weights: [4, 4, 4, 5] },
  { name: '自由投资人', from: 33, to: 78, pay: 0, income: 'none', weights: [0, 0, 0.5, 8] },
];

export const preschool: Occupation = {
  name: '学龄前儿童',
  from: 0,
  to: 5,
  pay: 0,
  income: 'none',
  weights: [1, 1, 1, 1],
};
export const student: Occupation = { name: '学生', from: 6, to: 23, pay: 0, income: 'none', weights: [1, 1, 1, 1] };
export const retired: Occupation = {
  name: '退休人员',
  from: 50,
  to: 120,
  pay: 4_900,
  income: 'pension',
  weights: [1, 1, 1, 1],
};
export const owner = occupations.find((occupation) => occupation.name === '企业主')!;

/** Women leave work earlier than men. */
export const retirementAge = (gender: Gender) => (gender === 'male' ? 60 : 53);
