import { failures } from '#kernel';

/** What can be wrong with a mapping file. `{place}` is `file:line (path)`. */
export const mappingKinds = failures('mapping', {
  not_found: {
    status: 404,
    zh: '找不到映射“{mapping}”。可用的映射：{known}',
    en: 'there is no mapping "{mapping}"; known: {known}',
  },
  version_missing: {
    status: 404,
    zh: '映射“{code}”没有第 {version} 版',
    en: 'there is no version {version} of the mapping "{code}"',
  },
  changed: {
    status: 409,
    zh: '映射“{code}”已被他人保存了新版本，请重新打开后再保存',
    en: 'somebody else saved a new version of the mapping "{code}"; open it again',
  },
  unreadable: { status: 400, zh: '无法读取映射文件 {file}：{reason}', en: 'cannot read the mapping {file}: {reason}' },
  code_differs: {
    status: 400,
    zh: '{place}：代码“{code}”与文件名“{name}”不同，请改为一致',
    en: '{place}: the code "{code}" differs from the name of the file, "{name}"; make them equal',
  },
  too_large: {
    status: 400,
    zh: '映射文件 {file} 有 {bytes} 字节，最多 {max} 字节',
    en: 'the mapping {file} has {bytes} bytes; at most {max}',
  },
  syntax: { status: 400, zh: '{place}：YAML 语法有误：{reason}', en: '{place}: the YAML is malformed: {reason}' },
  unknown_key: {
    status: 400,
    zh: '{place}：没有名为“{key}”的设置{suggestion}。此处可用：{known}',
    en: '{place}: there is no setting "{key}"{suggestion}. Possible here: {known}',
  },
  missing_key: { status: 400, zh: '{place}：缺少“{key}”', en: '{place}: "{key}" is missing' },
  wrong_type: {
    status: 400,
    zh: '{place}：“{key}”应为{expected}',
    en: '{place}: "{key}" must be {expected}',
  },
  wrong_option: {
    status: 400,
    zh: '{place}：“{key}”的值“{value}”不可用{suggestion}。可选：{options}',
    en: '{place}: "{key}" cannot be "{value}"{suggestion}. Choose one of: {options}',
  },
  wrong_value: {
    status: 400,
    zh: '{place}：“{key}”的值“{value}”不符合要求（{rule}）',
    en: '{place}: "{key}" cannot be "{value}" ({rule})',
  },
  unknown_name: {
    status: 400,
    zh: '{place}：没有名为“{name}”的{what}{suggestion}。已有：{known}',
    en: '{place}: there is no {what} "{name}"{suggestion}. There are: {known}',
  },
  one_of: {
    status: 400,
    zh: '{place}：请从 {keys} 中恰好写一个，当前为：{found}',
    en: '{place}: write exactly one of {keys}; found: {found}',
  },
  computed_field: {
    status: 400,
    zh: '{place}：字段“{field}”由系统计算，不能装载',
    en: '{place}: the field "{field}" is computed by the system and cannot be loaded',
  },
  required_field: {
    status: 400,
    zh: '{place}：{entity}的必填字段“{field}”没有映射',
    en: '{place}: the required field "{field}" of {entity} is not mapped',
  },
  key_without_ref: {
    status: 400,
    zh: '{place}：“{field}”不是关联字段，不能使用 key；请改用 text 或 column',
    en: '{place}: "{field}" is no reference and cannot use "key"; use "text" or "column"',
  },
  ref_without_key: {
    status: 400,
    zh: '{place}：关联字段“{field}”请用 key 写明所指记录的外部编号，例如 {example}',
    en: '{place}: the reference "{field}" needs "key", the source key of the row pointed at, for example {example}',
  },
  wrong_constant: { status: 400, zh: '{place}：{reason}', en: '{place}: {reason}' },
  expression: {
    status: 400,
    zh: '{place}：表达式有误：{reason}',
    en: '{place}: the expression is wrong: {reason}',
  },
  template: {
    status: 400,
    zh: '{place}：模板“{template}”中的花括号不成对；列名写作 {example}',
    en: '{place}: unbalanced braces in "{template}"; write a column as {example}',
  },
  date_format: {
    status: 400,
    zh: '{place}：日期格式“{format}”有误：须含年（YYYY 或 YY）、月（MM）、日（DD），时间用 hh、mm、ss',
    en: '{place}: the date format "{format}" must name year (YYYY or YY), month (MM) and day (DD); times are hh, mm, ss',
  },
  unknown_encoding: {
    status: 400,
    zh: '{place}：不认识编码“{encoding}”，例如 utf-8、gb18030、big5、windows-1250，或 detect 自动识别',
    en: '{place}: unknown encoding "{encoding}"; for example utf-8, gb18030, big5, windows-1250, or detect',
  },
  columns_needed: {
    status: 400,
    zh: '{place}：文件没有标题行（header: false），请在 columns 中按顺序列出所有列',
    en: '{place}: the file has no header (header: false); list all columns in order under "columns"',
  },
  sequence_incomplete: {
    status: 400,
    zh: '{place}：balance_chain 还需要 {missing}',
    en: '{place}: balance_chain also needs {missing}',
  },
  unknown_zone: {
    status: 400,
    zh: '{place}：不认识时区“{zone}”，例如 Asia/Shanghai',
    en: '{place}: unknown time zone "{zone}"; for example Asia/Shanghai',
  },
  width_needed: {
    status: 400,
    zh: '{place}：定宽文件的每一列都要写 length（以及需要时的 start），例如 {example}',
    en: '{place}: every column of a file of fixed width needs "length" (and "start" where it does not follow), for example {example}',
  },
  records_unknown: {
    status: 400,
    zh: '{file}：对账单没有“{records}”这种行。可选：{known}',
    en: '{file}: a statement has no rows "{records}". Choose one of: {known}',
  },
  lookup_cycle: {
    status: 400,
    zh: '{place}：查找表“{name}”绕回了自己',
    en: '{place}: the look-up "{name}" leads back to itself',
  },
});

/** What can be wrong with the files of a load as a whole: nothing is loaded. */
export const loadKinds = failures('load', {
  folder_missing: {
    status: 400,
    zh: '找不到文件夹“{folder}”，请检查路径',
    en: 'there is no folder "{folder}"; check the path',
  },
  folder_outside: {
    status: 400,
    zh: '只能装载收件箱或示例中的文件夹：{known}',
    en: 'only folders of the inbox or the examples can be loaded: {known}',
  },
  file_missing: {
    status: 400,
    zh: '文件夹“{folder}”中缺少文件 {file}{suggestion}。请补齐文件，或在映射中标为 optional: true',
    en: 'the folder "{folder}" lacks the file {file}{suggestion}; add it, or mark it optional: true in the mapping',
  },
  file_empty: {
    status: 400,
    zh: '{file} 是空文件，没有任何数据。请检查导出是否完成',
    en: '{file} is empty; check that the export was finished',
  },
  file_unreadable: { status: 400, zh: '无法读取 {file}：{reason}', en: 'cannot read {file}: {reason}' },
  file_damaged: {
    status: 400,
    zh: '{file} 无法解压，文件已损坏或不完整：{reason}。请重新传输',
    en: '{file} cannot be decompressed; it is damaged or cut: {reason}. Transfer it again',
  },
  file_changed: {
    status: 409,
    zh: '{file} 在装载过程中被改动，请等文件写完后重试',
    en: '{file} was changed while it was being loaded; try again when it is complete',
  },
  file_too_large: {
    status: 400,
    zh: '{file} 解压后超过 {max}，请拆分后装载',
    en: '{file} exceeds {max} after decompression; split it',
  },
  encoding_unknown: {
    status: 400,
    zh: '无法识别 {file} 的编码，请在映射中写明 encoding，例如 gb18030 或 windows-1250',
    en: 'the encoding of {file} cannot be recognised; state it in the mapping, for example gb18030 or windows-1250',
  },
  archive_many: {
    status: 400,
    zh: '压缩包 {file} 里有 {count} 个文件，请在映射的 path 中写明其中一个，例如 {file}/文件名。包里有：{names}',
    en: 'the archive {file} holds {count} files; name one in the path of the mapping, as in {file}/name. It holds: {names}',
  },
  archive_entries: {
    status: 400,
    zh: '压缩包 {file} 里的文件超过 {max} 个，请拆分',
    en: 'the archive {file} holds more than {max} files; split it',
  },
  archive_encrypted: {
    status: 400,
    zh: '{file} 有密码，无法读取。请用不加密的压缩包，传输时另行加密',
    en: '{file} is protected by a password and cannot be read; use an archive without one and protect the transfer instead',
  },
  archive_nested: {
    status: 400,
    zh: '{file} 是压缩包里的压缩包，不予展开。请先在源头解开一层',
    en: '{file} is an archive inside an archive and is not unpacked; take one layer off at the source',
  },
  archive_bomb: {
    status: 400,
    zh: '{file} 展开后超过原大小的 {max} 倍，疑似压缩炸弹，已停止读取。确为正常数据时请不压缩或拆分后再传',
    en: '{file} unpacks to more than {max} times its size, as a zip bomb does; reading stopped. If the data are right, send them unpacked or split',
  },
  workbook_expected: {
    status: 400,
    zh: '{file} 不是 Excel 工作簿（.xlsx）。旧格式 .xls 请另存为 .xlsx',
    en: '{file} is no Excel workbook (.xlsx); save an old .xls as .xlsx',
  },
  workbook_unexpected: {
    status: 400,
    zh: '{file} 是 Excel 工作簿，请在映射中为该文件写 kind: xlsx',
    en: '{file} is an Excel workbook; write kind: xlsx for it in the mapping',
  },
  sheet_missing: {
    status: 400,
    zh: '{file} 没有工作表“{sheet}”。已有：{known}',
    en: '{file} has no sheet "{sheet}". There are: {known}',
  },
  xml_doctype: {
    status: 400,
    zh: '{file} 含有 DOCTYPE 声明，可能引入外部内容或无限展开，不予读取',
    en: '{file} has a document type declaration, which can pull in other files or expand without end; it is not read',
  },
  xml_malformed: {
    status: 400,
    zh: '{file} 第 {line} 行：XML 有误：{reason}',
    en: '{file} line {line}: malformed XML: {reason}',
  },
  xml_encoding: {
    status: 400,
    zh: '{file} 的内容不符合它声明的编码 {encoding}',
    en: 'the content of {file} is not in the encoding that it declares, {encoding}',
  },
  nested_deep: {
    status: 400,
    zh: '{file} 第 {line} 行：嵌套超过 {max} 层',
    en: '{file} line {line}: nested deeper than {max}',
  },
  records_missing: {
    status: 400,
    zh: '{file} 中找不到“{records}”处的数组，请检查映射中的 records',
    en: '{file} has no array at "{records}"; check "records" in the mapping',
  },
  camt_expected: {
    status: 400,
    zh: '{file} 不是 camt.052、camt.053 或 camt.054 报文',
    en: '{file} is no camt.052, camt.053 or camt.054 message',
  },
  statement_none: {
    status: 400,
    zh: '{file} 里没有任何对账单（MT940 以 :20: 开头，camt 含 Stmt、Rpt 或 Ntfctn）。文件可能不完整',
    en: '{file} holds no statement at all (an MT940 begins with :20:, a camt has Stmt, Rpt or Ntfctn); it may be cut',
  },
  statements_too_many: {
    status: 400,
    zh: '{file} 含有超过 {max} 份对账单，请拆分后装载',
    en: '{file} holds more than {max} statements; split it',
  },
  statement_too_large: {
    status: 400,
    zh: '{file} 第 {line} 行：一份对账单超过 {max} 笔，请按日期拆分',
    en: '{file} line {line}: a statement of more than {max} entries; split it by date',
  },
  huge_line: {
    status: 400,
    zh: '{file} 第 {line} 行超过 {max}。请检查换行符，以及该行是否有未配对的引号',
    en: '{file} line {line} is longer than {max}; check the line ends and for an unbalanced quote in that line',
  },
  column_secret: {
    status: 400,
    zh: '文件 {file} 有“{column}”一列。卡验证码、密码、PIN 与磁道信息不得装载，请在源系统导出时去掉该列',
    en: 'the file {file} has a column "{column}"; card verification values, PINs, passwords and track data are never loaded: leave it out of the export',
  },
  column_missing: {
    status: 400,
    zh: '{file} 没有“{column}”列{suggestion}，而映射 {place} 需要它。文件中的列：{known}',
    en: '{file} has no column "{column}"{suggestion}, which the mapping needs at {place}. Columns of the file: {known}',
  },
  header_wrong: {
    status: 400,
    zh: '{file} 第 {line} 行（标题行）有误：{reason}',
    en: '{file} line {line}, the header, is wrong: {reason}',
  },
  column_duplicate: {
    status: 400,
    zh: '{file} 有两列同名“{column}”。请改名，或用 header: false 并在 columns 中逐列命名',
    en: '{file} names two columns "{column}"; rename one, or use header: false and name the columns in the mapping',
  },
  columns_too_many: {
    status: 400,
    zh: '{file} 第 {line} 行有超过 {max} 列，请检查分隔符设置（当前为“{delimiter}”）',
    en: '{file} line {line} has more than {max} columns; check the delimiter (now "{delimiter}")',
  },
  rows_too_many: {
    status: 400,
    zh: '{file} 超过 {max} 行，请拆分后装载',
    en: '{file} has more than {max} rows; split it',
  },
  not_contiguous: {
    status: 400,
    zh: '{file} 第 {line} 行：“{column}”的值“{value}”在前面已经结束过。排序步骤要求相同值相邻，请先按“{column}”排序文件',
    en: '{file} line {line}: the value "{value}" of "{column}" already ended further up; the sequence needs equal values together, so sort the file by "{column}"',
  },
  lookup_ambiguous: {
    status: 400,
    zh: '查找表“{lookup}”：{file} 第 {line} 行与第 {first} 行的键“{key}”相同。请在映射中用 where 缩小范围，或用 pick 说明取哪一行',
    en: 'look-up "{lookup}": {file} lines {first} and {line} have the same key "{key}"; narrow it by "where", or say which counts by "pick"',
  },
  lookup_too_large: {
    status: 400,
    zh: '查找表“{lookup}”超过 {max} 行，请用 where 缩小范围',
    en: 'look-up "{lookup}" has more than {max} rows; narrow it by "where"',
  },
  held_too_many: {
    status: 400,
    zh: '{file}：“{column}”同一个值有超过 {max} 行，无法排序。请把 contiguous 改为更细的列，或拆分文件',
    en: '{file}: more than {max} rows share one value of "{column}" and cannot be put in sequence; choose a finer "contiguous" column or split the file',
  },
  rejects_too_many: {
    status: 422,
    zh: '{file}：{read} 行中有 {rejected} 行被拒绝（{share}），超过上限 {limit}，未装载任何数据。第一处：第 {line} 行{column}：{reason}',
    en: '{file}: {rejected} of {read} rows were rejected ({share}), above the limit of {limit}; nothing was loaded. First: line {line}{column}: {reason}',
  },
  busy: {
    status: 409,
    zh: '另一个装载正在进行，请等它结束后重试',
    en: 'another load is running; try again when it has ended',
  },
  interrupted: {
    status: 500,
    zh: '装载被中断（程序停止），未装载任何数据，可重新运行',
    en: 'the load was interrupted (the program stopped); nothing was loaded, run it again',
  },
  control_missing: {
    status: 400,
    zh: '缺少对账文件 {file}，请补齐后重试，或在映射的 control 中改写文件名',
    en: 'the control file {file} is missing; add it, or change its name under "control" in the mapping',
  },
  control_unreadable: {
    status: 400,
    zh: '对账文件 {file} 第 {line} 行无法按设定读取：“{found}”。请检查 control 的格式、分隔符与位置',
    en: 'line {line} of the control file {file} cannot be read as set: "{found}"; check form, separator and places under "control"',
  },
  control_ambiguous: {
    status: 400,
    zh: '对账文件 {file} 没有说明针对 {count} 个数据文件中的哪一个，请在 control 中设置 file，或在文件名中写 {stem}',
    en: 'the control file {file} does not say which of {count} data files it is about; set "file" under "control", or put {stem} into its name',
  },
  control_date: {
    status: 422,
    zh: '对账文件 {file} 的日期是 {found}，而本次装载的业务日期是 {date}。请核对文件，或以 {found} 装载',
    en: 'the control file {file} is of {found}, but the load is for {date}; check the files, or load them for {found}',
  },
  control_rows: {
    status: 422,
    zh: '{file} 有 {counted} 行，而对账文件 {control} 写明 {stated} 行。未装载任何数据，请向源系统重新取数',
    en: '{file} has {counted} rows, but the control file {control} states {stated}; nothing was loaded: get the file again from its source',
  },
  control_sum: {
    status: 422,
    zh: '{file} 的“{column}”合计为 {counted}，而对账文件 {control} 写明 {stated}，相差 {difference}。未装载任何数据，请向源系统核对',
    en: 'the column "{column}" of {file} adds up to {counted}, but the control file {control} states {stated}, a difference of {difference}; nothing was loaded: ask its source',
  },
  control_column: {
    status: 400,
    zh: '{file} 的“{column}”要与对账文件核对合计，请在映射 columns 中声明为 decimal 或 integer',
    en: '"{column}" of {file} is to be added up against the control file; declare it decimal or integer under "columns"',
  },
  already_loaded: {
    status: 409,
    zh: '这批文件已在编号 {run} 的装载中装入（{at}），未做任何更改。如确需重装，请选择“强制重装”',
    en: 'these files were already loaded by run {run} ({at}); nothing was changed. Choose "load again" if that is what you want',
  },
  canceled: {
    status: 409,
    zh: '装载已被取消，未装载任何数据',
    en: 'the load was cancelled; nothing was loaded',
  },
  disk_full: {
    status: 507,
    zh: '磁盘剩余空间 {free}，少于需要的 {needed}。请清理后重试',
    en: 'only {free} of disk space are left, {needed} are needed; make room and try again',
  },
  design_forbidden: {
    status: 403,
    zh: '您没有编辑映射的权限（mappings.edit）',
    en: 'you lack the permission to edit mappings (mappings.edit)',
  },
  one_origin: {
    status: 400,
    zh: '请写明 folder（服务器上的文件夹）或 upload（上传编号）其中之一',
    en: 'state either "folder" (of the server) or "upload" (its number)',
  },
  mends_unreadable: {
    status: 422,
    zh: '更正后的拒绝文件第 {line} 行无法识别（{reason}）。请在下载的拒绝文件上填写“更正”一列，不要改动文件名与行号',
    en: 'line {line} of the mended rejects cannot be read ({reason}); fill in the column "correction" of the file as downloaded and leave file and line as they are',
  },
  mends_column: {
    status: 422,
    zh: '更正后的拒绝文件第 {line} 行：源文件没有“{column}”列。写法为“列=值”，可用的列：{known}',
    en: 'line {line} of the mended rejects: the source file has no column "{column}". Write "column=value"; there are: {known}',
  },
  mends_empty: { status: 422, zh: '更正后的拒绝文件中没有任何行', en: 'the mended rejects contain no line' },
  mends_changed: {
    status: 409,
    zh: '编号 {run} 的源文件已不是当时装载的文件，不能只重装拒绝行',
    en: 'the files of run {run} are no longer those that were loaded; its rejects cannot be loaded again',
  },
  files_gone: {
    status: 410,
    zh: '编号 {run} 的源文件已过保留期并删除，请重新上传',
    en: 'the files of run {run} are past their time and were deleted; send them again',
  },
  nothing_rejected: {
    status: 409,
    zh: '编号 {run} 没有可重装的拒绝行',
    en: 'run {run} has no rejects to load again',
  },
  withdrawn_already: { status: 409, zh: '编号 {id} 的批次已经撤回', en: 'run {id} has been withdrawn already' },
  withdraw_nothing: {
    status: 409,
    zh: '编号 {id} 没有装入数据，无需撤回',
    en: 'run {id} has loaded nothing that could be withdrawn',
  },
  withdraw_late: {
    status: 409,
    zh: '批次装入已超过 {days} 天，不能再撤回。请装载更正后的文件',
    en: 'the run is older than {days} days and can no longer be withdrawn; load a corrected file',
  },
  withdraw_order: {
    status: 409,
    zh: '同一映射之后还装载过 {date} 的批次（编号 {later}），请先撤回它',
    en: 'a later run of the same mapping stands on this one ({later}, for {date}); withdraw that first',
  },
  not_running: {
    status: 409,
    zh: '编号 {id} 的装载已经结束，不能取消',
    en: 'run {id} has ended and cannot be cancelled',
  },
  institution_missing: {
    status: 400,
    zh: '数据库中还没有机构设置，请在映射 {mapping} 中写明 institution（名称、时区、币种、日历）',
    en: 'the database has no institution yet; state "institution" (name, zone, currency, calendar) in the mapping {mapping}',
  },
  run_missing: { status: 404, zh: '没有编号为 {id} 的装载记录', en: 'there is no load run {id}' },
  date_unreadable: {
    status: 400,
    zh: '“{date}”不是有效日期，请使用 YYYY-MM-DD',
    en: '"{date}" is not a date; use YYYY-MM-DD',
  },
  defect: {
    status: 500,
    zh: '装载因内部错误停止，未装载任何数据：{reason}',
    en: 'the load stopped on an internal error; nothing was loaded: {reason}',
  },
});

/** Why one row is left out; the rest of the file goes on. */
export const rejectKinds = failures('reject', {
  row_cut: {
    status: 422,
    zh: '行不完整：文件在此处中断，应有 {expected} 列，只有 {found} 列',
    en: 'the row is cut: the file ends here with {found} of {expected} columns',
  },
  columns_few: {
    status: 422,
    zh: '列数不足：应有 {expected} 列，只有 {found} 列',
    en: 'not enough columns: {found} of {expected}',
  },
  columns_many: {
    status: 422,
    zh: '列数过多：应有 {expected} 列，却有 {found} 列；值中的分隔符须加引号',
    en: 'too many columns: {found} instead of {expected}; a delimiter inside a value must be quoted',
  },
  quote: {
    status: 422,
    zh: '引号后面有多余字符“{after}”；值中的引号须写两次',
    en: 'unexpected "{after}" after a closing quote; a quote inside a value must be doubled',
  },
  encoding: {
    status: 422,
    zh: '有不符合 {encoding} 编码的字节（行内第 {byte} 字节）{suggestion}',
    en: 'bytes that are not {encoding} (byte {byte} of the line){suggestion}',
  },
  nul: {
    status: 422,
    zh: '含有 NUL 字节（0x00）或不成对的代理字符，行已损坏，或文件实际为 UTF-16',
    en: 'a NUL byte (0x00) or half a character: the row is damaged, or the file is really UTF-16',
  },
  width_short: {
    status: 422,
    zh: '行太短：应有 {expected} 位，只有 {found} 位；若源系统省略行尾空格，请写 ragged: true',
    en: 'the line is too short: {found} of {expected} places; write ragged: true if the source leaves out blanks at the end',
  },
  width_long: {
    status: 422,
    zh: '行太长：应有 {expected} 位，却有 {found} 位',
    en: 'the line is too long: {found} places instead of {expected}',
  },
  width_inside: {
    status: 422,
    zh: '第 {from} 至 {to} 字节切断了一个汉字，请检查各列的位置，或改为 unit: characters',
    en: 'bytes {from} to {to} cut a character in two; check the places of the columns, or use unit: characters',
  },
  json: { status: 422, zh: 'JSON 有误：{reason}', en: 'malformed JSON: {reason}' },
  json_object: { status: 422, zh: '此行不是 JSON 对象', en: 'the row is no JSON object' },
  cell_error: { status: 422, zh: '单元格是错误值 {value}', en: 'the cell holds the error {value}' },
  cell_digits: {
    status: 422,
    zh: '{value} 超过 15 位，Excel 已丢失末尾数字。请在源头把该列存为文本',
    en: '{value} has more than 15 digits, of which Excel has lost the last; store the column as text at the source',
  },
  cell_date: { status: 422, zh: '单元格的日期 {value} 不存在', en: 'the cell holds {value}, which is no date' },
  statement_incomplete: {
    status: 422,
    zh: '对账单不完整，缺少 {missing}',
    en: 'the statement is incomplete: {missing} missing',
  },
  statement_tag: {
    status: 422,
    zh: '对账单中 {tag} 出现两次（第 {line} 行）',
    en: '{tag} stands twice in the statement (line {line})',
  },
  statement_field: {
    status: 422,
    zh: '{tag}（第 {line} 行）无法读取：{value}',
    en: '{tag} (line {line}) cannot be read: {value}',
  },
  statement_amount: { status: 422, zh: '“{value}”不是金额', en: '"{value}" is no amount' },
  statement_direction: {
    status: 422,
    zh: '收支标志“{value}”应为 CRDT 或 DBIT',
    en: '"{value}" should be CRDT or DBIT',
  },
  statement_balance: {
    status: 422,
    zh: '对账单 {statement} 不平：期初 {opening}，发生额合计 {entries}，期末 {closing}，相差 {difference}，整份拒绝',
    en: 'statement {statement} does not balance: opening {opening}, entries {entries}, closing {closing}, difference {difference}; it is rejected whole',
  },
  statement_currencies: {
    status: 422,
    zh: '对账单 {statement} 的期初 {opening} 与期末 {closing} 币种不同，整份拒绝',
    en: 'statement {statement} opens in {opening} and closes in {closing}, another currency; it is rejected whole',
  },
  date: {
    status: 422,
    zh: '“{value}”不是有效日期，应为 {format} 格式',
    en: '"{value}" is not a valid date of the form {format}',
  },
  integer: { status: 422, zh: '“{value}”不是整数', en: '"{value}" is not a whole number' },
  decimal: {
    status: 422,
    zh: '“{value}”不是数字，小数点应为“{decimal}”',
    en: '"{value}" is not a number with the decimal mark "{decimal}"',
  },
  code: {
    status: 422,
    zh: '代码“{value}”不在代码表中，请在映射的 codes 中补充',
    en: 'the code "{value}" is not in the code table; add it under "codes" in the mapping',
  },
  required: { status: 422, zh: '必填字段“{field}”没有值', en: 'the required field "{field}" has no value' },
  key_empty: { status: 422, zh: '外部编号为空', en: 'the key is empty' },
  duplicate: {
    status: 422,
    zh: '外部编号“{key}”与第 {first} 行重复',
    en: 'the key "{key}" stands in line {first} already',
  },
  lookup: {
    status: 422,
    zh: '在 {file} 中找不到 {by} 为“{key}”的行',
    en: 'no row of {file} has {by} "{key}"',
  },
  reference: {
    status: 422,
    zh: '“{field}”所指的{entity}“{key}”不存在',
    en: '"{field}" points at {entity} "{key}", which does not exist',
  },
  expression: { status: 422, zh: '表达式无法计算：{reason}', en: 'the expression has no value: {reason}' },
  balance: {
    status: 422,
    zh: '排序步骤需要“{column}”的值，但它为空',
    en: 'the sequence needs a value in "{column}", which is empty',
  },
});

/** Notes that a load leaves beside its figures; nothing is refused. */
export const noteKinds = failures('load_note', {
  quality: {
    status: 200,
    zh: '{file}：{rows} 位客户有数据质量提醒“{rule}”，已照常装载，可在“数据质量”查看',
    en: '{file}: {rows} customers have the warning “{rule}”; they were loaded all the same, see Data quality',
  },
  identified: {
    status: 200,
    zh: '{file} 中 {rows} 行是其他系统已有的客户，编号已指向原客户，资料未改',
    en: '{rows} rows of {file} are customers whom another system brought: their numbers lead to them, their data stay',
  },
  chain_broken: {
    status: 200,
    zh: '{file}：{groups} 组中有 {broken} 组的余额不能完全衔接（例如第 {line} 行），已尽量排序；常见原因是文件缺行',
    en: '{file}: in {broken} of {groups} groups the balances do not follow each other (for example line {line}); they were ordered as well as possible. Usually rows are missing',
  },
  refresh_later: {
    status: 200,
    zh: '数据已写入，指标与标签尚未全部更新（{reason}），系统会继续更新',
    en: 'the rows are written, but metrics and tags are not all up to date yet ({reason}); the program goes on by itself',
  },
  institution_kept: {
    status: 200,
    zh: '数据库已有机构设置，映射中的 institution 未采用',
    en: 'the database already has an institution; the one in the mapping was left aside',
  },
  file_absent: {
    status: 200,
    zh: '可选文件 {file} 不存在，已跳过',
    en: 'the optional file {file} is absent and was left out',
  },
});

/** How files have changed since the last good run; the load goes on. */
export const driftKinds = failures('drift', {
  added: {
    status: 200,
    zh: '{file} 多了一列“{column}”，映射没有用到它。需要时在映射中加上',
    en: '{file} has a new column "{column}", which the mapping does not use; map it if it is wanted',
  },
  removed: {
    status: 200,
    zh: '{file} 少了“{column}”列，映射没有用到它。请确认源系统的接口是否变更',
    en: '{file} no longer has the column "{column}", which the mapping does not use; ask whether the interface has changed',
  },
  renamed: {
    status: 200,
    zh: '{file} 的“{before}”列可能改名为“{column}”。请确认含义没有变化',
    en: 'the column "{before}" of {file} seems to be called "{column}" now; make sure that it means the same',
  },
  moved: {
    status: 200,
    zh: '{file} 的列顺序与上次不同。有标题行，不影响装载',
    en: 'the columns of {file} stand in another order; with a header this changes nothing',
  },
  type: {
    status: 200,
    zh: '{file} 的“{column}”列以前是{before}，现在是{now}。请核对源系统是否改了格式',
    en: '"{column}" of {file} held {before} and now holds {now}; ask whether its format has changed',
  },
  emptied: {
    status: 200,
    zh: '{file} 的“{column}”列以前有值，现在全部为空。请核对源系统的导出',
    en: '"{column}" of {file} had values and is now empty throughout; check the export',
  },
  longer: {
    status: 200,
    zh: '{file} 的“{column}”列最长值由 {before} 个字符变为 {now} 个。请确认没有错列',
    en: 'the longest value of "{column}" of {file} grew from {before} to {now} characters; make sure that no columns are shifted',
  },
  codes: {
    status: 200,
    zh: '{file} 的“{column}”列出现 {count} 个从未见过的代码：{codes}。请在映射的代码表中补充其含义',
    en: '"{column}" of {file} has {count} codes never seen before: {codes}; add what they mean to the code table',
  },
});

/** What can be wrong with a feed. */
export const feedKinds = failures('feed', {
  changed: {
    status: 409,
    zh: '文件接入“{code}”已被他人修改，请重新打开后再保存',
    en: 'the feed "{code}" was changed by somebody else; open it again',
  },
  yaml: { status: 400, zh: '文件接入的文本有误：{reason}', en: 'the text of the feeds is wrong: {reason}' },
  undated: {
    status: 400,
    zh: '映射“{mapping}”的文件名里没有 {place}，请把“业务日期的位置”改为文件夹名或到达日',
    en: 'no file name of the mapping "{mapping}" has {place}; take the date from the folder or the day of arrival',
  },
  folder_taken: {
    status: 409,
    zh: '文件夹“{folder}”已由文件接入“{other}”使用，请换一个',
    en: 'the folder "{folder}" belongs to the feed "{other}" already; choose another',
  },
});

/** What can be wrong with files that people send. */
export const uploadKinds = failures('upload', {
  missing: {
    status: 404,
    zh: '没有此上传（编号 {id}），可能已过期删除',
    en: 'there is no upload {id}; it may have expired',
  },
  name: {
    status: 400,
    zh: '文件名“{name}”不可用：最长 200 个字符，不含斜线与控制字符，不以点开头',
    en: 'the file name "{name}" cannot be used: at most 200 characters, no slash or control character, no dot in front',
  },
  offset: {
    status: 409,
    zh: '文件 {name} 已收到 {received} 字节，请从此处继续',
    en: '{received} bytes of {name} have arrived; go on from there',
  },
  too_large: { status: 413, zh: '文件 {name} 超过 {max}', en: '{name} exceeds {max}' },
  piece_too_large: { status: 413, zh: '一次最多上传 {max}，请分段', en: 'send at most {max} at a time' },
  files_many: { status: 400, zh: '一次最多上传 {max} 个文件', en: 'at most {max} files at a time' },
  hash: {
    status: 422,
    zh: '文件 {name} 的校验和不符，传输有误，请重新上传',
    en: 'the checksum of {name} differs: it was damaged on the way; send it again',
  },
  incomplete: { status: 409, zh: '文件 {name} 尚未传完', en: '{name} has not arrived whole' },
});
