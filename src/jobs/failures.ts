import { failures } from '#kernel';

export const kinds = failures('jobs', {
  not_found: { status: 404, zh: '没有编号为 {id} 的后台任务', en: 'there is no job {id}' },
  defect: {
    status: 500,
    zh: '系统内部错误：{reason}',
    en: 'an internal error: {reason}',
  },
  worker_lost: {
    status: 500,
    zh: '执行该任务的进程 {attempts} 次中断，未再重试',
    en: 'the process that ran this job was lost {attempts} times; it is not tried again',
  },
  timed_out: {
    status: 500,
    zh: '超过 {seconds} 秒仍未完成，已中止',
    en: 'not finished after {seconds} s, given up',
  },
  payload_too_large: {
    status: 500,
    zh: '任务参数为 {bytes} 字节，超过上限 {max}',
    en: 'the payload has {bytes} bytes, more than {max}',
  },
});
