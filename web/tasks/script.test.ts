import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spoken } from './script.ts';

const script = '[客户姓名]您好，我是[经理姓名]。';

test('names are filled in for the reader', () => {
  assert.equal(
    spoken(script, { customer: '陈建国', gender: 'male', manager: '周明远' }, 'zh'),
    '陈建国先生您好，我是周明远。',
  );
  assert.equal(spoken(script, { customer: '通观公司', manager: '周明远' }, 'zh'), '通观公司您好，我是周明远。');
  assert.equal(spoken('Hi [客户姓名]', { customer: 'Li Na', gender: 'female', manager: '' }, 'en'), 'Hi Li Na');
});

test('a name that may not be seen stays a mark', () => {
  assert.equal(spoken(script, { customer: null, manager: '周明远' }, 'zh'), '[客户姓名]您好，我是周明远。');
});
