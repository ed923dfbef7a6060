import type { FieldTypeCode } from '../definition.ts';
import { boolean, choice, choices } from './choice.ts';
import { email, phone } from './contact.ts';
import { idNumber, uscc } from './identity.ts';
import { json, textList } from './internal.ts';
import { decimal, integer, money, percent } from './number.ts';
import { ref } from './ref.ts';
import { longText, text } from './text.ts';
import { date, datetime } from './time.ts';
import type { FieldType } from './type.ts';

/** Every type of field there is. A new one is a file here, this line, and its control and cell in the web. */
export const fieldTypes: Record<FieldTypeCode, FieldType> = {
  text,
  long_text: longText,
  integer,
  decimal,
  money,
  percent,
  date,
  datetime,
  boolean,
  choice,
  choices,
  ref,
  phone,
  email,
  id_number: idNumber,
  uscc,
  text_list: textList,
  json,
};
