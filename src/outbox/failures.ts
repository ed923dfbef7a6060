import { failures } from '#kernel';

export const kinds = failures('outbox', {
  target_unknown: { status: 404, zh: '没有代码为“{code}”的推送目标', en: 'there is no target "{code}"' },
  target_taken: {
    status: 409,
    zh: '推送目标“{code}”已存在，请换一个代码',
    en: 'the target "{code}" exists; choose another code',
  },
  target_stale: {
    status: 409,
    zh: '推送目标已被他人修改，请刷新后重试',
    en: 'somebody changed this target meanwhile; reload and try again',
  },
  targets_too_many: { status: 409, zh: '推送目标最多 {max} 个', en: 'there can be at most {max} targets' },
  url_invalid: {
    status: 400,
    zh: '网址“{url}”无效：须以 https:// 开头（内网目标也可用 http://），不含用户名、密码与 # 片段',
    en: 'the address "{url}" cannot be used: it begins with https:// (http:// also for internal targets) and holds no user, password or fragment',
  },
  address_forbidden: {
    status: 400,
    zh: '“{host}”指向 {address}，{internal}',
    en: '"{host}" leads to {address}, {internal}',
  },
  not_sent: { status: 404, zh: '发件箱中没有这一条', en: 'there is no such entry in the outbox' },
  not_dead: {
    status: 409,
    zh: '只有发送失败的条目可以重发，此条状态为“{status}”',
    en: 'only what failed can be sent again; this one is "{status}"',
  },
});

/** Why a try failed; kept with the row. */
export const reasons = failures('outbox', {
  target_missing: { status: 500, zh: '推送目标“{code}”不存在', en: 'the target "{code}" does not exist' },
  target_inactive: { status: 500, zh: '推送目标“{code}”已停用', en: 'the target "{code}" is switched off' },
  answered: { status: 500, zh: '对方答复 {status}', en: 'the receiver answered {status}' },
  redirected: {
    status: 500,
    zh: '对方要求转到其他地址（{status}），出于安全不予跟随；请改正目标网址',
    en: 'the receiver redirected ({status}); redirects are not followed, correct the address of the target',
  },
  unreachable: { status: 500, zh: '无法连接：{reason}', en: 'not reachable: {reason}' },
  timed_out: { status: 500, zh: '{seconds} 秒内没有答复', en: 'no answer within {seconds} s' },
  gone: { status: 500, zh: '对方答复 410：该地址不再接收', en: 'the receiver answered 410: it takes nothing any more' },
  erased: {
    status: 500,
    zh: '客户的个人信息已抹除，不再对外发送',
    en: 'the personal data of the customer was erased; nothing is sent',
  },
});
