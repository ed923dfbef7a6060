import { failures } from '#kernel';

export const kinds = failures('database', {
  unreachable: {
    status: 503,
    zh: '无法连接数据库 {address}：{reason}。请检查 DATABASE_URL、网络与数据库服务是否已启动',
    en: 'cannot reach the database at {address}: {reason}; check DATABASE_URL, the network and that the server is running',
  },
  refused: {
    status: 503,
    zh: '数据库 {address} 拒绝了登录：{reason}。请检查 DATABASE_URL 中的用户名、密码与库名',
    en: 'the database at {address} refused the sign-in: {reason}; check user, password and database name in DATABASE_URL',
  },
  too_old: {
    status: 503,
    zh: '数据库版本为 PostgreSQL {version}，需要 {required} 或更高版本。请升级数据库，或去掉 DATABASE_URL 使用内置数据库',
    en: 'the database is PostgreSQL {version}; {required} or newer is needed. Upgrade it, or unset DATABASE_URL to use the built-in one',
  },
  invalid_url: {
    status: 500,
    zh: 'DATABASE_URL 不是有效的地址，应形如 postgres://用户:密码@主机:5432/库名',
    en: 'DATABASE_URL is not a valid address; it looks like postgres://user:password@host:5432/name',
  },
  invalid_name: {
    status: 500,
    zh: '“{name}”不能用作数据库对象名：长度须为 1 到 {max} 字节',
    en: '"{name}" cannot name a database object: it must have 1 to {max} bytes',
  },
  migration_changed: {
    status: 500,
    zh: '迁移“{id}”已在本库执行过，但内容被改动。请还原该迁移，另写一个新的迁移',
    en: 'migration "{id}" has already run on this database and has been changed since; restore it and write a new migration instead',
  },
  migration_unknown: {
    status: 500,
    zh: '本库执行过当前程序没有的迁移“{id}”，说明数据库比程序新。请使用更新的程序版本',
    en: 'this database holds migration "{id}" which this program does not know: the database is newer; use a newer program',
  },
  migration_failed: {
    status: 500,
    zh: '迁移“{id}”执行失败：{reason}（第 {line} 行）。该迁移已整体回滚，修正后重新执行即可',
    en: 'migration "{id}" failed: {reason} (line {line}). It was rolled back as a whole; mend it and run again',
  },
  no_binaries: {
    status: 500,
    zh: '内置数据库没有适用于 {platform} 的程序包。请设置 DATABASE_URL 指向 PostgreSQL {required} 或更高版本',
    en: 'there is no built-in database for {platform}; set DATABASE_URL to a PostgreSQL {required} or newer',
  },
  no_server_user: {
    status: 500,
    zh: '以 root 运行时需要一个普通用户来运行数据库，但系统中没有 {users}。请创建其一，或改用普通用户启动',
    en: 'run as root, the database needs an ordinary user, and neither of {users} exists; create one or start as an ordinary user',
  },
  home_not_writable: {
    status: 500,
    zh: '数据文件夹 {folder} 不可写：{reason}。请修改其权限，或用 TONGGUAN_HOME 指定另一个文件夹',
    en: 'the data folder {folder} cannot be written: {reason}; change its permissions, or name another folder in TONGGUAN_HOME',
  },
  cluster_version: {
    status: 500,
    zh: '数据文件夹 {folder} 由 PostgreSQL {found} 创建，而内置版本为 {expected}。请用原版本导出后再导入，或另设 TONGGUAN_HOME',
    en: 'the data folder {folder} was made by PostgreSQL {found}, the built-in one is {expected}; export with the former version, or use another TONGGUAN_HOME',
  },
  create_failed: {
    status: 500,
    zh: '无法建立内置数据库：{reason}',
    en: 'the built-in database could not be created: {reason}',
  },
  start_failed: {
    status: 500,
    zh: '内置数据库未能启动：{reason}。完整日志：{log}',
    en: 'the built-in database did not start: {reason}. The full log is {log}',
  },
});

/** The lowest PostgreSQL major version whose SQL the product writes. */
export const requiredVersion = 15;
