import { z } from 'zod';
import type { Approval } from '../domain/bill.ts';
import { day, isDay, type Day } from '../domain/calendar.ts';
import {
  institutionCode,
  isInstitutionCode,
  isMessageId,
  isPersonId,
  isRegionCode,
  messageId,
  personId,
  regionCode,
  type MessageId,
  type RegionCode,
} from '../domain/identifiers.ts';
import { price, quantity, yuan, type Price, type Quantity, type Yuan } from '../domain/money.ts';
import type { Registration } from '../domain/visit.ts';
import { longestVisitMessage } from '../domain/visit-parts.ts';
import { UnreadableMessage } from './complaint.ts';
import {
  amount,
  amountNotNegative,
  checked,
  dateTime,
  number,
  oneOf,
  priceField,
  quantityField,
  shown,
  text,
} from './wire/fields.ts';
import { readJson } from './wire/json.ts';

/** A whole bill of one visit, as a typed client sends it: in our own words, amounts as text. */

/** One line; `disease` is national or the place's own code, null for ordinary outpatient care. */
export interface BillLine {
  no: string;
  item: string;
  disease: string | null;
  price: Price;
  quantity: Quantity;
  amount: Yuan;
  approval: Approval;
  occurredOn: Day;
  doctor: string;
}
export interface WholeBill {
  messageId: MessageId; // at most 26 characters: each part has its number after it
  treatingRegion: RegionCode;
  registration: Registration;
  account: 'none' | 'own';
  total: Yuan; // of all lines
  lines: readonly BillLine[];
  allOrNone: boolean; // one part that is refused takes the others back
  /** `wait`: it may take as long as it takes; `refuse`: not settled in time is never settled. */
  whenLate: 'wait' | 'refuse';
}

const region = checked('六位医保区划代码', isRegionCode).transform(regionCode);
const flag = z.boolean({ error: 'true 或 false' }).default(false);
const optionalText = (most: number) => text(most).nullish();
const line = z.strictObject(
  {
    no: number(30),
    item: number(50),
    disease: optionalText(30),
    price: priceField.transform(price),
    quantity: quantityField.transform(quantity),
    amount: amount.transform(yuan),
    approval: oneOf('none', 'approved', 'refused').default('none'),
    occurredOn: checked('真实存在的日期，写作 2026-11-22', isDay).transform(day).optional(),
    doctor: text(30),
  },
  { error: '对象' },
);
const bill = z.strictObject(
  {
    messageId: checked(
      `不超过 ${longestVisitMessage} 位的字母、数字、短横线或下划线`,
      (value) => isMessageId(value) && value.length <= longestVisitMessage,
    ).transform(messageId),
    institution: checked('不超过 30 位的字母和数字', isInstitutionCode).transform(institutionCode),
    treatingRegion: region,
    insuredRegion: region,
    visitNo: text(30),
    person: checked('不超过 30 位、不含空格的人员编号', isPersonId).transform(personId),
    insuranceType: oneOf('310', '390'),
    beganAt: dateTime,
    personType: optionalText(3),
    personName: optionalText(20),
    certificateType: optionalText(3),
    certificateNo: optionalText(20),
    account: oneOf('none', 'own').default('none'),
    total: amountNotNegative.transform(yuan),
    lines: z.array(line, { error: '费用明细的数组' }).min(1, { error: '至少一行的数组' }),
    allOrNone: flag,
    whenLate: oneOf('wait', 'refuse').default('wait'),
  },
  { error: '对象' },
);

function decoded(body: Uint8Array): unknown {
  let content: string;
  try {
    content = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new UnreadableMessage({ reason: 'not-utf8' });
  }
  try {
    return readJson(content); // a number becomes the text of its digits
  } catch {
    throw new UnreadableMessage({ reason: 'not-json' });
  }
}

type Issue = z.core.$ZodIssue;
/** What is wrong with the first field that is; what was received is never repeated. */
function complaintOf({ path, message, input, ...issue }: Issue): UnreadableMessage {
  if (path.length === 0 && issue.code !== 'unrecognized_keys') {
    return new UnreadableMessage({ reason: 'not-json' });
  }
  const row = typeof path[1] === 'number' ? path[1] + 1 : null;
  if (issue.code === 'unrecognized_keys') {
    const field = shown(issue.keys[0] ?? '');
    return new UnreadableMessage({ reason: 'bill-field-unknown', field, row });
  }
  const field = String(path.findLast((key) => typeof key === 'string'));
  return new UnreadableMessage(
    input === undefined
      ? { reason: 'bill-field-missing', field, row }
      : { reason: 'bill-field-wrong', field, row, expected: message },
  );
}

/**
 * Reads a whole bill: JSON, amounts as text or numbers, no other fields than these.
 *
 * @throws UnreadableMessage for the first field that is missing, wrong or unknown
 */
export function readBill(body: Uint8Array): WholeBill {
  const result = bill.safeParse(decoded(body), { reportInput: true });
  if (!result.success) {
    const [issue] = result.error.issues;
    throw issue ? complaintOf(issue) : new UnreadableMessage({ reason: 'not-json' });
  }
  const { treatingRegion, account, total, allOrNone, whenLate, lines, ...of } = result.data;
  const registration: Registration = {
    institution: of.institution,
    institutionVisitNo: of.visitNo,
    person: of.person,
    insuredRegion: of.insuredRegion,
    insuranceType: of.insuranceType,
    beganAt: of.beganAt,
    personType: of.personType ?? null,
    personName: of.personName ?? null,
    certificateType: of.certificateType ?? null,
    certificateNo: of.certificateNo ?? null,
  };
  const visitedOn = day(of.beganAt.slice(0, 10));
  return {
    messageId: of.messageId,
    treatingRegion,
    registration,
    account,
    total,
    allOrNone,
    whenLate,
    lines: lines.map((each) => ({
      ...each,
      disease: each.disease ?? null,
      occurredOn: each.occurredOn ?? visitedOn,
    })),
  };
}
