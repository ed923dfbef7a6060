import { readFileSync } from 'node:fs';
import type { Random } from './random.ts';

export interface District {
  /** GB/T 2260, six digits. */
  code: string;
  name: string;
  city: string;
  province: string;
}

function readDistricts(): District[] {
  const text = readFileSync(new URL('./data/districts.csv', import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [code, name, city, province] = line.split(',');
      return { code: code!, name: name!, city: city!, province: province! };
    });
}

/** In the order in which the bank opens branches. */
export const districts: readonly District[] = readDistricts();

/** The cities, in the same order. */
export const cities: readonly string[] = [...new Set(districts.map((district) => district.city))];

/** 南湖区 → 南湖, 苏州工业园区 → 工业园区: how a sub-branch is called after its district. */
export function shortName(district: District): string {
  const city = district.city.slice(0, -1);
  const name = district.name.startsWith(city) ? district.name.slice(city.length) : district.name;
  return name.length > 2 && /[区县市]$/.test(name) && !name.endsWith('园区') && !name.endsWith('开发区')
    ? name.slice(0, -1)
    : name;
}

const words = (text: string) => text.split(' ');
const ROADS = words(
  '听澜路 望云路 栖霞街 桂香路 锦帆路 松风路 长虹路 枕河街 文澜路 春晖路 景明路 安澜大道 采薇路 鹤鸣路 星湖路 澄心街 揽月路 丰年路',
);
const ESTATES = words(
  '澜庭花园 桂雨苑 云栖名邸 枕水人家 松间雅苑 春江华庭 望湖公寓 锦绣里 书香苑 东篱新村 蓝湾国际 清荷苑 向阳新村 和风里 江南一品',
);
export const NEIGHBOURHOODS = words(
  '望云路 桂香路 锦帆路 松风路 文澜路 春晖路 景明路 采薇路 鹤鸣路 星湖路 揽月路 丰年路 安澜 听澜 枕河 栖霞',
);

const road = (chance: Random, district: District) =>
  `${district.province}${district.city}${district.name}${chance.pick(ROADS)}${chance.between(1, 999)}号`;

export function homeAddress(chance: Random, district: District): string {
  const estate = chance.pick(ESTATES);
  const room = `${chance.between(1, 26)}${String(chance.between(1, 4)).padStart(2, '0')}`;
  return `${road(chance, district)}${estate}${chance.between(1, 38)}幢${chance.between(1, 4)}单元${room}室`;
}

export function officeAddress(chance: Random, district: District): string {
  return chance.chance(0.5)
    ? `${road(chance, district)}${chance.between(1, 12)}号厂房`
    : `${road(chance, district)}创业大厦${chance.between(2, 28)}层${chance.between(1, 20)}室`;
}

export function branchAddress(chance: Random, district: District): string {
  return road(chance, district);
}
