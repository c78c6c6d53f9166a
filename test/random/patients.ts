import type { RefusalReason } from '../../domain/refusal.ts';
import type { TestCase } from '../requests.ts';
import { inSichuan } from '../workflows/scenarios.ts';

/** Who is treated where: both directions, one person in several hospitals, and some who are refused. */
export interface Patient {
  of: Partial<TestCase>;
  item: string;
  price: string; // whole yuan
  refused?: RefusalReason; // always, if nothing else comes first
}

const valsartan = { item: 'XC09CAX002A001010199002', price: '3' };
const metformin = { item: 'XA10BAM006A001010199006', price: '1' };
const ofSichuan = (person: string): Partial<TestCase> => ({
  person: `510100000000000000${person}`,
});

export const patients: readonly Patient[] = [
  { of: ofSichuan('01'), ...valsartan },
  { of: { ...ofSichuan('01'), institution: '5000001007333' }, ...valsartan },
  { of: { ...ofSichuan('01'), disease: 'none' }, ...valsartan },
  { of: { ...ofSichuan('02'), institution: '5000001000004' }, ...valsartan },
  { of: { ...ofSichuan('02'), disease: 'M01600' }, ...valsartan },
  { of: { ...ofSichuan('08'), insuranceType: '390' }, ...valsartan },
  { of: inSichuan, ...metformin },
  { of: { ...inSichuan, person: '50000000000000000002', disease: 'M03900' }, ...valsartan },
  { of: ofSichuan('15'), ...valsartan, refused: 'not-filed' },
  { of: ofSichuan('20'), ...valsartan, refused: 'benefit-suspended' }, // after the split
];
