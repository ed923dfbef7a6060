import { readFileSync } from 'node:fs';
import { putAccount } from '#identity';
import type { Command } from '../command.ts';
import { packModel } from '../model.ts';

export const command: Command = {
  name: 'user',
  summary: {
    zh: '新建可登录的用户，或重置其密码（首位管理员由此产生）',
    en: 'make a user who can sign in, or reset a password (this makes the first administrator)',
  },
  arguments: [{ name: 'USERNAME', summary: { zh: '登录名', en: 'the username' } }],
  options: [
    { name: 'name', type: 'text', summary: { zh: '新用户的姓名', en: "a new user's name" } },
    { name: 'roles', type: 'text', summary: { zh: '角色代码，逗号分隔', en: 'role codes, separated by commas' } },
    {
      name: 'password-file',
      type: 'text',
      summary: {
        zh: '从文件读取密码（- 为标准输入）；省略则随机生成并显示一次',
        en: 'read the password from a file (- for standard input); without it a random one is made and shown once',
      },
    },
  ],
  examples: ['npx tongguan user admin --roles system_admin', 'npx tongguan user rm-12 --password-file -'],
  async run(ctx) {
    const file = ctx.options.text('password-file');
    const given = file === undefined ? undefined : readFileSync(file === '-' ? 0 : file, 'utf8').split(/\r?\n/)[0]!;
    const username = ctx.arguments.USERNAME!;
    const roles = ctx.options
      .text('roles')
      ?.split(',')
      .map((role) => role.trim())
      .filter((role) => role !== '');
    const database = await ctx.openDatabase();
    const { created, password } = await putAccount(database, packModel(), ctx.clock, {
      username,
      name: ctx.options.text('name'),
      roles,
      password: given,
    });
    const done = {
      zh: created ? `已新建用户 ${username}` : `已重置用户 ${username} 的密码，其会话已全部退出`,
      en: created
        ? `made the user ${username}`
        : `reset the password of ${username}; all sessions of the user are over`,
    };
    const shown = { zh: `密码：${password}（只显示这一次）`, en: `password: ${password} (shown this once)` };
    return {
      data: { username, created, ...(given === undefined ? { password } : {}) },
      lines: [done[ctx.language], ...(given === undefined ? [shown[ctx.language]] : [])],
    };
  },
};
