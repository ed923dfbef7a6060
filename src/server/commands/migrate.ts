import type { Command } from '../command.ts';

export const command: Command = {
  name: 'migrate',
  summary: { zh: '把数据库结构升级到当前版本', en: 'bring the database schema up to this version' },
  async run(ctx) {
    const db = await ctx.openDatabase(); // brings it up to date like every command
    const { rows } = await db.query<{ id: string }>('select id from migration order by applied_at, id');
    const text = {
      zh: `数据库结构为最新（PostgreSQL ${db.serverVersion}，${rows.length} 个迁移）`,
      en: `the schema is current (PostgreSQL ${db.serverVersion}, ${rows.length} migrations)`,
    };
    const data = { serverVersion: db.serverVersion, migrations: rows.map(({ id }) => id) };
    return { data, lines: [text[ctx.language]] };
  },
};
